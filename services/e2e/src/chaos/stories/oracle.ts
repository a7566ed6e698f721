import { type Change, changesByPerson, type PersonState, type Story } from './story.ts';

/** How one account must be at the end. */
export interface Expected {
  /** `gone`: no account, or one that is locked and holds nothing, as the target keeps people who left. `none`: there never was a reason to open one. */
  readonly account: 'usable' | 'locked' | 'gone' | 'none';
  readonly login: string;
  /** Number of the change that must show. */
  readonly number: number;
  readonly units: readonly string[];
  readonly roles: readonly string[];
  /**
   * `must`: the target refuses this person, and there must be a dead letter. `may`: refused, or as described here: who opened the
   * account first decides. `once`: refused at some time before. `never`: there must be no dead letter.
   */
  readonly refused: 'must' | 'may' | 'once' | 'never';
  /** The person took over a login that somebody else had just given up. */
  readonly heir: boolean;
}

export const CHAOS_SYSTEMS = ['sales-cloud', 'fieldglass', 'chaos-directory'] as const;
export type ChaosSystem = (typeof CHAOS_SYSTEMS)[number];

/** The program that works for each system. */
export const CONNECTORS = { 'sales-cloud': 'connector-sales-cloud', fieldglass: 'connector-fieldglass', 'chaos-directory': 'connector-x-directory' } as const satisfies Record<ChaosSystem, string>;

/** What must be at the end, per person (employee number) and system. */
export type Oracle = ReadonlyMap<string, Readonly<Record<ChaosSystem, Expected>>>;

/** PURE. Follows from the stories and the rules of `services/e2e/rules` alone; shares no code with what it judges. */
export function oracleOf(story: Story): Oracle {
  const heirs = new Set(story.strands.filter(({ theme }) => theme === 'chain').flatMap(({ changes }) => changes.map(({ person }) => person).filter((person) => person !== changes[0]?.person)));
  return new Map([...changesByPerson(story)].map(([person, changes]) => [person, expectedOf(changes, heirs.has(person), story.endMs)]));
}

function expectedOf(changes: readonly Change[], heir: boolean, endMs: number): Readonly<Record<ChaosSystem, Expected>> {
  const last = changes.at(-1);
  const described = changes.findLast(({ after }) => after !== null);
  const { number, state } = described?.after ? { number: described.number, state: described.after } : { number: 0, state: NOBODY };
  const base = { login: state.login, number, units: state.units, roles: [], refused: 'never', heir } as const;
  const present = presenceOf(last, endMs);
  const everAtFieldglass = changes.some(({ after }) => after?.userType === 'employee');
  const atFieldglass = state.userType === 'employee' ? present : 'gone';
  return {
    'sales-cloud': { ...base, account: present, ...held(present, state.units, salesRoles(state)) },
    fieldglass: { ...base, account: everAtFieldglass ? atFieldglass : 'none', ...held(atFieldglass, state.units, []), refused: refusalAtFieldglass(changes, atFieldglass, heir) },
    'chaos-directory': { ...base, account: present, ...held(present, [], directoryGroups(state)) },
  };
}

const NOBODY: PersonState = { login: '', active: false, userType: 'employee', units: [], manager: false, email: true };

function presenceOf(last: Change | undefined, endMs: number): 'usable' | 'locked' | 'gone' {
  if (last === undefined || last.after === null) return 'gone';
  return isUsable(last.after, endMs) ? 'usable' : 'locked';
}

function isUsable({ active, validFromMs = -Infinity, validUntilMs = Infinity }: PersonState, nowMs: number): boolean {
  return active && validFromMs <= nowMs && nowMs < validUntilMs;
}

/** Who is gone holds nothing. */
function held(account: Expected['account'], units: readonly string[], roles: readonly string[]): Pick<Expected, 'units' | 'roles'> {
  return account === 'gone' ? { units: [], roles: [] } : { units: units.toSorted(), roles: roles.toSorted() };
}

function salesRoles({ units, manager, userType }: PersonState): readonly string[] {
  const sells = units.some((unit) => unit.startsWith('1'));
  const roles = [
    ...(sells ? ['SALES_REP'] : []),
    ...(sells && manager && userType === 'employee' ? ['SALES_MANAGER'] : []),
    ...(units.some((unit) => unit.startsWith('2')) ? ['SERVICE_AGENT'] : []),
  ];
  return roles.length > 0 ? roles : ['BASIC_USER'];
}

function directoryGroups({ units, manager }: PersonState): readonly string[] {
  return [...units.map((unit) => `G-${unit}`), ...(manager ? ['MANAGERS'] : [])];
}

/** Fieldglass keeps the login of the creation, so an heir of a login meets its first owner there. */
function refusalAtFieldglass(changes: readonly Change[], account: Expected['account'], heir: boolean): Expected['refused'] {
  const without = changes.some(({ after }) => after?.email === false && after.userType === 'employee');
  if (heir) return 'may';
  if (!without) return 'never';
  return changes.at(-1)?.after?.email === false && account !== 'gone' ? 'must' : 'once';
}
