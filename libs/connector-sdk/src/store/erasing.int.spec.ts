import { GENERATION_HEADER, targetKey, type DesiredAccount } from '@rolebridge/contracts';
import { readWishes, wishOf } from '../inbound/take-wishes.ts';
import { person, Workbench } from '../test/workbench.ts';
import { countErasures, type ErasureOptions, eraseEnded, giveUp, openErasures } from './erasing.ts';
import { repeatTombstones } from './forget-observed.ts';
import { storeWishes } from './inbox.ts';
import { redriveNewest } from './redrive.ts';

let bench: Workbench;
let options: ErasureOptions;
beforeEach(async () => {
  bench = await Workbench.open();
  options = { database: bench.database, system: 'directory', topicPrefix: '', tombstoneAfterMs: 60_000 };
});
afterEach(() => bench.close());

function someone(userName?: string) {
  const one = person(userName);
  return { userId: one.userId, userName: one.userName, wish: (change?: Parameters<typeof one.wish>[0]) => one.wish(change) };
}

const BY = { by: 'night-shift', reason: 'checked' };

/** As role-mapping publishes it. */
function erasedWish(userId: string, generation: number): DesiredAccount {
  const cause = { operation: 'time', at: new Date(0).toISOString(), by: 'ingest', correlationId: 'e' } as const;
  return { system: 'directory', userId, generation, userGeneration: generation, ruleSet: 1, presence: 'absent', erased: true, urgency: 'leaving', attributes: { userName: userId }, entitlements: {}, cause };
}

async function found(...secrets: readonly string[]): Promise<readonly string[]> {
  const tables = await bench.database.query<{ table: string }>(`select table_name as "table" from information_schema.tables where table_schema = current_schema() and table_name <> 'outbox'`);
  expect(tables.length).toBeGreaterThan(10);
  const rows = await Promise.all(tables.map(async ({ table }) => (await bench.database.query<{ row: string }>(`select t::text as row from "${table}" t`)).map(({ row }) => `${table}: ${row}`)));
  return rows.flat().filter((row) => secrets.some((secret) => row.includes(secret)));
}

const settledAbsent = (userId: string) => bench.until(async () => { const link = await bench.link(userId); return ['applied', 'unchanged', 'accepted'].includes(link.state) && link['owned'] === false; });

test('an account that is open when its person is erased is ended with what is known of it, then nothing but the fence stays (L30)', async () => {
  const runtime = await bench.run({ readable: true });
  const { userId, userName, wish } = someone('zora-login');
  await bench.wish(wish({ units: ['4711-unit'] }));
  await bench.settled(userId);
  await bench.wish(erasedWish(userId, 2));
  await settledAbsent(userId);
  expect([...bench.directory.accounts.values()].map(({ key, active }) => [key, active])).toEqual([[userName, false]]);
  expect((await bench.link(userId))['desired']).toMatchObject({ presence: 'absent', erased: true, attributes: { userName }, entitlements: { unit: { complete: true, items: [] } } });
  expect(await eraseEnded(options)).toBe(1);
  expect(await found(userName, '4711-unit', 'acc-1')).toEqual([]);
  expect(await bench.link(userId)).toMatchObject({ newest_seen: 2, applied: 2, erasure: 'erased', state: 'unchanged', desired: { presence: 'absent', attributes: { userName: userId }, entitlements: {} } });
  expect(await eraseEnded(options)).toBe(0);
  expect(runtime.breaker().mode).toBe('closed');
});

test('an account that ended before is not touched again', async () => {
  await bench.run();
  const { userId, userName, wish } = someone();
  await bench.wish(wish());
  await bench.settled(userId);
  await bench.wish(wish({ generation: 2, presence: 'absent' }));
  await settledAbsent(userId);
  const effects = bench.directory.effects.length;
  await bench.wish(erasedWish(userId, 3));
  expect(await eraseEnded(options)).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(bench.directory.effects.length).toBe(effects);
  expect(await found(userName)).toEqual([]);
});

test('an account that cannot be ended stays open, is shown and counted, and can be given up by name (L30)', async () => {
  await bench.run();
  const { userId, userName, wish } = someone();
  await bench.wish(wish());
  await bench.settled(userId);
  bench.directory.failure = { kind: 'rejected', code: 'http-400', message: 'This account is protected.' };
  bench.directory.mischief = () => 'before';
  await bench.wish(erasedWish(userId, 2));
  await bench.until(async () => (await bench.link(userId)).state === 'rejected');
  expect(await eraseEnded(options)).toBe(0);
  expect(await openErasures(bench.database, ['directory'], 10)).toEqual({
    total: 1,
    erasures: [{ place: 'directory', userId, since: expect.any(String) as string, state: 'rejected', failure: expect.objectContaining({ code: 'http-400' }) as object }],
  });
  expect(await countErasures(bench.database, ['directory', 'other'])).toEqual(expect.arrayContaining([{ system: 'directory', open: 1, oldestSeconds: expect.any(Number) as number }, { system: 'other', open: 0, oldestSeconds: 0 }]));
  const letters = await bench.database.query<{ value: string }>(`select value from outbox where topic like '%dead-letter%'`);
  expect(letters.map(({ value }) => value.includes(userName))).toEqual([false]);

  expect(await giveUp(options, { userId, ...BY })).toBe('given-up');
  expect(await found(userName, 'acc-1')).toEqual([]);
  expect((await openErasures(bench.database, ['directory'], 10)).total).toBe(0);
  expect(await bench.database.query('select ordered, operator, system, subjects from operator_audit')).toEqual([{ ordered: 'accept-erasure', operator: 'night-shift', system: 'directory', subjects: [`directory/${userId}`] }]);
  expect(await giveUp(options, { userId, ...BY })).toBe('erased');
});

test('giving up is refused where nothing is to be given up', async () => {
  await bench.run();
  const { userId, wish } = someone();
  expect(await giveUp(options, { userId, ...BY })).toBe('unknown');
  await bench.wish(wish());
  await bench.settled(userId);
  expect(await giveUp(options, { userId, ...BY })).toBe('wanted');
  expect((await bench.link(userId))['account_id']).toBe('acc-1');
});

test('what was never at the target is erased at once, also in shadow mode', async () => {
  await bench.run({ mode: 'shadow' });
  const { userId, userName, wish } = someone();
  await bench.wish(wish());
  await bench.until(async () => (await bench.link(userId))['shadow_plan'] !== null);
  await bench.wish(erasedWish(userId, 2));
  await bench.until(async () => (await eraseEnded(options)) === 1);
  expect(await found(userName)).toEqual([]);
  expect(bench.directory.effects).toEqual([]);
});

test('a wish that is about somebody unknown here leaves the fence and nothing else', async () => {
  await bench.run();
  const { userId, userName, wish } = someone();
  await bench.wish(erasedWish(userId, 2));
  await bench.wish(wish());
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(bench.directory.effects).toEqual([]);
  expect(await bench.link(userId)).toMatchObject({ newest_seen: 2, erasure: 'erased' });
  expect(await found(userName)).toEqual([]);
});

test('no sweep, order or replay wakes an erased link, and other links behind it are still reached', async () => {
  const first = await bench.run();
  const people = Array.from({ length: 3 }, () => someone());
  for (const { userId, wish } of people) {
    await bench.wish(wish());
    await bench.settled(userId);
  }
  const [gone, ...others] = people.toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
  if (!gone) throw new Error('nobody');
  await bench.wish(erasedWish(gone.userId, 2));
  await settledAbsent(gone.userId);
  await eraseEnded(options);
  const effects = bench.directory.effects.length;
  await bench.stop(first);

  expect(await redriveNewest(bench.database, { system: 'directory', userId: gone.userId }, BY)).toBe('unchanged');
  for (const text of [
    `update link set state = 'pending', not_before = now() where user_id = $1`,
    `update link set verify_at = now() where user_id = $1`,
    `update link set attempted = jsonb_build_array(last_applied), state = 'pending' where user_id = $1`,
  ]) expect(await bench.database.query(`${text} returning user_id`, [gone.userId])).toEqual([]);
  await storeWishes(bench.database, 'directory', [{ desired: gone.wish({ generation: 1 }), origin: { topic: 't', partition: 0, offset: 0, timestamp: 0 } }]);
  expect(await first.store.wakeOtherSettings('v2', 1)).toBe(1);
  await bench.run({ settingsHash: 'v2' });
  for (const { userId } of others) await bench.until(async () => (await bench.link(userId))['applied_settings'] === 'v2');
  expect(await bench.link(gone.userId)).toMatchObject({ state: 'unchanged', erasure: 'erased', newest_seen: 2 });
  expect(bench.directory.effects.slice(effects).filter((effect) => effect.startsWith(gone.userName))).toEqual([]);
  await bench.wish(erasedWish(gone.userId, 7));
  expect(await bench.link(gone.userId)).toMatchObject({ newest_seen: 7, erasure: 'erased', state: 'unchanged' });
});

test('who missed the last wish learns it from the tombstone; other tombstones say nothing', async () => {
  await bench.run();
  const { userId, userName, wish } = someone();
  await bench.wish(wish());
  await bench.settled(userId);
  const tombstone = (headers: Record<string, string>, key: string = userId) => ({ topic: 't', partition: 0, offset: 1, timestamp: 0, key, value: null, headers });
  const { good, bad } = readWishes([tombstone({}), tombstone({ [GENERATION_HEADER]: '2' }, 'x'), tombstone({ [GENERATION_HEADER]: '2' })], 'directory');
  expect([good.length, bad]).toEqual([1, []]);
  await storeWishes(bench.database, 'directory', good.map(wishOf));
  bench.wake();
  await settledAbsent(userId);
  expect(await eraseEnded(options)).toBe(1);
  expect(await found(userName)).toEqual([]);
  expect((await bench.link(userId))['user_generation']).toBe(1);
});

test('an account that its target still shows is told as gone, and told no more until somebody owns it', async () => {
  const runtime = await bench.run({ readable: true });
  const { userId, userName, wish } = someone();
  await bench.wish(wish());
  await bench.settled(userId);
  await bench.wish(erasedWish(userId, 2));
  await settledAbsent(userId);
  await bench.database.query('delete from outbox');
  await eraseEnded(options);
  const key = targetKey('directory', 'acc-1');
  const told = () => bench.database.query<{ value: string | null }>(`select value from outbox where topic like '%observed-account%' and key = $1 order by sequence`, [key]);
  expect(await told()).toEqual([{ value: null }]);
  expect(await repeatTombstones(options, 10)).toBe(0);
  await bench.database.query('delete from outbox');
  expect(await repeatTombstones(options, 10)).toBe(0);
  await bench.database.query(`update observed_account set tombstone_due_at = now() where tombstone_due_at < 'infinity'`);
  expect([await repeatTombstones(options, 10), await repeatTombstones(options, 10)]).toEqual([1, 0]);
  expect(await told()).toEqual([{ value: null }]);

  const seen = [{ accountId: 'acc-1', presence: 'disabled' as const, attributes: { userName } }];
  const { observed } = await import('./observed.ts');
  await observed({ ...options }).tellPage(seen, new Date());
  expect(await found(userName, 'acc-1')).toEqual([]);
  expect((await told()).length).toBe(1);

  const rehired = someone(userName);
  await bench.wish(rehired.wish());
  await bench.settled(rehired.userId);
  await bench.until(async () => (await told()).some(({ value }) => value?.includes(rehired.userId) === true));
  expect((await bench.link(rehired.userId))['account_id']).toBe('acc-1');
  expect(runtime.breaker().mode).toBe('closed');
});

test('a one-way message settles before its link is scrubbed', async () => {
  await bench.run({ oneWay: true, settleMs: 600 });
  const { userId, userName, wish } = someone();
  await bench.wish(wish());
  await bench.settled(userId);
  await bench.wish(erasedWish(userId, 2));
  await settledAbsent(userId);
  expect(await eraseEnded(options)).toBe(0);
  await bench.until(async () => (await eraseEnded(options)) === 1);
  expect(await found(userName)).toEqual([]);
});
