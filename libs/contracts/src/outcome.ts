import type { Generation, SystemName, UserId } from './ids.ts';
import type { Failure } from './failures.ts';
import type { DeliveryState } from './states.ts';

/** Written by role-mapping for every user generation it has judged, also when nothing follows from it (L15). */
export interface EvaluatedOutcome {
  readonly stage: 'evaluated';
  readonly userId: UserId;
  readonly userGeneration: Generation;
  readonly ruleSet: number;
  /** Per system the account generation that covers this user generation; `null` where the person has no account. */
  readonly systems: Readonly<Record<SystemName, Generation | null>>;
  readonly at: string;
  readonly correlationId: string;
}

/** Written by a connector whenever a link changes its state. */
export interface DeliveredOutcome {
  readonly stage: 'delivered';
  readonly userId: UserId;
  readonly system: SystemName;
  readonly state: DeliveryState;
  readonly userGeneration: Generation;
  readonly accountGeneration: Generation;
  readonly attempt: number;
  /** `false` where the interface can never confirm (one-way): `accepted` is the best that can be known (L19). */
  readonly confirmable: boolean;
  /** Names of the steps that were carried out, e.g. `create`, `update`, `lock`. */
  readonly steps: readonly string[];
  /** Mark ({@link accountMark}) of the account that the person owns there from now on; `null`: none. After a restore it tells whose account is whose (L20). */
  readonly account?: string | null;
  readonly failure?: Failure;
  readonly at: string;
  readonly correlationId: string;
}

/** Value of `provisioning.outcome.v1`. */
export type Outcome = EvaluatedOutcome | DeliveredOutcome;
