/**
 * The record of what operators ordered: in every service, append-only, kept. It names people only by our ids (L30).
 *
 * | service | route | right | answer |
 * |---|---|---|---|
 * | each | `GET /operator/audit?since=<ISO 8601>&limit=<n>` | `read` | {@link OperatorAudit}, newest first |
 */
export const AUDIT_PATH = '/operator/audit';

/** One order that was carried out. */
export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  /** `redrive`, `release`, `lock`, `replay`, … */
  readonly order: string;
  /** From the credential (L29). */
  readonly operator: string;
  readonly reason: string;
  /** The one system it was for, if it was for one. */
  readonly system?: string;
  /** What was asked for, as far as it was more than one person. */
  readonly filter?: Readonly<Record<string, unknown>>;
  /** How many people, dead letters or records it touched. */
  readonly affected: number;
  /** Why others were left alone, and how many of them. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Which: our ids, never names. */
  readonly subjects: readonly string[];
}

export interface OperatorAudit {
  readonly orders: readonly AuditEntry[];
  /** Orders that fit the question; more than are in the answer when the limit was reached. */
  readonly total: number;
}
