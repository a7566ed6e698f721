import { connectorConsumer, TOPICS } from '@rolebridge/contracts';
import { CHAOS_SYSTEMS, type Oracle } from '../stories/oracle.ts';
import type { Evidence, Finding } from './evidence.ts';

/** Dead letters are there for exactly the people whom a target is meant to refuse. */
export function checkDeadLetters(oracle: Oracle, { letters, ids, links }: Evidence): readonly Finding[] {
  const persons = new Map([...ids].map(([person, id]) => [id, person]));
  const wrong = letters.flatMap(({ consumer, userId, code }): readonly Finding[] => {
    const person = persons.get(userId);
    const system = CHAOS_SYSTEMS.find((one) => connectorConsumer(one) === consumer);
    const refused = person !== undefined && system !== undefined ? oracle.get(person)?.[system].refused : undefined;
    return refused === undefined || refused === 'never' ? [found(`${person ?? userId} has a dead letter of ${consumer} (${code}) although nobody is to be refused there`)] : [];
  });
  const missing = [...oracle].flatMap(([person, expected]) =>
    CHAOS_SYSTEMS.filter((system) => {
      const id = ids.get(person) ?? '';
      const dead = links.some((link) => link.system === system && link.userId === id && (link.state === 'rejected' || link.state === 'exhausted'));
      const letter = letters.some(({ consumer, userId }) => consumer === connectorConsumer(system) && userId === id);
      return (expected[system].refused === 'must' || dead) && !letter;
    }).map((system) => found(`${person} is refused at ${system}, and there is no dead letter`)),
  );
  return [...wrong, ...missing];
}

const found = (text: string): Finding => ({ checker: 'dead letters', text });

/** Who may be refused is either refused or has an account: never forgotten. */
export function checkNobodyForgotten(oracle: Oracle, { links, ids }: Evidence): readonly Finding[] {
  return [...oracle].flatMap(([person, expected]) =>
    CHAOS_SYSTEMS.filter((system) => expected[system].account === 'usable' && !links.some((link) => link.system === system && link.userId === ids.get(person))).map((system) => ({ checker: 'lost', text: `${person} has no link at ${system}` })),
  );
}

/** Nothing is left in a queue, under a lease or to be verified, and the tables agree with the topics. */
export function checkQueues({ restless, records, accepted, wished }: Evidence): readonly Finding[] {
  const newest = new Map<string, number>();
  for (const { topic, key, generation } of records) newest.set(`${topic} ${key}`, Math.max(generation, newest.get(`${topic} ${key}`) ?? 0));
  const has = (ending: string, key: string): number => [...newest].find(([place]) => place.endsWith(`${ending} ${key}`))?.[1] ?? 0;
  const unsaid = [
    ...[...accepted].filter(([id, generation]) => has(TOPICS.user.pattern, id) !== generation).map(([id, generation]) => `generation ${generation} of ${id} never reached ${TOPICS.user.pattern}`),
    ...[...wished].filter(([key, generation]) => has(`${key.split('/')[0] ?? ''}.desired-account.v1`, key.split('/')[1] ?? '') !== generation).map(([key, generation]) => `generation ${generation} of ${key} never reached its topic`),
  ];
  return [...restless.map((text) => ({ checker: 'queues', text })), ...unsaid.map((text) => ({ checker: 'lost', text }))];
}

/** A replay of everything writes nothing. */
export function checkReplay({ replayed: { records, writes } }: Evidence): readonly Finding[] {
  return writes === 0 ? [] : [{ checker: 'replay', text: `${writes} writes at the targets followed from reading ${records} old records again` }];
}
