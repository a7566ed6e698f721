import { GENERATION_HEADER, type ObservedAccount, targetKey, validate } from '@rolebridge/contracts';
import { observed } from '../store/observed.ts';
import { person, Workbench } from '../test/workbench.ts';

const ACCOUNTS = 'provisioning.directory.observed-account.v1';
const ENTITLEMENTS = 'provisioning.directory.entitlement.v1';
const LEARNED = 'identity.learned-id.v1';

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

interface Told {
  readonly key: string;
  readonly value: ObservedAccount | null;
  readonly generation: number;
}

async function told(topic = ACCOUNTS): Promise<readonly Told[]> {
  const rows = await bench.database.query<{ key: string; value: string | null; headers: Record<string, string> }>('select key, value, headers from outbox where topic = $1 order by sequence', [topic]);
  return rows.map(({ key, value, headers }) => ({ key, value: value === null ? null : (JSON.parse(value) as ObservedAccount), generation: Number(headers[GENERATION_HEADER]) }));
}

/** Somebody opened it at the target; nobody here asked for it. */
function openByHand(key: string): string {
  return bench.directory.write(key, { active: true, units: ['9'], title: 'by hand' }, []);
}

const scanned = async (): Promise<boolean> => (await bench.database.query('select 1 from observed_scan where finished_at is not null')).length > 0;

describe('after an attempt at a target that can be read', () => {
  test('the account is told as it is now, with its person, what was applied, and who gave what', async () => {
    await bench.run({ readable: true });
    const anna = person();
    await bench.wish(anna.wish({ generation: 4 }));
    await bench.settled(anna.userId);
    const [first, ...more] = await told();
    const accountId = bench.directory.byKey(anna.userName)?.id ?? '';
    expect(more).toEqual([]);
    expect(first).toMatchObject({ key: targetKey('directory', accountId), generation: 1 });
    expect(first?.value).toMatchObject({ system: 'directory', accountId, userId: anna.userId, accountGeneration: 4, presence: 'active', attributes: { userName: anna.userName, title: '#4' }, entitlements: [{ type: 'unit', value: '100', rules: ['test'] }] });
    expect(validate('observedAccount', first?.value)).toMatchObject({ ok: true });
  });

  test('keys carry no personal data, and each change has the next generation', async () => {
    await bench.run({ readable: true });
    const anna = person('anna.example');
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    await bench.wish(anna.wish({ generation: 2, presence: 'disabled' }));
    await bench.until(async () => (await told()).length === 2);
    expect((await told()).map(({ generation, value }) => [generation, value?.presence])).toEqual([[1, 'active'], [2, 'disabled']]);
    expect((await told()).some(({ key }) => key.includes('anna'))).toBe(false);
  });

  test('an attempt whose answer was lost tells nothing: what is there is not known', async () => {
    await bench.run({ readable: true, leaseMs: 60_000 });
    const anna = person();
    bench.directory.failure = { kind: 'rejected', code: 'http-400', message: 'Refused.' };
    bench.directory.mischief = ({ operation }) => (operation === 'create' ? 'before' : undefined);
    await bench.wish(anna.wish());
    await bench.until(async () => (await bench.link(anna.userId)).state === 'rejected');
    expect(await told()).toEqual([]);
  });

  test('in shadow mode what is there is told, and nothing is written', async () => {
    const anna = person();
    openByHand(anna.userName);
    await bench.run({ readable: true, mode: 'shadow' });
    await bench.wish(anna.wish());
    await bench.until(async () => (await told()).length > 0);
    expect((await told())[0]?.value).toMatchObject({ attributes: { title: 'by hand' } });
    expect((await told())[0]?.value).not.toHaveProperty('userId');
    expect(bench.directory.effects).toEqual([`${anna.userName} by hand`]);
  });

  test('a target that cannot be read tells nothing', async () => {
    await bench.run({ oneWay: true });
    const anna = person();
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    expect([...(await told()), ...(await told(ENTITLEMENTS))]).toEqual([]);
  });
});

describe('the look at everything', () => {
  test('never replaces what an attempt has told since its page was read', async () => {
    const anna = person();
    const runtime = await bench.run({ readable: true });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    await bench.database.query(`update link set updated_at = now() - interval '1 hour'`); // at work no more
    const page = [{ accountId: bench.directory.byKey(anna.userName)?.id ?? '', presence: 'disabled' as const, attributes: { userName: anna.userName } }];
    await observed({ database: bench.database, system: 'directory', topicPrefix: '' }).tellPage(page, new Date(Date.now() - 60_000));
    expect(await told()).toHaveLength(1);
    await bench.stop(runtime);
  });

  test('tells every account, also those nobody asked for, and what the target can give; twice the same is told once', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'].map(openByHand);
    await bench.run({ readable: true, observeEverySeconds: 1 });
    await bench.until(async () => (await told()).length === 5);
    await bench.until(async () => (await bench.database.query(`select 1 from observed_scan where started_at > (select min(created_at) from outbox) + interval '1 second' and finished_at > started_at`)).length > 0);
    expect((await told()).map(({ value }) => value?.accountId).toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))).toEqual(ids);
    expect((await told()).filter(({ value }) => value?.userId !== undefined)).toEqual([]);
    expect((await told(ENTITLEMENTS)).map(({ value }) => value)).toEqual([expect.objectContaining({ type: 'unit', value: '9', generation: 1 })]);
  });

  test('what somebody changed there by hand is told, with the person it belongs to', async () => {
    await bench.run({ readable: true, observeEverySeconds: 1 });
    const anna = person();
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    bench.directory.write(anna.userName, { active: false, units: ['100'], title: 'by hand' }, []);
    await bench.until(async () => (await told()).at(-1)?.value?.attributes.title === 'by hand');
    expect((await told()).at(-1)?.value).toMatchObject({ userId: anna.userId, accountGeneration: 1, presence: 'disabled', entitlements: [{ type: 'unit', value: '100', rules: ['test'] }] });
  });

  test('what is gone there is told with a tombstone that has the next generation', async () => {
    const [first = ''] = ['a', 'b', 'c'].map(openByHand);
    await bench.run({ readable: true, observeEverySeconds: 1 });
    await bench.until(async () => (await told()).length === 3);
    bench.directory.accounts.delete(first);
    await bench.until(async () => (await told()).length === 4);
    expect((await told()).at(-1)).toEqual({ key: targetKey('directory', first), value: null, generation: 2 });
  });

  test('a target that suddenly shows far fewer accounts has not lost them: nobody counts as gone', async () => {
    for (let n = 0; n < 24; n += 1) openByHand(`p${n}`);
    await bench.run({ readable: true, observeEverySeconds: 1 });
    await bench.until(async () => (await told()).length === 24 && (await scanned()));
    bench.directory.accounts.clear();
    await bench.until(async () => (await bench.database.query('select 1 from observed_scan where problem is not null')).length > 0);
    expect((await told()).filter(({ value }) => value === null)).toEqual([]);
  });

  test('a look that ends early counts nobody as gone', async () => {
    ['a', 'b', 'c'].map(openByHand);
    const runtime = await bench.run({ readable: true, observeEverySeconds: 1 });
    await bench.until(async () => (await told()).length === 3);
    bench.directory.accounts.delete('acc-1');
    bench.directory.mischief = ({ operation }) => (operation === 'list' ? 'before' : undefined);
    await bench.until(async () => (await bench.database.query('select 1 from observed_scan where problem is not null')).length > 0);
    expect((await told()).filter(({ value }) => value === null)).toEqual([]);
    await bench.stop(runtime);
  });
});

describe('a Global User ID that a directory gave', () => {
  const withUuid = (userName: string): void => {
    const account = bench.directory.byKey(userName);
    if (account) bench.directory.accounts.set(account.id, { ...account, uuid: 'uuid-1' });
  };

  test('is told once per person', async () => {
    await bench.run({ readable: true, teachesIds: true });
    const anna = person();
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    withUuid(anna.userName);
    for (const generation of [2, 3]) {
      await bench.wish(anna.wish({ generation }));
      await bench.until(async () => Number((await bench.link(anna.userId))['applied']) === generation);
    }
    expect((await told(LEARNED)).map(({ value }) => value)).toEqual([{ userId: anna.userId, userUuid: 'uuid-1', system: 'directory', at: expect.any(String) }]);
  });

  test('is not told by a target that is no directory', async () => {
    await bench.run({ readable: true });
    const anna = person();
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    withUuid(anna.userName);
    await bench.wish(anna.wish({ generation: 2 }));
    await bench.until(async () => Number((await bench.link(anna.userId))['applied']) === 2);
    expect(await told(LEARNED)).toEqual([]);
  });
});
