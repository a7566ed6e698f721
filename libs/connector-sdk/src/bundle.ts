import type { Failure } from '@rolebridge/contracts';
import type { CallContext, LinkView, Step, StepResult } from './call.ts';

/** Steps of several people that may go to the target in one call (L22). */
export interface Bundling<State extends object> {
  /** Steps in one call at most; 1 = each alone. */
  readonly maxSize: number;
  /** PURE. Steps with the same answer may share a call; undefined: it goes alone. */
  bundleOf(step: Step): string | undefined;
  /**
   * One call for all members; answers in their order. `undefined`: the target said nothing about this one, which is then in doubt. Throws
   * ClassifiedError when the call as a whole was refused or has no answer: of several, a refusal is nobody's verdict and is halved.
   */
  apply(members: readonly BundleMember<State>[], call: CallContext): Promise<readonly (MemberResult | undefined)[]>;
}

export interface BundleMember<State extends object> {
  readonly step: Step;
  readonly link: LinkView<State>;
  /** Its own correlation and wire id. */
  readonly call: Pick<CallContext, 'correlationId' | 'wireId'>;
}

export type MemberResult = { readonly result: StepResult } | { readonly failure: Failure };
