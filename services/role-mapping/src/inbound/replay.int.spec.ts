import type { IdentityUser, ReplayList, ReplayStatus } from '@rolebridge/contracts';
import { connectDatabase, listOrders } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import type { RuleFile } from '../decide/rule-set.ts';
import { eventually, Landscape, OPERATOR_TOKEN } from '../test/landscape.ts';
import { person, systemRules } from '../test/person.ts';
import type { RunningRoleMapping } from './run-role-mapping.ts';

const sales: RuleFile = { ...systemRules(), rules: [{ name: 'sales', when: { unit: '1*' }, give: { roles: ['SALES_REP'] } }] };
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('reading identity.user.v1 again', () => {
  let landscape: Landscape;
  let service: RunningRoleMapping;
  let database: Database;

  beforeAll(async () => {
    landscape = await Landscape.start(['sales-cloud']);
    await landscape.rules('sales-cloud', sales);
    service = await landscape.serve();
    database = connectDatabase({ url: landscape.environment['DATABASE_URL'] ?? '', schema: landscape.schema, applicationName: 'test' });
  });
  afterAll(async () => {
    await database.close();
    await landscape.close();
  });

  async function call(method: string, path: string, body?: object, token = OPERATOR_TOKEN): Promise<{ readonly status: number; readonly body: ReplayStatus & ReplayList & { readonly detail?: string } }> {
    const sending = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${service.url}${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...sending });
    return { status: answer.status, body: (await answer.json()) as ReplayStatus & ReplayList };
  }

  const order = (more: object = {}) => call('POST', '/operator/replays', { consumer: 'role-mapping', from: 'beginning', reason: 'A drill.', ...more });

  async function ended(replay: ReplayStatus): Promise<ReplayStatus> {
    let last = replay;
    await eventually(async () => {
      const { replays } = (await call('GET', '/operator/replays')).body;
      last = replays.find((one) => one.id === replay.id) ?? last;
      return last.state !== 'running';
    }, 60_000);
    return last;
  }

  const people = (generation: number, unit: (n: number) => string, count = 1000): readonly IdentityUser[] => Array.from({ length: count }, (_, n) => person({ id: id(n), generation, units: [unit(n)], resource: { userName: `p${n}` } }));
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
  const publishedCount = async () => (await database.query<{ n: number }>('select coalesce(sum(generation), 0)::int as n from assignment'))[0]?.n;

  test('twice from the beginning, while people change: nothing is published anew, nothing is lost', async () => {
    for (const generation of [1, 2, 3]) await landscape.send(...people(generation, (n) => (n % 2 === generation % 2 ? '1000' : '2000')).map((user) => landscape.record(user)));
    await eventually(async () => (await database.query('select 1 from user_state where generation = 3')).length === 1000, 60_000);
    const before = await publishedCount();

    const first = await order();
    expect([first.status, first.body.state]).toEqual([200, 'running']);
    await landscape.send(...people(4, () => '2000', 10).map((user) => landscape.record(user)));
    const done = await ended(first.body);
    expect(done).toMatchObject({ state: 'done', unreadable: 0, consumer: 'role-mapping' });
    expect(done.records).toBeGreaterThanOrEqual(3000);
    expect(done.passed).toBe(done.offsets);
    expect(done.changed).toBeLessThanOrEqual(10); // of the changes under way, if it met them first
    await eventually(async () => (await database.query('select 1 from user_state where generation = 4')).length === 10);
    const lost = Array.from({ length: 10 }, (_, n) => n).filter((n) => n % 2 === 1).length;
    expect(await publishedCount()).toBe((before ?? 0) + lost);

    const second = await ended((await order({ from: 'offset', offset: 5, partition: 0 })).body);
    expect(second).toMatchObject({ state: 'done', changed: 0 });
    expect(await publishedCount()).toBe((before ?? 0) + lost);
    expect((await listOrders(database, { limit: 1 })).orders).toMatchObject([{ order: 'replay', operator: 'night-shift', system: 'role-mapping', filter: { from: 'offset', offset: 5, partition: 0 } }]);
  }, 120_000);

  test('from an offset and from a time exactly the records are read again that stand from there on', async () => {
    await pause();
    const time = new Date().toISOString();
    await pause();
    await landscape.send(...people(5, () => '2000', 7).map((user) => landscape.record(user)));
    await eventually(async () => (await database.query('select 1 from user_state where generation = 5')).length === 7);
    const admin = await landscape.kafka.admin();
    const ends = await admin.ranges(landscape.record(person()).topic, { kind: 'beginning' });
    await admin.close();
    expect(await ended((await order({ from: 'time', time })).body)).toMatchObject({ state: 'done', records: 7, unreadable: 0, changed: 0 });
    for (const { partition, until } of ends) {
      expect(until).toBeGreaterThan(100);
      expect(await ended((await order({ from: 'offset', partition, offset: until - 100 })).body)).toMatchObject({ state: 'done', records: 100, offsets: 100, passed: 100, unreadable: 0, changed: 0 });
    }
    const all = ends.reduce((sum, { until }) => sum + until, 0);
    expect(all).toBe(3 * 1000 + 10 + 7);
    expect(await ended((await order()).body)).toMatchObject({ state: 'done', records: all, passed: all, unreadable: 0, changed: 0 });
  }, 120_000);

  test('what the tables lost comes back by a replay', async () => {
    await database.query('delete from assignment where user_id = $1', [id(20)]);
    await database.query('delete from user_state where user_id = $1', [id(20)]);
    const done = await ended((await order()).body);
    expect([done.state, done.changed > 0]).toEqual(['done', true]);
    expect(await database.query('select presence, user_generation from assignment where user_id = $1', [id(20)])).toMatchObject([{ presence: 'active', user_generation: 3 }]);
  }, 120_000);

  test('one that a dead process left is gone on with; a second order meanwhile is refused, a stop ends it', async () => {
    await database.query(`insert into replay (consumer, topic, ranges, operator, reason, lease_until) values ('role-mapping', 'x', '[{"partition":0,"from":0,"until":9,"next":0}]', 'anna', 'x', now() + interval '1 hour')`);
    const left = (await call('GET', '/operator/replays')).body.replays[0];
    expect(await order()).toMatchObject({ status: 409, body: { detail: expect.stringContaining('runs already') } });
    expect(await call('POST', `/operator/replays/${left?.id}/stop`, { reason: 'Left over.' })).toMatchObject({ status: 200, body: { state: 'stopped' } });
    expect(await call('POST', `/operator/replays/${left?.id}/stop`, { reason: 'Left over.' })).toMatchObject({ status: 409, body: { detail: `Replay ${left?.id} has ended already.` } });

    const real = landscape.record(person()).topic;
    await database.query(`insert into replay (consumer, topic, ranges, operator, reason) values ('role-mapping', $1, '[{"partition":0,"from":0,"until":20,"next":10}]', 'anna', 'x')`, [real]);
    const waiting = (await call('GET', '/operator/replays')).body.replays[0];
    if (!waiting) throw new Error('It is not listed.');
    expect(await ended(waiting)).toMatchObject({ state: 'done', passed: 20, changed: 0 });
  }, 120_000);

  test.each<[string, object, number, string]>([
    ['another consumer', { consumer: 'journal' }, 400, 'consumer: must be one of role-mapping.'],
    ['no place', { from: undefined }, 400, 'from: must be one of beginning, offset, time.'],
    ['no offset', { from: 'offset' }, 400, 'offset: must be a whole number'],
    ['a partition that is not there', { partition: 77 }, 400, 'has no partition 77.'],
    ['an offset behind the end', { from: 'offset', offset: 1_000_000, partition: 0 }, 400, 'ends at offset'],
    ['a wrong time', { from: 'time', time: 'yesterday' }, 400, 'time: must be a time like'],
    ['no reason', { reason: '' }, 400, 'reason: say in a sentence'],
  ])('%s is refused', async (_, more, status, sentence) => {
    expect(await order(more)).toMatchObject({ status, body: { detail: expect.stringContaining(sentence) } });
  });

  test('a time ahead of every record has nothing to read and says so', async () => {
    expect((await order({ from: 'time', time: new Date(Date.now() + 3_600_000).toISOString() })).body).toMatchObject({ state: 'done', records: 0, offsets: 0 });
  });

  test('the brake over all systems is asked at the same address, and refuses with a sentence', async () => {
    expect((await call('GET', '/operator/brake')).body).toMatchObject({ places: [{ place: 'role-mapping', held: 0, listing: null, enabled: false }], changes: [] });
    const release = { place: 'role-mapping', reason: 'x' };
    expect(await call('POST', '/operator/brake/release', { ...release, userId: id(1) })).toMatchObject({ status: 409, body: { detail: expect.stringContaining('Nothing is held over all systems') } });
    expect(await call('POST', '/operator/brake/release', { ...release, listing: 1 })).toMatchObject({ status: 404, body: { detail: expect.stringContaining('There is no listing 1') } });
    expect(await call('POST', '/operator/brake/drop', release)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('userId or listing') } });
    expect(await call('POST', `/operator/users/${id(1)}/republish`, { reason: 'x' })).toMatchObject({ status: 200, body: { published: 1, next: null } });
    expect(await call('POST', `/operator/users/${id(999_999)}/republish`, { reason: 'x' })).toMatchObject({ status: 404 });
  });

  test('needs its right', async () => {
    expect((await call('POST', '/operator/replays', { consumer: 'role-mapping', from: 'beginning', reason: 'x' }, 'wrong')).status).toBe(401);
    expect((await call('POST', '/operator/replays/999999/stop', { reason: 'x' })).status).toBe(404);
  });
});
