import { createHash } from 'node:crypto';

/** What makes a wire id (L23). */
export interface WireIdParts {
  readonly system: string;
  readonly userId: string;
  readonly generation: number;
  /** The content without ids and time stamps. */
  readonly body: string;
  /** Redrives and repairs: a deliberate repetition must not look like a duplicate to the target. */
  readonly redrives: number;
}

/** 32 hex characters: equal on a plain retry, different as soon as the content or the redrive count differs. */
export function wireId(parts: WireIdParts): string {
  const { system, userId, generation, body, redrives } = parts;
  return createHash('sha256').update(JSON.stringify([system, userId, generation, redrives, body])).digest('hex').slice(0, 32);
}

/** Of a bundle, from the wire ids of its members: the same members with the same contents have the same id, in any order. */
export function bundleWireId(members: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(members.toSorted())).digest('hex').slice(0, 32);
}

/** What makes the wire id of a write that stands for several people's changes of one group. */
export interface GroupWireIdParts {
  readonly system: string;
  readonly group: string;
  /** Of the changes: a deliberate repetition has others. */
  readonly numbers: readonly number[];
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export function groupWireId({ system, group, numbers, add, remove }: GroupWireIdParts): string {
  return createHash('sha256').update(JSON.stringify([system, group, numbers, add, remove])).digest('hex').slice(0, 32);
}
