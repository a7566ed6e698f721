/** What an identity system may do at the front door. */
export const CALLER_RIGHTS = ['read', 'write'] as const;
export type CallerRight = (typeof CALLER_RIGHTS)[number];

/** What an operator may do (L29): look; redrive, release, replay; approve what the brake holds. None includes another. */
export const OPERATOR_RIGHTS = ['read', 'operate', 'approve'] as const;
export type OperatorRight = (typeof OPERATOR_RIGHTS)[number];

/** Somebody whose credentials were right. */
export interface Authenticated<Right extends string> {
  /** Goes into records as "by whom"; from the credential, never from what the request says. */
  readonly name: string;
  readonly rights: readonly Right[];
}

/** An identity system: SAP IDM, IPS, IAG, … */
export interface Caller extends Authenticated<CallerRight> {
  /** Systems whose own paths it may use; empty for none. */
  readonly systems: readonly string[];
}

export type Operator = Authenticated<OperatorRight>;
