import { toHeaders, TOPICS } from '@rolebridge/contracts';
import type { IncomingRecord, UserChange } from '@rolebridge/contracts';
import { DEFAULT_STATEMENTS, userModel } from '@rolebridge/scim';
import { SourceBook } from './source-book.ts';
import type { StoredLine } from './source-book.ts';
import { readSourceEvent } from './source-event.ts';
import type { SourceEvent } from './source-event.ts';
import { WorkingSet } from './working-set.ts';

const model = userModel();

let written = 0;

function recordOf(change: UserChange): IncomingRecord {
  const headers = toHeaders({ source: '/idm', type: TOPICS.userChange.eventType, subject: 'k', time: '2026-11-22T08:00:00Z', correlationid: 'c' });
  return { topic: 'idm.user-change.v1', partition: 0, offset: written++, timestamp: 0, key: 'k', value: Buffer.from(JSON.stringify(change)), headers };
}

function eventOf(record: IncomingRecord): SourceEvent {
  const reading = readSourceEvent(record, model);
  if (reading.kind === 'event') return reading.event;
  throw new Error(reading.failure.message);
}

const event = (change: Partial<UserChange> & Pick<UserChange, 'operation'>): SourceEvent => eventOf(recordOf({ recordId: 'r', ...change }));
const create = (sequence?: number, title?: string): SourceEvent => event({ operation: 'create', user: { userName: 'anna', ...(title && { title }) }, ...(sequence !== undefined && { sequence }) });
const title = (value: string, sequence?: number): SourceEvent => event({ operation: 'patch', patch: [{ op: 'replace', path: 'title', value }], ...(sequence !== undefined && { sequence }) });

function open(lines: readonly StoredLine[] = []) {
  const users = new WorkingSet([], { model, epoch: 0, now: '2026-11-22T08:00:00.000Z', newId: () => 'u' }, { statements: DEFAULT_STATEMENTS, returnByUserName: false, userTopic: 't' });
  return { users, book: new SourceBook(lines, users, { correlatedSources: new Set(), reread: eventOf }) };
}

const titles = (users: WorkingSet): unknown[] => users.records.map(({ value }): unknown => JSON.parse(value ?? '').resource.title);

test('within one batch a gap opens and closes, and nothing is left to be stored as waiting', () => {
  const { users, book } = open();
  const fates = [create(1), title('3', 3), title('4', 4), title('2', 2)].map((one) => book.take(one).kind);
  expect(fates).toEqual(['done', 'parked', 'parked', 'done']);
  expect(titles(users)).toEqual([undefined, '2', '3', '4']);
  expect([book.parked, book.added.map(({ lastSequence }) => lastSequence)]).toEqual([[], [4]]);
});

test('what waited in the table is worked when its person comes, and leaves the table', () => {
  const key = create().key;
  const parked = [{ position: 7, sequence: 2, record: title('2', 2).record }, { position: 9, sequence: 4, record: title('4', 4).record }];
  const { users, book } = open([{ key, source: '/idm', parked }]);
  expect(book.take(create(1)).kind).toBe('done');
  expect(titles(users)).toEqual([undefined, '2']);
  expect([book.released, book.added, book.changed.map(({ userId, lastSequence }) => [userId, lastSequence])]).toEqual([[7], [], [['u', 2]]]);
});

test('a refused delta keeps its place in front of those behind it', () => {
  const { book } = open();
  const refused = event({ operation: 'patch', patch: [{ op: 'replace', path: 'shoeSize', value: 1 }] });
  const unreadable = event({ operation: 'patch', patch: [{ op: 'replace', path: 'title' }] });
  expect([create(), refused, unreadable, title('x')].map((one) => book.take(one))).toMatchObject([{ kind: 'done' }, { kind: 'parked', reason: 'refused', failure: { kind: 'rejected', code: 'invalidPath' } }, { reason: 'behind-parked' }, { reason: 'behind-parked' }]);
  expect(book.parked.map(({ reason }) => reason)).toEqual(['refused', 'behind-parked', 'behind-parked']);
});

test('a whole person that is refused waits nowhere', () => {
  const { book } = open();
  expect(book.take(event({ operation: 'create', user: { userName: '' } }))).toMatchObject({ kind: 'refused', failure: { kind: 'malformed', code: 'invalidValue', field: 'userName' } });
  expect([book.parked, book.added]).toEqual([[], []]);
});

test('the end of somebody unknown, and of somebody who has left already, is no failure', () => {
  const { users, book } = open();
  expect([event({ operation: 'delete' }), create(), event({ operation: 'delete' }), event({ operation: 'delete' })].map((one) => book.take(one).kind)).toEqual(['done', 'done', 'done', 'done']);
  expect(users.records).toHaveLength(2);
});

test('skipping gives up missing numbers first, then what is refused', () => {
  const { users, book } = open();
  const refused = event({ operation: 'patch', sequence: 3, patch: [{ op: 'replace', path: 'shoeSize', value: 1 }] });
  [create(1), title('4', 4), refused].forEach((one) => book.take(one));
  expect(book.waiting(refused.key)).toBe(2);
  expect([book.skip(refused.key), book.waiting(refused.key)]).toEqual([true, 2]);
  expect([book.skip(refused.key), book.waiting(refused.key)]).toEqual([true, 0]);
  expect(titles(users)).toEqual([undefined, '4']);
  expect(book.skip(refused.key)).toBe(false);
});
