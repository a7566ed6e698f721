import { randomUUID } from 'node:crypto';
import { type DesiredAccount, type IncomingRecord, type RedriveCommand, toHeaders, TOPICS } from '@rolebridge/contracts';
import type { Batch } from '@rolebridge/kafka';
import { offsetStore } from '@rolebridge/persistence';
import { person, Workbench } from '../test/workbench.ts';
import { takeCommands } from './take-commands.ts';
import { takeWishes, type WishTaker } from './take-wishes.ts';

const TOPIC = 'provisioning.directory.desired-account.v1';

let bench: Workbench;
let offset: number;
beforeEach(async () => {
  bench = await Workbench.open();
  offset = 0;
});
afterEach(() => bench.close());

const taker = (): WishTaker => ({ system: 'directory', consumer: 'connector-directory', topicPrefix: '', serviceVersion: 'test', database: bench.database, wake: () => bench.wake() });

function record(topic: string, key: string, value: Buffer | string | null, type: string): IncomingRecord {
  const headers = toHeaders({ source: '/test', type, subject: key, time: new Date(0).toISOString(), correlationid: 'c-1' });
  return { topic, partition: 0, offset: offset++, timestamp: 0, key, value: typeof value === 'string' ? Buffer.from(value) : value, headers };
}

const wishRecord = (desired: DesiredAccount): IncomingRecord => record(TOPIC, desired.userId, JSON.stringify(desired), TOPICS.desiredAccount.eventType);

const batchOf = (...records: readonly IncomingRecord[]): Batch => ({
  consumer: 'connector-directory',
  records,
  offsets: [{ topic: records[0]?.topic ?? TOPIC, partition: 0, offset: (records.at(-1)?.offset ?? 0) + 1 }],
});

describe('wishes from the topic', () => {
  test('the highest generation of a person is taken, whatever comes last (L1); offsets are stored with it (L4)', async () => {
    const anna = person();
    await takeWishes(taker())(batchOf(...[5, 7, 6].map((generation) => wishRecord(anna.wish({ generation })))));
    expect(await bench.link(anna.userId)).toMatchObject({ newest_seen: 7, state: 'pending' });
    await expect(offsetStore(bench.database).load('connector-directory', [TOPIC])).resolves.toEqual([{ topic: TOPIC, partition: 0, offset: 3 }]);
  });

  test.each([
    ['broken JSON', Buffer.from('{"userId":'), 'bad-json'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'bad-utf8'],
    ['a value that breaks the schema', Buffer.from('{"userId":1}'), 'bad-schema'],
  ])('%s is buried with its bytes, the records around it are taken (L3)', async (_, value, code) => {
    const [anna, ben] = [person(), person()];
    const key = randomUUID();
    await takeWishes(taker())(batchOf(wishRecord(anna.wish()), record(TOPIC, key, value, TOPICS.desiredAccount.eventType), wishRecord(ben.wish())));
    expect([(await bench.link(anna.userId)).state, (await bench.link(ben.userId)).state]).toEqual(['pending', 'pending']);
    const [letter, ...more] = await bench.database.query<{ key: string; value: string; headers: Record<string, string> }>(`select key, value, headers from outbox where topic = 'connector-directory.dead-letter.v1'`);
    expect(more).toEqual([]);
    expect(letter?.headers).toMatchObject({ rb_error_kind: 'malformed', rb_error_code: code, rb_original_offset: '1' });
    expect(letter?.value.includes(value.toString('base64')) || letter?.value === value.toString()).toBe(true);
  });

  test('a wish for another system, or under another key than its person, is buried: production must never fence test (L16)', async () => {
    const anna = person();
    await takeWishes(taker())(batchOf(wishRecord({ ...anna.wish(), system: 'other' }), record(TOPIC, randomUUID(), JSON.stringify(anna.wish()), TOPICS.desiredAccount.eventType)));
    await expect(bench.link(anna.userId)).rejects.toThrow('There is no link');
    const letters = await bench.database.query<{ headers: Record<string, string> }>(`select headers from outbox where topic = 'connector-directory.dead-letter.v1' order by sequence`);
    expect(letters.map(({ headers }) => headers['rb_error_code'])).toEqual(['foreign-system', 'foreign-key']);
  });

  test('a tombstone takes nothing away: leaving is a state', async () => {
    const anna = person();
    await takeWishes(taker())(batchOf(wishRecord(anna.wish()), record(TOPIC, anna.userId, null, TOPICS.desiredAccount.eventType)));
    expect(await bench.link(anna.userId)).toMatchObject({ newest_seen: 1, state: 'pending' });
  });
});

describe('commands from the retry topic', () => {
  const command = (userId: string, more: Partial<RedriveCommand> = {}): IncomingRecord => {
    const value: RedriveCommand = { id: randomUUID(), kind: 'redrive', system: 'directory', userId, minGeneration: 1, reason: 'The field was mended.', by: 'olga', expiresAt: new Date(Date.now() + 60_000).toISOString(), ...more };
    return record('connector-directory.retry.v1', userId, JSON.stringify(value), TOPICS.retry.eventType);
  };
  const attempts = async (userId: string): Promise<unknown> => (await bench.link(userId))['redrives'];

  async function dead(): Promise<string> {
    const anna = person();
    bench.directory.failure = { kind: 'rejected', code: 'http-400', message: 'Refused.' };
    bench.directory.mischief = () => 'before';
    await bench.run();
    await bench.wish(anna.wish());
    await bench.until(async () => (await bench.link(anna.userId)).state === 'rejected');
    return anna.userId;
  }

  test('a redrive makes the newest wish of a dead link due again; the same command read twice does it once (L27)', async () => {
    const userId = await dead();
    const once = command(userId);
    await takeCommands(taker())(batchOf(once));
    await bench.until(async () => (await bench.link(userId)).state === 'rejected' && (await attempts(userId)) === 1); // and is refused again
    await takeCommands(taker())(batchOf(once));
    expect(await bench.link(userId)).toMatchObject({ state: 'rejected', redrives: 1 });
    bench.directory.mischief = () => undefined;
    await takeCommands(taker())(batchOf(command(userId)));
    await bench.settled(userId);
    expect(await attempts(userId)).toBe(2);
  });

  test('a command that has expired, is for another system or below the named generation does nothing', async () => {
    const userId = await dead();
    await takeCommands(taker())(batchOf(command(userId, { expiresAt: new Date(0).toISOString() }), command(userId, { system: 'other' }), command(userId, { minGeneration: 9 })));
    expect(await bench.link(userId)).toMatchObject({ state: 'rejected', redrives: 0 });
  });

  test('a reapply looks and plans again at a settled link; what is as wished is not written', async () => {
    const anna = person();
    await bench.run();
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    const account = bench.directory.byKey(anna.userName);
    if (account) bench.directory.accounts.set(account.id, { ...account, units: ['999'] }); // somebody changed it by hand
    await takeCommands(taker())(batchOf(command(anna.userId, { kind: 'reapply' })));
    await bench.until(() => bench.directory.byKey(anna.userName)?.units.join() === '100');
    await bench.settled(anna.userId);
    const effects = bench.directory.effects.length;
    await takeCommands(taker())(batchOf(command(anna.userId, { kind: 'reapply' })));
    await bench.until(async () => (await bench.link(anna.userId)).state === 'unchanged');
    expect(bench.directory.effects).toHaveLength(effects);
  });

  test('a command that cannot be read is buried', async () => {
    await takeCommands(taker())(batchOf(record('connector-directory.retry.v1', randomUUID(), '{"kind":"burn"}', TOPICS.retry.eventType)));
    expect(await bench.database.query(`select 1 from outbox where topic = 'connector-directory.dead-letter.v1'`)).toHaveLength(1);
  });
});
