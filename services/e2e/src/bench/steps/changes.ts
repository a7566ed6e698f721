import type { LoadResult } from '../load.ts';
import { type Door, type Pace, paced } from './paced.ts';

/** Somebody whom the front door knows. */
export interface Person {
  /** User name; the key of effects. */
  readonly key: string;
  readonly id: string;
}

/** A new family name; numbers rise, so that a target shows which change it has seen. */
export interface Change extends Person {
  readonly number: number;
}

export type Sent<T> = T & {
  /** As in `paced`. */
  readonly sentAt: number;
};

export const peopleOf = ({ ids }: LoadResult): readonly Person[] => [...ids].map(([key, id]) => ({ key, id }));

const PREFIX = 'Changed ';

/** Number of the change that a family name comes from; 0 for one from before any change. */
export const changeNumber = (familyName: string): number => (familyName.startsWith(PREFIX) ? Number(familyName.slice(PREFIX.length)) : 0);

/** One PATCH for each. */
export async function sendChanges(door: Door, pace: Pace, changes: readonly Change[]): Promise<readonly Sent<Change>[]> {
  const calls = changes.map(({ id, number }) => ({ method: 'PATCH', path: pathOf(id), body: patchOf(`${PREFIX}${number}`), expect: 200 }) as const);
  return sentAll(changes, (note) => paced(door, pace, calls, note));
}

/** One DELETE for each: they leave. */
export async function sendLeaves(door: Door, pace: Pace, people: readonly Person[]): Promise<readonly Sent<Person>[]> {
  const calls = people.map(({ id }) => ({ method: 'DELETE', path: pathOf(id), expect: 204 }) as const);
  return sentAll(people, (note) => paced(door, pace, calls, note));
}

const pathOf = (id: string): string => `/scim/v2/Users/${id}`;

const patchOf = (familyName: string): string =>
  JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'name.familyName', value: familyName }] });

async function sentAll<T>(all: readonly T[], send: (note: (index: number, at: number) => void) => Promise<void>): Promise<readonly Sent<T>[]> {
  const times: number[] = [];
  await send((index, at) => {
    times[index] = at;
  });
  return all.map((one, index) => ({ ...one, sentAt: times[index] ?? Number.NaN }));
}
