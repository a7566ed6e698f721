/** A person as their identity system describes them at one moment. */
export interface PersonState {
  readonly login: string;
  readonly active: boolean;
  readonly userType: 'employee' | 'contractor';
  readonly units: readonly string[];
  readonly manager: boolean;
  /** `false`: without an e-mail address, which Fieldglass refuses. */
  readonly email: boolean;
  /** Valid from and until then; milliseconds after the beginning of the run. */
  readonly validFromMs?: number;
  readonly validUntilMs?: number;
}

export const CHANGE_KINDS = ['joiner', 'mover', 'rename', 'roles', 'lock', 'unlock', 'leaver', 'rehire', 'dates', 'mended'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** One thing that the identity system says, once. */
export interface Change {
  /** Rising over all changes of a run; the family name carries it, so that a target can tell older from newer. */
  readonly number: number;
  /** Employee number, e.g. `C-007`. */
  readonly person: string;
  readonly kind: ChangeKind;
  /** Not before then; milliseconds after the beginning of the run. Never before the one in front of it in its strand. */
  readonly atMs: number;
  /** How the person is described from now on; `null`: gone. */
  readonly after: PersonState | null;
}

/** Changes that must be told one after the other, each only after the one before was accepted: of one person, or of several who share a login. */
export interface Strand {
  readonly theme: 'life' | 'chain' | 'refused' | 'dated';
  /** How the identity system says it; `topic`: one person's changes, numbered, some of them twice or out of order. */
  readonly by: 'scim' | 'topic';
  readonly changes: readonly Change[];
}

/** Everything that the identity system will say in one run. */
export interface Story {
  readonly strands: readonly Strand[];
  /** Every date and every change lies before that; milliseconds. */
  readonly endMs: number;
}

/** `Name C-007 #12`: whom and which change a target shows. */
export function familyName(person: string, number: number): string {
  return `Name ${person} #${number}`;
}

/** The number in a family name; 0 when there is none. */
export function numberIn(name: string | undefined): number {
  return Number(/#(\d+)$/.exec(name ?? '')?.[1] ?? 0);
}

/** The person in a family name. */
export function personIn(name: string | undefined): string | undefined {
  return /^Name (\S+) #\d+$/.exec(name ?? '')?.[1];
}

/** Changes of each person, in order. */
export function changesByPerson(story: Story): ReadonlyMap<string, readonly Change[]> {
  const all = new Map<string, Change[]>();
  for (const change of story.strands.flatMap(({ changes }) => changes)) all.set(change.person, [...(all.get(change.person) ?? []), change]);
  return all;
}
