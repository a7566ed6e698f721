/** How the proxy API shows and writes the accounts of one system. */
export interface ProxySettings {
  /** What a 2xx means: stored durably, or held by the target. A caller may have its own setting. */
  readonly answer: 'accepted' | 'applied';
  /** How long an answer waits for the target at most, milliseconds. */
  readonly waitMs: number;
  /** Taking away what a rule gives: refused naming the rule, or recorded and stronger than the rule (L10). */
  readonly ruleGiven: 'refuse' | 'deny';
  /** Time between two looks at all accounts of the target, seconds. */
  readonly observeEverySeconds: number;
}

/**
 * How a caller must write members, per kind of system (SAP-docs/btp-cloud-identity-services, proxy page of each system): the repository
 * constant `SCIM_ASSIGNMENT_METHOD` of SAP IDM. An exported repository says PATCH by itself.
 */
export function assignmentMethodOf(kind: string): 'PUT' | 'PATCH' {
  return kind === 's4hana-cloud' || kind.startsWith('x-') ? 'PATCH' : 'PUT';
}

export const DEFAULT_PROXY: ProxySettings = { answer: 'accepted', waitMs: 10_000, ruleGiven: 'refuse', observeEverySeconds: 3600 };
