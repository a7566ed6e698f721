import { testStack } from '@rolebridge/local-stack';
import { connectDatabase } from '@rolebridge/persistence';
import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import type { Connector } from '../port.ts';
import { GroupDirectory, groupConnector } from '../test/group-directory.ts';
import { type Change, person, Workbench } from '../test/workbench.ts';

const QUICK = { ...DEFAULT_PATIENCE, backoff: { firstMs: 5, factor: 1.5, capMs: 40 }, waitingFirstMs: 20, waitingCapMs: 40 };
const NO_BRAKE = { enabled: false };
const GROUPS = ['Approvers', 'Buyers', 'Auditors', 'Sellers', 'Planners'];

type Person = ReturnType<typeof person>;

describe('groups that many people share have one writer (L21)', () => {
  let bench: Workbench;
  let directory: GroupDirectory;
  beforeEach(async () => {
    bench = await Workbench.open();
    directory = new GroupDirectory(GROUPS);
  });
  afterEach(() => bench.close());

  /** The port erases the types of state and observation. */
  const connector = (options: Parameters<typeof groupConnector>[1] = {}) => groupConnector(directory, options) as unknown as Connector<object, unknown>;
  const run = (options: Parameters<Workbench['run']>[0] = {}) => bench.run({ connector: connector(), patience: QUICK, brake: NO_BRAKE, ...options });
  /** Tells of each write, so that it can be seen which instance made it. */
  const counted = (told: () => void): Connector<object, unknown> => {
    const { groups, ...rest } = connector();
    return { ...rest, ...(groups ? { groups: { ...groups, write: (change, call) => (told(), groups.write(change, call)) } } : {}) };
  };
  const wish = (one: Person, change: Change) => one.wish({ units: [], ...change });
  const account = ({ userName }: Person) => `acc-${userName}`;

  const SETTLED = `select user_id from link where user_id = any($1::uuid[]) and applied = $2 and state in ('applied', 'unchanged')`;

  async function settledAt(people: readonly Person[], generation: number): Promise<void> {
    const ids = people.map(({ userId }) => userId);
    await bench.until(async () => (await bench.database.query(SETTLED, [ids, generation])).length === ids.length, 110_000);
  }

  async function tables(): Promise<readonly number[]> {
    const [row] = await bench.database.query<{ w: number; l: number; g: number }>(
      'select (select count(*)::int from group_write) as w, (select count(*)::int from group_wait) as g, (select count(*)::int from group_lease where token is not null) as l',
    );
    return [row?.w ?? -1, row?.g ?? -1, row?.l ?? -1];
  }

  test('200 people join and leave the same five groups at once, from two instances, with lost answers: nobody loses another\'s role, nothing is left that nobody wishes', async () => {
    const people = Array.from({ length: 200 }, () => person());
    const rolesOf = (index: number, generation: number) => GROUPS.filter((_, group) => (index * 7 + generation * 3 + group * 5) % 3 === 0);
    let writes = 0;
    let lost = 0;
    directory.delayMs = 5;
    directory.mischief = ({ operation }) => (operation === 'write' && ++writes % 4 === 0 ? (lost++, 'lost') : undefined);
    const written = [0, 0];
    for (const instance of [0, 1]) await run({ concurrency: 8, connector: counted(() => (written[instance] = (written[instance] ?? 0) + 1)) });
    for (let generation = 1; generation <= 3; generation++) {
      await bench.wish(...people.map((one, index) => wish(one, { generation, roles: rolesOf(index, generation) })));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const leavers = people.filter((_, index) => index % 10 === 0);
    await bench.wish(...leavers.map((one) => wish(one, { generation: 4, presence: 'absent' })));
    await settledAt(people.filter((one) => !leavers.includes(one)), 3);
    await settledAt(leavers, 4);
    for (const [at, group] of GROUPS.entries()) {
      const wished = people.filter((one, index) => !leavers.includes(one) && rolesOf(index, 3).includes(GROUPS[at] ?? '')).map(account);
      expect(wished.length).toBeGreaterThan(50);
      expect({ group, members: directory.membersOf(group) }).toEqual({ group, members: [...wished, 'by-hand'].toSorted() });
    }
    expect(directory.mostWriters).toBe(1);
    expect(directory.writes.length).toBeLessThan(600);
    expect(lost).toBeGreaterThan(2);
    expect(Math.min(...written)).toBeGreaterThan(0);
    await bench.until(async () => (await tables())[1] === 0);
  }, 120_000);

  test('an attempt is applied only when the memberships are there', async () => {
    const anna = person();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    directory.mischief = async ({ operation }) => {
      if (operation === 'write') await opened;
      return undefined;
    };
    await run();
    await bench.wish(wish(anna, { roles: ['Buyers'] }));
    await bench.until(() => directory.accounts.size === 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await bench.link(anna.userId)).state).toBe('applying');
    expect(await bench.records('provisioning.outcome.v1')).toEqual([]);
    open();
    await settledAt([anna], 1);
    expect(directory.membersOf('Buyers')).toEqual([account(anna), 'by-hand']);
    expect(await bench.records('provisioning.outcome.v1')).toMatchObject([{ state: 'applied', steps: ['create', 'join-group'] }]);
    await bench.until(async () => (await tables()).every((rows) => rows === 0));
  });

  test('what an account shows is told once its groups are written, with them', async () => {
    const anna = person();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    directory.mischief = async ({ operation }) => {
      if (operation === 'write') await opened;
      return undefined;
    };
    const told = () => bench.records('provisioning.directory.observed-account.v1');
    await run({ connector: connector({ readable: true }) });
    await bench.wish(wish(anna, { roles: ['Buyers'] }));
    await bench.until(async () => (await tables())[1] === 1);
    expect(await told()).toEqual([]);
    open();
    await settledAt([anna], 1);
    expect(await told()).toMatchObject([{ accountId: account(anna), accountGeneration: 1, entitlements: [{ type: 'group', value: 'Buyers' }] }]);
    await bench.wish(wish(anna, { generation: 2, roles: [] }));
    await settledAt([anna], 2);
    expect((await told()).find((one) => one['accountGeneration'] === 2)).toMatchObject({ entitlements: [] });
  });

  test('a worker that dies between read and write leaves nothing behind: another one writes what was wished, and undoes what the dead one still does', async () => {
    const [anna, ben] = [person(), person()];
    const { databaseUrl } = await testStack();
    const dying = connectDatabase({ url: databaseUrl, schema: bench.database.schema, applicationName: 'dying', queue: true });
    let late = (): void => undefined;
    const released = new Promise<void>((resolve) => (late = resolve));
    let died = false;
    directory.mischief = async ({ operation }) => {
      if (operation !== 'write' || died) return undefined;
      died = true;
      await dying.close();
      await released;
      return undefined;
    };
    const first = await run({ database: dying, leaseMs: 400 });
    await bench.wish(wish(anna, { roles: ['Buyers'] }));
    await bench.until(() => died);
    await run({ leaseMs: 400 });
    await bench.wish(wish(ben, { roles: ['Buyers'] }));
    await settledAt([anna], 1);
    await settledAt([ben], 1);
    const both = [account(anna), account(ben), 'by-hand'].toSorted();
    expect(directory.membersOf('Buyers')).toEqual(both);
    late();
    await bench.until(() => directory.membersOf('Buyers').length === 2);
    await bench.until(() => directory.membersOf('Buyers').length === 3);
    expect(directory.membersOf('Buyers')).toEqual(both);
    await bench.until(async () => (await tables()).every((rows) => rows === 0));
    await bench.stop(first).catch(() => undefined);
  }, 30_000);

  test('a good answer is not believed: who is not there afterwards is in doubt and written again, the others are done', async () => {
    const people = [person(), person()];
    const [dropped, other] = people;
    if (!dropped || !other) throw new Error('Nobody is there.');
    directory.dropped.set(account(dropped), 2);
    await run();
    await bench.wish(...people.map((one) => wish(one, { roles: ['Buyers'] })));
    await settledAt(people, 1);
    expect(directory.membersOf('Buyers')).toEqual([...people.map(account), 'by-hand'].toSorted());
    const doubts = (await bench.records('provisioning.outcome.v1')).filter(({ failure }) => failure !== undefined);
    expect(doubts).toMatchObject([{ userId: dropped.userId, failure: { code: 'group-not-confirmed' } }, { userId: dropped.userId }]);
  });

  test('a write without an answer that arrives late undoes nothing for good: what was done meanwhile is put back (L24)', async () => {
    const [anna, ben] = [person(), person()];
    let late: readonly string[] | undefined;
    directory.mischief = ({ operation, change }) => {
      if (operation !== 'write' || late !== undefined) return undefined;
      late = change?.members;
      return { kind: 'in-doubt', code: 'no-answer', message: 'No answer in time.' };
    };
    await run({ leaseMs: 3_000 });
    await bench.wish(wish(anna, { roles: ['Buyers'] }));
    await settledAt([anna], 1);
    await bench.wish(wish(ben, { roles: ['Buyers'] }));
    await settledAt([ben], 1);
    expect(late).toEqual(['by-hand', account(anna)]);
    directory.groups.set('Buyers', new Set(late));
    await bench.until(() => directory.membersOf('Buyers').length === 3);
    expect(directory.membersOf('Buyers')).toEqual([account(anna), account(ben), 'by-hand'].toSorted());
    await bench.until(async () => (await tables()).every((rows) => rows === 0));
  }, 30_000);

  test('a member whom the target refuses is alone in the end: the others join, he is one dead letter', async () => {
    const people = Array.from({ length: 30 }, () => person());
    const [bad] = people;
    if (bad === undefined) throw new Error('Nobody is there.');
    directory.refused.push(account(bad));
    let hold = true;
    directory.mischief = ({ operation }) => (hold && operation === 'read' ? { kind: 'transient', code: 'later', message: 'Later.' } : undefined);
    await run({ concurrency: 16 });
    await bench.wish(...people.map((one) => wish(one, { roles: ['Buyers'] })));
    await bench.until(() => directory.accounts.size === 30);
    hold = false;
    await settledAt(people.filter((one) => one !== bad), 1);
    await bench.until(async () => (await bench.link(bad.userId)).state === 'rejected');
    expect(directory.membersOf('Buyers')).toEqual([...people.filter((one) => one !== bad).map(account), 'by-hand'].toSorted());
    expect(await bench.records('connector-directory.dead-letter.v1')).toHaveLength(1);
  });

  test('an account that is deleted between read and write, and takes its memberships along, makes nobody else a dead letter', async () => {
    const [anna, ben] = [person(), person()];
    directory.groups.set('Buyers', new Set(['by-hand', account(ben)]));
    let there = true;
    directory.mischief = ({ operation }) => {
      if (operation !== 'write' || !there) return undefined;
      there = false;
      directory.groups.set('Buyers', new Set(['by-hand']));
      directory.refused.push(account(ben));
      return undefined;
    };
    await run();
    await bench.wish(wish(anna, { roles: ['Buyers'] }));
    await bench.until(async () => ['applied', 'rejected'].includes((await bench.link(anna.userId)).state));
    expect(await bench.link(anna.userId)).toMatchObject({ state: 'applied', failure: null });
    expect(directory.membersOf('Buyers')).toEqual([account(anna), 'by-hand']);
    expect((await bench.records('provisioning.outcome.v1')).map(({ state }) => state)).toEqual(['applied']);
    expect(await bench.records('connector-directory.dead-letter.v1')).toEqual([]);
  });

  test('a member at whom the target fails inside is alone in the end too, and exhausts nobody else', async () => {
    const people = Array.from({ length: 20 }, () => person());
    const [bad] = people;
    if (bad === undefined) throw new Error('Nobody is there.');
    directory.mischief = ({ change }) => (change?.members.includes(account(bad)) ? { kind: 'in-doubt', code: 'http-500', message: 'It failed inside.' } : undefined);
    await run({ concurrency: 16, brake: NO_BRAKE });
    await bench.wish(...people.map((one) => wish(one, { roles: ['Buyers'] })));
    const applied = 'select 1 from link where applied = 1';
    await bench.until(async () => (await bench.database.query(applied)).length === 19, 30_000);
    const failures = (one: Person) => bench.link(one.userId).then((link) => Number(link['attempt']));
    await bench.until(async () => (await failures(bad)) > 4, 30_000);
    expect(directory.membersOf('Buyers')).toEqual([...people.filter((one) => one !== bad).map(account), 'by-hand'].toSorted());
  }, 60_000);

  test('a group that is not there is no group to create: the role is named; to leave it is nothing to do', async () => {
    const anna = person();
    await run();
    await bench.wish(wish(anna, { roles: ['Buyers', 'Ghosts'] }));
    await bench.until(async () => (await bench.link(anna.userId)).state === 'rejected');
    expect(await bench.link(anna.userId)).toMatchObject({ failure: { code: 'group-unknown', message: expect.stringContaining('Ghosts') } });
    expect(directory.membersOf('Buyers')).toEqual([account(anna), 'by-hand']);
    await bench.wish(wish(anna, { generation: 2, roles: [] }));
    await settledAt([anna], 2);
    expect(directory.membersOf('Buyers')).toEqual(['by-hand']);
  });

  test('somebody else who changes the group meanwhile is not overwritten, where the target tells versions', async () => {
    const anna = person();
    directory.etags = true;
    let once = true;
    directory.mischief = ({ operation }) => {
      if (operation === 'write' && once) {
        once = false;
        directory.groups.set('Buyers', new Set(['by-hand', 'also-by-hand']));
      }
      return undefined;
    };
    await run();
    await bench.wish(wish(anna, { roles: ['Buyers'] }));
    await settledAt([anna], 1);
    expect(directory.membersOf('Buyers')).toEqual([account(anna), 'also-by-hand', 'by-hand']);
    expect((await bench.records('provisioning.outcome.v1')).map(({ state }) => state)).toEqual(['applied']);
  });

  test('more people who would lose a role than the brake lets through stay in their groups (L26)', async () => {
    const people = Array.from({ length: 15 }, () => person());
    await run({ brake: { count: 4 } });
    await bench.wish(...people.map((one) => wish(one, { roles: ['Buyers'] })));
    await settledAt(people, 1);
    await bench.wish(...people.map((one) => wish(one, { generation: 2, roles: [] })));
    const held = async () => (await bench.database.query(`select 1 from link where state = 'held'`)).length;
    await bench.until(async () => (await held()) === 11);
    await bench.until(() => directory.membersOf('Buyers').length === 12);
    expect(await held()).toBe(11);
  });

  test('a leaver does not wait behind his own group that is slow to write', async () => {
    const anna = person();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    let joined = false;
    directory.mischief = async ({ operation }) => {
      if (operation === 'write') await opened;
      if (operation === 'write') joined = true;
      return undefined;
    };
    await run();
    await bench.wish(wish(anna, { roles: ['Buyers'] }));
    await bench.until(async () => (await tables())[1] === 1);
    await bench.wish(wish(anna, { generation: 2, presence: 'absent' }));
    await bench.until(async () => (await bench.database.query('select 1 from group_wait where generation = 2')).length === 1);
    expect(joined).toBe(false);
    open();
    await settledAt([anna], 2);
    expect(joined).toBe(true);
    expect(directory.membersOf('Buyers')).toEqual(['by-hand']);
  }, 30_000);
});
