/** Limits of a brake (law L26): how many people may lose something in a time before somebody has to look. */
export interface BrakeSettings {
  /** Default `true`. */
  readonly enabled: boolean;
  /** Losses are counted over this time, milliseconds. */
  readonly windowMs: number;
  /** Share of the active accounts (over all systems: of the people who have one), from {@link fromAccounts} on. */
  readonly share: number;
  readonly fromAccounts: number;
  /** Number of people that may always lose something; below {@link fromAccounts} the only limit. */
  readonly count: number;
  /** How many different operators must release what is held. */
  readonly approvals: number;
}

export const DEFAULT_BRAKE: BrakeSettings = { enabled: true, windowMs: 600_000, share: 0.05, fromAccounts: 100, count: 10, approvals: 1 };

/** PURE. How many people may lose something within one window, with that many active accounts. */
export function allowedLosses(accounts: number, { fromAccounts, count, share }: Pick<BrakeSettings, 'fromAccounts' | 'count' | 'share'>): number {
  return accounts >= fromAccounts ? Math.max(count, Math.floor(accounts * share)) : count;
}

/**
 * PURE. New rules may use up half of what is allowed, so that people who really leave still can while the rest of a wrong
 * change of rules is held back.
 */
export function allowedFor(operation: string, allowed: number): number {
  return operation === 'rules' ? Math.ceil(allowed / 2) : allowed;
}
