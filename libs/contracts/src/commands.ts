import type { Generation, SystemName, UserId } from './ids.ts';

/** Value of `<consumer>.retry.v1`: a command with an id and an expiry, applied once (L27). */
export interface RedriveCommand {
  readonly id: string;
  readonly kind: 'redrive' | 'reapply';
  readonly system: SystemName;
  readonly userId: UserId;
  /** Nothing is redriven below this generation; a command ahead of its inbox waits. */
  readonly minGeneration: Generation;
  readonly reason: string;
  /** From the credential, never from the shell (L29). */
  readonly by: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}
