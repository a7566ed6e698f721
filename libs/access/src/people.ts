/** What an identity system may do at the front door. */
export const CALLER_RIGHTS = ['read', 'write'] as const;
export type CallerRight = (typeof CALLER_RIGHTS)[number];

/** The parts of the front door; a caller may be confined to some of them. */
export const CALLER_RESOURCES = ['users', 'groups', 'events', 'proxy', 'old-paths'] as const;
export type CallerResource = (typeof CALLER_RESOURCES)[number];

/** What a client expects where the RFC leaves room, or departs from it; `rfc` is the RFC to the letter. */
export const DIALECTS = ['rfc', 'entra', 'okta', 'sap'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** When a write is answered: once it is durable, or once the target has it (L15). */
export const ANSWER_MODES = ['accepted', 'applied'] as const;
export type AnswerMode = (typeof ANSWER_MODES)[number];

/** What an operator may do (L29): look; redrive, release, replay; approve what the brake holds. None includes another. */
export const OPERATOR_RIGHTS = ['read', 'operate', 'approve'] as const;
export type OperatorRight = (typeof OPERATOR_RIGHTS)[number];

/** Somebody whose credentials were right. */
export interface Authenticated<Right extends string> {
  /** Goes into records as "by whom"; from the credential, never from what the request says. */
  readonly name: string;
  readonly rights: readonly Right[];
}

/** How many requests a caller may send, per instance. */
export interface CallerLimit {
  readonly perMinute: number;
  /** How many of them may come at once. */
  readonly burst: number;
}

/** An identity system: SAP IDM, IPS, IAG, … */
export interface Caller extends Authenticated<CallerRight> {
  /** Systems whose own paths it may use; empty for none. */
  readonly systems: readonly string[];
  /** Parts of the front door that it may use; all of them unless the file confines it. */
  readonly resources: readonly CallerResource[];
  readonly dialect: Dialect;
  /** Missing: as the system is set. */
  readonly answer?: AnswerMode;
  /** Missing: as the service is set. */
  readonly limit?: CallerLimit;
}

export type Operator = Authenticated<OperatorRight>;

/** What a request needs of its caller. */
export interface Need {
  readonly right: CallerRight;
  /** Missing: every part will do (discovery). */
  readonly resource?: CallerResource;
  /** The system whose own path it is. */
  readonly system?: string;
}

/** PURE. Why a caller may not do something, as a sentence; `undefined` when it may. */
export function forbidden(caller: Caller, { right, resource, system }: Need): string | undefined {
  if (!caller.rights.includes(right)) return `This needs the right ${right}, which ${caller.name} does not have.`;
  if (resource !== undefined && !caller.resources.includes(resource)) return `This needs the resource ${resource}, which ${caller.name} may not use.`;
  if (system !== undefined && !caller.systems.includes(system)) return `This needs the system ${system}, which ${caller.name} may not use.`;
  return undefined;
}
