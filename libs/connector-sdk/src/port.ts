import type { DesiredAccount, Failure } from '@rolebridge/contracts';
import type { Bundling } from './bundle.ts';
import type { CallContext, LinkView, Step, StepResult } from './call.ts';
import type { Membership, SharedGroups } from './groups.ts';
import type { SeenAccount, SeenEntitlement } from './seen.ts';

export * from './call.ts';

/**
 * What a connector implements. Pure parts (`keyCandidates`, `plan`) and parts that speak to the target (`observe`, `apply`,
 * `probe`) are apart. `State` is the connector's own picture of an account at its target, plain JSON: what was written, in a
 * form from which the next plan can tell the difference. It is stored in the link and never contains secrets.
 */
export interface Connector<State extends object, Observation> {
  /** `sales-cloud`, `fieldglass`, … */
  readonly kind: string;
  /**
   * `false`: the interface never tells the result of a write. The outcome of a success is then `accepted`, and whatever
   * was attempted counts as possibly there (laws L18, L19).
   */
  readonly confirmable: boolean;
  /** Hash of mapping and settings; a link applied under another one is due again (L13). */
  readonly settingsHash: string;
  /**
   * PURE. Keys under which the account may be opened at first contact, best first. The SDK takes the first that no other
   * link owns and fixes it for ever (L20). An empty list refuses the wish: the reason comes from `plan`.
   */
  keyCandidates(desired: DesiredAccount): readonly string[];
  /**
   * Reads the account: by `link.accountId`, else by `link.accountKey`. Never writes. A target that cannot be read returns
   * what it can (perhaps a constant); one that is not `confirmable` makes no call here, so it takes no turn of the rate.
   * Throws ClassifiedError.
   */
  observe(link: LinkView<State>, desired: DesiredAccount, call: CallContext): Promise<Observation>;
  /** PURE. What must be done; no steps when the target already is as wished. */
  plan(input: PlanInput<State, Observation>): Plan<State>;
  /** Carries out one step. Throws ClassifiedError. */
  apply(step: Step, link: LinkView<State>, call: CallContext): Promise<StepResult>;
  /** Steps of several people may go in one call (L22). */
  readonly bundle?: Bundling<State>;
  /** How groups that many people share are read and written (L21). Needed where plans have memberships. */
  readonly groups?: SharedGroups;
  /** PURE. What an observation shows, in the shape that all systems share; `null`: no account is there. Missing: this target cannot be read. */
  seen?(observation: Observation): SeenAccount | null;
  /** Every account of the target, in pages, also those that nobody here asked for. Missing: this target cannot be read. Throws ClassifiedError. */
  listAccounts?(signal: AbortSignal): AsyncIterable<readonly SeenAccount[]>;
  /** Everything the target can give, in pages. Throws ClassifiedError. */
  listEntitlements?(signal: AbortSignal): AsyncIterable<readonly SeenEntitlement[]>;
  /** The target gives people their Global User ID, which other systems then use (L8). */
  readonly teachesIds?: boolean;
  /** A call that touches no user and tells whether address and credentials are good (L25). Throws ClassifiedError. */
  probe(signal: AbortSignal): Promise<void>;
  /** How an operator mends a failure, by its code: shown with the dead letter. Only for codes of which more is known than their kind says. */
  readonly hints?: Readonly<Record<string, string>>;
  close?(): Promise<void>;
}

export interface PlanInput<State extends object, Observation> {
  readonly desired: DesiredAccount;
  readonly link: LinkView<State>;
  readonly observation: Observation;
  /** ISO date (UTC) of this attempt, e.g. `2026-11-22`. */
  readonly today: string;
}

/** The result of planning: steps to do, or a reason why nothing may be done. */
export type Plan<State extends object> =
  | {
      readonly kind: 'steps';
      readonly steps: readonly Step[];
      /** The state that holds once all steps are done (or already holds when there are none). Stored as attempted before the first step. */
      readonly target: State;
      /** The account that the observation found at the target; adopted unless another link owns it (L20). */
      readonly accountId?: string;
      /** Changes of groups that many people share: done after the steps, by the group's one writer. Only with `groups`. */
      readonly memberships?: readonly Membership[];
      /** Something a person should know although work goes on: redacted sentences. */
      readonly warnings?: readonly string[];
    }
  | { readonly kind: 'refuse'; readonly failure: Failure };
