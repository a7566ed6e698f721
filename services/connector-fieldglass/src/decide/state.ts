import type { LinkView } from '@rolebridge/connector-sdk';

/** Values of a list that the target takes but never shows: business units, roles. */
export interface Held {
  /** Surely there. */
  readonly values: readonly string[];
  /** Perhaps there: sent without a known answer (L18). */
  readonly doubtful: readonly string[];
}

/** What we have written of one account. Attributes are read back from the target, so only their paths are kept. */
export interface FieldglassState {
  /** The login under which the account was opened; a rename does not change it. */
  readonly login: string;
  readonly active: boolean;
  /** Paths of the attributes that were stated: one that is stated no longer is cleared. */
  readonly written: readonly string[];
  /** Missing: never stated. */
  readonly units?: Held;
  readonly roles?: Held;
  /** Names of the groups we put it into. */
  readonly groups?: readonly string[];
}

/** A group that was looked at for one account. Groups that do not exist are missing. */
export interface GroupLook {
  readonly name: string;
  readonly member: boolean;
}

export type FieldglassLink = LinkView<FieldglassState>;

/** The account as the target shows it. */
export type FieldglassObservation =
  | { readonly found: false; readonly groups?: readonly GroupLook[] }
  | {
      readonly found: true;
      readonly id: string;
      readonly userName: string;
      /** Missing where the answer does not tell. */
      readonly active?: boolean;
      /** The resource in the shape of RFC 7643, extensions at the top level. */
      readonly resource: Readonly<Record<string, unknown>>;
      /** Only those that were looked at. */
      readonly groups?: readonly GroupLook[];
    };

export type ListName = 'units' | 'roles';

/** What is known about a list of the observed account. */
export interface Knowledge extends Held {
  /** A full success has once set it. */
  readonly stated: boolean;
  /** Something was sent since the last full success. */
  readonly unsettled: boolean;
}

/**
 * PURE. Last applied ∪ attempted (L18): sure is only what every one of these states contains. Nothing is sure of an account that is not
 * the one we wrote to, and a list of an account that does not exist is empty.
 */
export function knowledge(link: FieldglassLink, observation: FieldglassObservation, list: ListName): Knowledge {
  if (!observation.found) return { stated: false, unsettled: false, values: [], doubtful: [] };
  const attempted = link.attempted.map((state) => state[list]);
  const applied = link.lastApplied?.[list];
  const ours = applied !== undefined && link.accountId === observation.id;
  const values = ours ? attempted.reduce((sure, held) => sure.filter((value) => held?.values.includes(value)), applied.values) : [];
  const possible = [applied, ...attempted].flatMap((held) => [...(held?.values ?? []), ...(held?.doubtful ?? [])]);
  return { stated: ours, unsettled: attempted.length > 0, values, doubtful: without(unique(possible), values) };
}

/** PURE. The knowledge as it is stored when the list is left alone. */
export function kept({ stated, values, doubtful }: Knowledge): Held | undefined {
  return stated || values.length > 0 || doubtful.length > 0 ? { values, doubtful } : undefined;
}

export function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

export function without(values: readonly string[], removed: readonly string[]): readonly string[] {
  return values.filter((value) => !removed.includes(value));
}

export function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && without(left, right).length === 0;
}
