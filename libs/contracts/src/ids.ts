import { createHash } from 'node:crypto';

/** Internal user id, a UUID; the key of every topic that speaks of a person. */
export type UserId = string & { readonly __brand?: 'UserId' };

/** Name of a configured system (`deploy/systems.yaml`), e.g. `sales-cloud`; part of topics, groups, metrics, rules. */
export type SystemName = string & { readonly __brand?: 'SystemName' };

/**
 * A rising number per user, or per user and system: `epoch · 2^40 + n` (delivery law L6).
 * Fits a JavaScript number up to epoch 8191.
 */
export type Generation = number & { readonly __brand?: 'Generation' };

/** Generations of one epoch: 2^40. */
export const GENERATIONS_PER_EPOCH = 2 ** 40;

/** The next generation after `previous` in `epoch`: one more, or the first of the epoch if that is higher. */
export function nextGeneration(epoch: number, previous: Generation | undefined): Generation {
  return Math.max((previous ?? 0) + 1, epoch * GENERATIONS_PER_EPOCH + 1);
}

/** Key of `idm.user-change.v1`: SHA-256 over source and record id, hex; carries no personal data (delivery law L2). */
export function sourceKey(source: string, recordId: string): string {
  return createHash('sha256').update(JSON.stringify([source, recordId])).digest('hex');
}

/** Mark of the key of an account: 32 hex characters of a hash over system and key. Whoever knows the candidates can tell which one it was; a login itself is not told. */
export function accountMark(system: string, accountKey: string): string {
  return createHash('sha256').update(JSON.stringify([system, accountKey])).digest('hex').slice(0, 32);
}

/** Mark of a CloudEvent: 32 hex characters of a hash over source and id, which together are unique (CloudEvents 1.0, `id`). */
export function eventMark(source: string, id: string): string {
  return createHash('sha256').update(JSON.stringify([source, id])).digest('hex').slice(0, 32);
}
