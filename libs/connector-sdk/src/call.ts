import type { SeenAccount } from './seen.ts';

/** What is known about one (system, user) from earlier work. */
export interface LinkView<State extends object> {
  readonly system: string;
  readonly userId: string;
  /** The target's own id of the account, once known. */
  readonly accountId?: string;
  /** The key of the account: stored at first contact, before that the one that will be stored. Empty if there is no candidate. */
  readonly accountKey: string;
  /** State after the last full success. */
  readonly lastApplied?: State;
  /** Every state that was sent, or may have been sent, since the last full success; oldest first (L18). */
  readonly attempted: readonly State[];
}

/** One call, or one unit of calls that succeed or fail together. */
export interface Step {
  /** `create`, `update`, `lock`, `unlock`, `set-units`, `end`, … */
  readonly name: string;
  /** Whether an account may come into being. */
  readonly creates: boolean;
  /** What this step may take away, for the brake (L26). */
  readonly losses: readonly Loss[];
  /** Everything `apply` needs; plain JSON; may hold personal data, never secrets. */
  readonly payload: unknown;
  /** The content of the call without ids and time stamps: makes the wire id (L23). */
  readonly body: string;
}

export const LOSSES = ['disable', 'remove', 'role', 'unit'] as const;
export type Loss = (typeof LOSSES)[number];

export interface StepResult {
  /** The target's id of the account, when the answer told it. */
  readonly accountId?: string;
  /** The account as the answer showed it; `as-before`: nothing that can be seen has changed. Missing: it has to be looked at. */
  readonly seen?: SeenAccount | 'as-before' | null;
  /** What the answer told about single entitlements. */
  readonly told?: SeenAccount['told'];
}

/** Goes with every call to the target. */
export interface CallContext {
  readonly correlationId: string;
  /** Equal on a plain retry, different when the content changed (L23): 32 hex characters. Empty in `observe`. */
  readonly wireId: string;
  /** Aborted on shutdown and when the lease is lost; every wait listens to it. */
  readonly signal: AbortSignal;
  /** Set by the SDK for steps that may go in a bundle; a connector never needs to look at it. */
  readonly shared?: boolean;
}
