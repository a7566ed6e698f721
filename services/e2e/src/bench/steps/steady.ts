import type { RolebridgeSubject } from '../rolebridge.subject.ts';
import { type Change, type Person, type Sent, sendChanges } from './changes.ts';

const CONNECTIONS = 32;

/** Changes that were sent at an even rate. */
export interface Stream {
  readonly sent: readonly Sent<Change>[];
  /** Effects from this number on may be theirs. */
  readonly since: number;
}

/** Sends changes of these people, one after the other in turn, at an even rate. Numbers go on rising over all calls. */
export function steadyChanges(subject: RolebridgeSubject, people: readonly Person[]): (count: number, perSecond: number) => Promise<Stream> {
  let number = 0;
  return async (count, perSecond) => {
    const since = await subject.effectCount();
    const changes = Array.from({ length: count }, () => {
      const person = people[number % people.length];
      if (!person) throw new Error('Nobody is there to change.');
      number += 1;
      return { ...person, number };
    });
    return { since, sent: await sendChanges(subject, { connections: CONNECTIONS, perSecond }, changes) };
  };
}
