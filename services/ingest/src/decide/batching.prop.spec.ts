import * as fc from 'fast-check';
import { DEFAULT_STATEMENTS, readOperations, readUser, userModel } from '@rolebridge/scim';
import { answerOf } from './answer.ts';
import type { Intent } from './change.ts';
import type { UserRow } from './user-row.ts';
import { WorkingSet } from './working-set.ts';

const model = userModel();
const settings = { statements: DEFAULT_STATEMENTS, returnByUserName: false, userTopic: 'identity.user.v1' };
const asked = { by: 'ips', correlationId: 'c' };

const userName = fc.constantFrom('anna', 'Anna', 'bo', 'carl');
const id = fc.constantFrom('id-1', 'id-2', 'id-3', 'unknown');
const person = fc.record({ userName, title: fc.constantFrom('A', 'B'), externalId: fc.constantFrom('E1', 'E2', 'E3') });

const intent: fc.Arbitrary<Intent> = fc.oneof(
  person.map((body): Intent => ({ ...asked, change: { kind: 'create', user: readUser(body, model), ifExists: 'refuse' } })),
  fc.tuple(id, person).map(([userId, body]): Intent => ({ ...asked, userId, change: { kind: 'replace', user: readUser(body, model) } })),
  fc.tuple(id, userName).map(([userId, value]): Intent => ({ ...asked, userId, change: { kind: 'patch', operations: readOperations([{ op: 'replace', path: 'userName', value }]) } })),
  fc.tuple(id, fc.constantFrom('lock', 'unlock', 'delete')).map(([userId, kind]): Intent => ({ ...asked, userId, change: { kind } })),
);

/** Works the intents in batches of the given sizes, each batch on the rows the earlier ones left. */
function work(intents: readonly Intent[], size: number) {
  let rows: readonly UserRow[] = [];
  let drawn = 0;
  const context = { model, epoch: 0, now: '2026-11-22T08:00:00.000Z', newId: () => `id-${(drawn += 1)}` };
  const answers: unknown[] = [];
  const records: string[] = [];
  for (let start = 0; start < intents.length; start += size) {
    const users = new WorkingSet(rows, context, settings);
    answers.push(...intents.slice(start, start + size).map((one) => answerOf(users.accept(one))));
    records.push(...users.records.map(({ value }) => value ?? ''));
    const changed = new Map(users.changed.map((row) => [row.id, row]));
    rows = [...rows.map((row) => changed.get(row.id) ?? row), ...users.changed.filter(({ id: own }) => !rows.some((row) => row.id === own))];
  }
  return { answers, records, rows };
}

const stories = fc.array(intent, { maxLength: 25 });

test('batching changes nothing: answers, events and rows are those of one at a time', () => {
  fc.assert(fc.property(stories, fc.integer({ min: 2, max: 25 }), (intents, size) => {
    expect(work(intents, size)).toEqual(work(intents, 1));
  }));
});

test('per person the events rise by one without gaps, the last one is the row, and no two living people share a login', () => {
  fc.assert(fc.property(stories, (intents) => {
    const { records, rows } = work(intents, 7);
    const published = records.map((value): { id: string; generation: number; presence: string } => JSON.parse(value));
    for (const row of rows) {
      const own = published.filter(({ id: one }) => one === row.id);
      expect(own.map(({ generation }) => generation)).toEqual(Array.from({ length: row.generation }, (_, at) => at + 1));
      expect(own.at(-1)?.presence).toBe(row.presence);
    }
    const living = rows.filter(({ presence }) => presence !== 'absent').map(({ user }) => user.userName.toLowerCase());
    expect(new Set(living).size).toBe(living.length);
  }));
});

test('a story told twice changes nothing the second time, as far as it replaces', () => {
  fc.assert(fc.property(fc.array(person, { maxLength: 5 }), (people) => {
    const distinct = [...new Map(people.map((body) => [body.userName.toLowerCase(), body])).values()];
    const create = distinct.map((body): Intent => ({ ...asked, change: { kind: 'create', user: readUser(body, model), ifExists: 'refuse' } }));
    const { rows } = work(create, 10);
    const again = rows.map((row): Intent => ({ ...asked, userId: row.id, change: { kind: 'replace', user: row.user } }));
    expect(work([...create, ...again], 3).records).toHaveLength(rows.length);
  }));
});
