import { type DesiredAccount, topicName } from '@rolebridge/contracts';
import { createLogger } from '@rolebridge/observability';
import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import { releaseHeld } from '../store/release.ts';
import { directoryConnector } from '../test/directory.ts';
import { person, Workbench } from '../test/workbench.ts';
import { queueMetrics } from './queue-metrics.ts';

const QUICK = { ...DEFAULT_PATIENCE, backoff: { firstMs: 5, factor: 1.5, capMs: 40 }, waitingFirstMs: 20, waitingCapMs: 40 };

describe('a connector makes wishes true', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(async () => {
    await bench.close();
  });

  test('a wish opens an account once; the same wish again, an older one and a restart write nothing (R-21, R-22)', async () => {
    const first = await bench.run();
    const anna = person();
    await bench.wish(anna.wish({ generation: 5 }));
    await bench.settled(anna.userId);
    await bench.wish(anna.wish({ generation: 5 }));
    await bench.wish(anna.wish({ generation: 4 }));
    await bench.stop(first);
    await bench.run();
    const later = person();
    await bench.wish(later.wish());
    await bench.settled(later.userId);
    await bench.settled(anna.userId);
    expect(bench.directory.effects.filter((effect) => !effect.startsWith(later.userName))).toEqual([`${anna.userName} #5`]);
  });

  test('a lost answer of a create is cleared up by looking: one account, adopted', async () => {
    const anna = person();
    let calls = 0;
    bench.directory.mischief = ({ operation }) => (operation === 'create' && calls++ === 0 ? 'after' : undefined);
    await bench.run({ patience: QUICK, leaseMs: 400 });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    expect(bench.directory.accounts.size).toBe(1);
    expect(await bench.link(anna.userId)).toMatchObject({ account_id: 'acc-1', owned: true });
    await bench.until(async () => (await bench.link(anna.userId))['verify_at'] === null);
    await bench.settled(anna.userId);
    expect(await bench.link(anna.userId)).toMatchObject({ attempted: [] });
  });

  test('being stopped is nobody\'s failure: whoever still waited for a turn is as after a kill, and their attempts are not counted', async () => {
    const people = [person(), person(), person()];
    const running = await bench.run({ perMinute: 6, oneWay: true });
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(() => bench.directory.effects.length === 1);
    await bench.stop(running);
    const waiting = await bench.database.query('select state, attempt, failure from link where applied is null');
    expect(waiting).toEqual([{ state: 'applying', attempt: 0, failure: null }, { state: 'applying', attempt: 0, failure: null }]);
  });

  test('whoever was claimed in the moment of the stop is worked for before it ends', async () => {
    const anna = person();
    const claimed = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const slow: typeof bench.database = {
      ...bench.database,
      query: async <Row extends object>(text: string, parameters: readonly unknown[] = []) => {
        const rows = await bench.database.query<Row>(text, parameters);
        if (!text.includes('for update skip locked') || rows.length === 0) return rows;
        claimed.resolve(undefined);
        await goOn.promise;
        return rows;
      },
    };
    const running = await bench.run({ database: slow });
    await bench.wish(anna.wish());
    await claimed.promise;
    const stopping = bench.stop(running);
    goOn.resolve(undefined);
    await stopping;
    expect(await bench.link(anna.userId)).toMatchObject({ state: 'applied', applied: 1 });
  });

  test('while a create is in doubt nobody looks before the settle time: "not found" would conclude too early (L19)', async () => {
    const anna = person();
    const looks: number[] = [];
    bench.directory.mischief = ({ operation }) => {
      if (operation === 'observe') looks.push(performance.now());
      return operation === 'create' && looks.length === 1 ? 'after' : undefined;
    };
    await bench.run({ patience: QUICK, settleMs: 600 });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    expect(looks.length).toBe(2);
    expect((looks[1] ?? 0) - (looks[0] ?? 0)).toBeGreaterThan(590);
  });

  test('a target that does not confirm gets the next message only when the one before has surely been processed (L19)', async () => {
    const anna = person();
    const writes: number[] = [];
    bench.directory.mischief = ({ operation }) => void (operation !== 'observe' && writes.push(performance.now()));
    await bench.run({ oneWay: true, patience: QUICK, settleMs: 900 });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    await bench.wish(anna.wish({ generation: 2 }));
    await bench.until(() => writes.length === 2);
    expect((writes[1] ?? 0) - (writes[0] ?? 0)).toBeGreaterThan(850);
    expect((await bench.link(anna.userId)).state).not.toBe('applied');
  });

  test('a refusal is one dead letter and delays nobody; a newer wish un-parks the user (L17)', async () => {
    const bad = person();
    const others = Array.from({ length: 20 }, () => person());
    bench.directory.failure = { kind: 'rejected', code: 'http-400', message: 'Refused.' };
    bench.directory.mischief = ({ userId }) => (userId === bad.userId ? 'before' : undefined);
    await bench.run();
    await bench.wish(bad.wish(), ...others.map((other) => other.wish()));
    await Promise.all(others.map((other) => bench.settled(other.userId)));
    expect((await bench.link(bad.userId)).state).toBe('rejected');
    expect(await bench.records('connector-directory.dead-letter.v1')).toHaveLength(1);
    bench.directory.mischief = () => undefined;
    await bench.wish(bad.wish({ generation: 2 }));
    await bench.settled(bad.userId);
  });

  test('a verdict belongs to the generation that was attempted: refusing 1 while 2 arrives buries nothing (L17)', async () => {
    const anna = person();
    bench.directory.failure = { kind: 'rejected', code: 'http-400', message: 'Refused.' };
    let release = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (release = resolve));
    let creates = 0;
    bench.directory.mischief = async ({ operation }) => {
      if (operation !== 'create' || creates++ > 0) return undefined;
      await arrived;
      return 'before';
    };
    await bench.run();
    await bench.wish(anna.wish({ generation: 1 }));
    await bench.until(() => creates === 1);
    await bench.wish(anna.wish({ generation: 2 }));
    release();
    await bench.settled(anna.userId);
    expect(bench.directory.effects).toEqual([`${anna.userName} #2`]);
    expect(await bench.records('connector-directory.dead-letter.v1')).toHaveLength(0);
  });

  test('a dead target opens the breaker, buries nobody, and each user is written once on return', async () => {
    const people = Array.from({ length: 40 }, () => person());
    let down = true;
    bench.directory.mischief = () => (down ? 'before' : undefined);
    const runtime = await bench.run({ patience: { ...QUICK, maxAttempts: 4 } });
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(() => runtime.breaker().mode === 'open');
    for (let generation = 2; generation <= 5; generation++) await bench.wish(...people.map((one) => one.wish({ generation })));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    down = false;
    await Promise.all(people.map((one) => bench.settled(one.userId)));
    expect(bench.directory.effects).toHaveLength(40);
    expect(bench.directory.effects.every((effect) => effect.endsWith('#5'))).toBe(true);
    expect(await bench.records('connector-directory.dead-letter.v1')).toHaveLength(0);
  });

  test('refused credentials halt the system and bury nothing, with one alarm however long they are bad; it goes on by itself when they are good again (L25)', async () => {
    const people = Array.from({ length: 10 }, () => person());
    const lines: string[] = [];
    const alarms = () => lines.filter((line) => line.includes('"level":"error"'));
    bench.directory.credentialsGood = false;
    const runtime = await bench.run({ log: createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } }) });
    queueMetrics(bench.metrics, bench.database, [runtime]);
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(() => runtime.breaker().mode === 'halted');
    const probes = bench.directory.probes;
    expect(probes).toBeGreaterThan(0);
    await bench.until(() => bench.directory.probes >= probes + 2);
    expect(alarms()).toEqual([expect.stringContaining('Breaker of directory: halted.')]);
    expect(await bench.metrics.registry.metrics()).toMatch(/rolebridge_breaker_state\{system="directory",state="halted",service="test"\} 1\n/);
    expect((await Promise.all(people.map((one) => bench.link(one.userId)))).map(({ state, attempt }) => ({ state, attempt }))).toEqual(people.map(() => ({ state: 'pending', attempt: 0 })));
    expect(bench.directory.effects).toEqual([]);
    bench.directory.credentialsGood = true;
    await Promise.all(people.map((one) => bench.settled(one.userId)));
    expect(bench.directory.effects).toHaveLength(10);
    expect(alarms()).toHaveLength(1);
    expect(await bench.records('connector-directory.dead-letter.v1')).toHaveLength(0);
  });

  test('an account the target protects is this user\'s matter, when a call that touches nobody is let in (L25)', async () => {
    const admin = person();
    bench.directory.failure = { kind: 'halting', code: 'http-403', message: 'Forbidden.' };
    bench.directory.mischief = ({ userId }) => (userId === admin.userId ? 'before' : undefined);
    const runtime = await bench.run();
    await bench.wish(admin.wish());
    await bench.until(async () => (await bench.link(admin.userId)).state === 'rejected');
    expect(runtime.breaker().mode).toBe('closed');
    expect(bench.directory.probes).toBe(1);
  });

  test('a worker paused beyond its lease is noticed and repaired (L24)', async () => {
    const anna = person();
    let hang = true;
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    bench.directory.mischief = async ({ operation }) => {
      if (!hang || operation === 'observe') return undefined;
      hang = false;
      await woken;
      return undefined;
    };
    const paused = await bench.run({ leaseMs: 400, renewMs: 60_000 }); // a paused process prolongs nothing
    await bench.wish(anna.wish({ generation: 1, units: ['100'] }));
    await bench.until(() => !hang);
    await bench.wish(anna.wish({ generation: 2, units: ['200'] }));
    await bench.run({ leaseMs: 400 });
    await bench.settled(anna.userId);
    expect(bench.directory.byKey(anna.userName)).toMatchObject({ title: '#2', units: ['200'] });
    wake();
    await bench.until(() => bench.directory.effects.length >= 3);
    await bench.until(() => bench.directory.byKey(anna.userName)?.title === '#2' && bench.directory.byKey(anna.userName)?.units.join() === '200');
    await bench.stop(paused);
  });

  test('a call that takes longer than the lease keeps its link as long as its worker lives: it is made once', async () => {
    const anna = person();
    bench.directory.mischief = async ({ operation }) => {
      if (operation === 'create') await new Promise((resolve) => setTimeout(resolve, 1_500));
      return undefined;
    };
    await bench.run({ leaseMs: 500 });
    await bench.run({ leaseMs: 500 });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    expect(bench.directory.effects).toEqual([`${anna.userName} #1`]);
    expect(await bench.link(anna.userId)).toMatchObject({ state: 'applied', redrives: 0 });
  });

  test('a one-way target: everything that may be there is ended explicitly (L18): 100 → 100,200 (lost) → 300 leaves only 300', async () => {
    const anna = person();
    let writes = 0;
    bench.directory.mischief = ({ operation }) => (operation !== 'observe' && ++writes === 2 ? 'after' : undefined);
    await bench.run({ oneWay: true, patience: { ...QUICK, backoff: { firstMs: 400, factor: 1, capMs: 400 } }, settleMs: 30 });
    await bench.wish(anna.wish({ generation: 1, units: ['100'] }));
    await bench.settled(anna.userId);
    await bench.wish(anna.wish({ generation: 2, units: ['100', '200'] }));
    await bench.until(() => writes === 2);
    await bench.wish(anna.wish({ generation: 3, units: ['300'] }));
    await bench.settled(anna.userId);
    expect(bench.directory.byKey(anna.userName)?.units).toEqual(['300']);
    expect((await bench.link(anna.userId)).state).toBe('accepted');
  });

  test('an account that another person owns is never taken over; it is free once its owner has left (L20)', async () => {
    const anna = person('anna');
    const other = person('anna');
    await bench.run({ patience: QUICK });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    await bench.wish(other.wish());
    await bench.until(async () => (await bench.link(other.userId)).state === 'rejected');
    expect(bench.directory.effects).toEqual(['anna #1']);
    await bench.wish(anna.wish({ generation: 2, presence: 'absent' }));
    await bench.settled(anna.userId);
    await bench.wish(other.wish({ generation: 2 }));
    await bench.settled(other.userId);
    expect(await bench.link(other.userId)).toMatchObject({ account_id: 'acc-1', owned: true });
    expect(await bench.link(anna.userId)).toMatchObject({ account_id: 'acc-1', owned: false });
    const before = bench.directory.effects.length;
    await bench.wish(anna.wish({ generation: 3, presence: 'absent' }));
    await bench.until(async () => (await bench.link(anna.userId))['applied'] === 3);
    expect([(await bench.link(anna.userId)).state, bench.directory.effects.length]).toEqual(['unchanged', before]);
  });

  test('whose login turns out to stay with its owner takes the other key at once, also when that was decided just now (L20)', async () => {
    const anna = person('anna');
    const heir = person('anna');
    const staying = `update link set state = 'accepted', settle_until = null, not_before = 'infinity' where user_id = '${anna.userId}'`;
    let joining = false;
    const database: typeof bench.database = {
      ...bench.database,
      async query<Row extends object>(text: string, values?: readonly unknown[]) {
        const rows = await bench.database.query<Row>(text, values);
        if (joining && text.includes('owned and account_key = any')) await bench.database.query(staying);
        return rows;
      },
    };
    const connector = { ...directoryConnector(bench.directory, { oneWay: true }), keyCandidates: ({ attributes: { userName } }: DesiredAccount) => [userName, `${userName}-2`] };
    await bench.run({ connector, database, patience: QUICK });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    await bench.database.query(`update link set state = 'pending', not_before = now() + interval '1 hour' where user_id = $1`, [anna.userId]);
    joining = true;
    await bench.wish(heir.wish());
    await bench.settled(heir.userId);
    expect(bench.directory.effects).toEqual(['anna #1', 'anna-2 #1']);
    expect(await bench.records(topicName('deadLetter', { consumer: 'connector-directory' }, ''))).toEqual([]);
  });

  test('who joins under a login that its owner is giving up waits until that has taken effect, also with another key at hand (L20)', async () => {
    const anna = person('anna');
    const heir = person('anna');
    const oneWay = directoryConnector(bench.directory, { oneWay: true });
    const connector = { ...oneWay, keyCandidates: ({ attributes: { userName } }: DesiredAccount) => [userName, `${userName}-2`] };
    await bench.run({ connector, patience: QUICK, settleMs: 2_000 });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    bench.directory.mischief = ({ userId }) => (userId === anna.userId ? 'before' : undefined);
    await bench.wish(anna.wish({ generation: 2, userName: 'anna.berg' }));
    await bench.wish(heir.wish());
    await bench.until(async () => (await bench.link(heir.userId)).state === 'waiting');
    expect(bench.directory.effects).toEqual(['anna #1']);
    const calledAt = new Map<string, number>();
    bench.directory.mischief = ({ userId }) => void calledAt.set(userId, performance.now());
    await bench.settled(heir.userId);
    expect((calledAt.get(heir.userId) ?? 0) - (calledAt.get(anna.userId) ?? 0)).toBeGreaterThan(1_000);
    expect(bench.directory.effects).toEqual(['anna #1', 'anna #2', 'anna-2 #1']);
  });

  test('leavers go first, however many changes are queued (L25)', async () => {
    const crowd = Array.from({ length: 60 }, () => person());
    const leaver = person();
    await bench.wish(leaver.wish());
    const first = await bench.run({ concurrency: 1 });
    await bench.settled(leaver.userId);
    await bench.stop(first);
    bench.directory.mischief = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return undefined;
    };
    await bench.wish(...crowd.map((one) => one.wish()));
    await bench.wish(leaver.wish({ generation: 2, presence: 'disabled' }));
    await bench.run({ concurrency: 1 });
    await bench.until(() => bench.directory.effects.length > 20);
    expect(bench.directory.effects.slice(0, 4)).toContain(`${leaver.userName} #2`);
  });

  test('the brake holds the surplus before the first write; an explicit lock passes it (L26, L25)', async () => {
    const people = Array.from({ length: 6 }, () => person());
    await bench.run({ brake: { windowMs: 600_000, share: 0.05, fromAccounts: 100, count: 3 } });
    await bench.wish(...people.map((one) => one.wish()));
    await Promise.all(people.map((one) => bench.settled(one.userId)));
    await bench.wish(...people.slice(0, 5).map((one) => one.wish({ generation: 2, presence: 'disabled' })));
    const states = async () => (await Promise.all(people.map((one) => bench.link(one.userId)))).map((link) => link.state);
    await bench.until(async () => (await states()).filter((state) => state === 'held').length === 2);
    expect([...bench.directory.accounts.values()].filter((account) => !account.active)).toHaveLength(3);
    const held = (await Promise.all(people.map((one) => bench.link(one.userId)))).find((link) => link.state === 'held');
    const release = { place: 'directory', userId: String(held?.['user_id']), by: 'olga', reason: 'Checked with HR.', approvals: 1 };
    expect(await releaseHeld(bench.database, release)).toMatchObject({ done: 1 });
    expect(await releaseHeld(bench.database, release)).toBeUndefined();
    bench.wake();
    await bench.settled(release.userId);
    expect((await states()).filter((state) => state === 'held')).toHaveLength(1);
    const locked = people[5] ?? person();
    await bench.wish(locked.wish({ generation: 2, presence: 'disabled', operation: 'lock' }));
    await bench.settled(locked.userId);
  });

  test('shadow mode plans and shows, sends nothing, stores nothing as applied; active mode then does it (L28)', async () => {
    const anna = person();
    const looking = await bench.run({ mode: 'shadow' });
    await bench.wish(anna.wish());
    await bench.until(async () => (await bench.link(anna.userId))['shadow_plan'] !== null);
    expect(bench.directory.effects).toEqual([]);
    expect(await bench.link(anna.userId)).toMatchObject({ applied: null, attempted: [], state: 'pending' });
    await bench.stop(looking);
    await bench.run({ mode: 'active' });
    await bench.settled(anna.userId);
    expect(bench.directory.effects).toHaveLength(1);
  });

  test('another mapping or setting makes every account due again (L13)', async () => {
    const people = Array.from({ length: 5 }, () => person());
    const first = await bench.run({ settingsHash: 'v1' });
    await bench.wish(...people.map((one) => one.wish()));
    await Promise.all(people.map((one) => bench.settled(one.userId)));
    await bench.stop(first);
    await bench.run({ settingsHash: 'v2' });
    await bench.until(async () => (await Promise.all(people.map((one) => bench.link(one.userId)))).every((link) => link['applied_settings'] === 'v2'));
  });

  test('per user and system at most one call is in flight and effects rise, with two instances and many numbered changes', async () => {
    const people = Array.from({ length: 10 }, () => person());
    const inFlight = new Set<string>();
    let overlaps = 0;
    bench.directory.mischief = async ({ userId, operation }) => {
      if (operation === 'observe') return undefined;
      if (inFlight.has(userId)) overlaps += 1;
      inFlight.add(userId);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      inFlight.delete(userId);
      return Math.random() < 0.3 ? 'before' : undefined;
    };
    await bench.run({ patience: { ...QUICK, maxAttempts: 1_000 } });
    await bench.run({ patience: { ...QUICK, maxAttempts: 1_000 } });
    for (let generation = 1; generation <= 20; generation++) {
      await bench.wish(...people.map((one) => one.wish({ generation })));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await bench.until(() => people.every((one) => bench.directory.byKey(one.userName)?.title === '#20'), 30_000);
    expect(overlaps).toBe(0);
    for (const one of people) {
      const numbers = bench.directory.effects.filter((effect) => effect.startsWith(`${one.userName} `)).map((effect) => Number(effect.split('#')[1]));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });
});
