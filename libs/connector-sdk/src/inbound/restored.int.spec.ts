import { randomUUID } from 'node:crypto';
import { ClassifiedError, type DesiredAccount, type OutgoingRecord, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import { connectKafka, type Kafka } from '@rolebridge/kafka';
import { openTransaction } from '@rolebridge/kafka/test';
import { backUp, testStack, uniquePrefix } from '@rolebridge/local-stack';
import { createLogger } from '@rolebridge/observability';
import { startReapplying } from '../dispatch/reapplying.ts';
import { directoryConnector, type DirectoryConnectorOptions } from '../test/directory.ts';
import { person, Workbench } from '../test/workbench.ts';
import { restoreConnector } from './restored.ts';

const log = createLogger({ service: 'test', level: 'silent' });

/** The first calls of a target that comes back. */
function goneFor(calls: number, connector: ReturnType<typeof directoryConnector>): ReturnType<typeof directoryConnector> {
  let left = calls;
  return {
    ...connector,
    observe: (...given) => {
      left -= 1;
      return left < 0 ? connector.observe(...given) : Promise.reject(new ClassifiedError({ kind: 'transient', code: 'unreachable', message: 'Nobody answers.', retryAfterMs: 1 }));
    },
  };
}

describe.each([
  ['a target that can be read', {}],
  ['a target that cannot be read', { oneWay: true }],
  ['a target that hides a list', { hidesUnits: true }],
])('links put back from an older backup, at %s', (_, kind: Pick<DirectoryConnectorOptions, 'oneWay' | 'hidesUnits'>) => {
  const readable = kind.oneWay !== true && kind.hidesUnits !== true;
  const topicPrefix = uniquePrefix();
  const topic = topicName('desiredAccount', { system: 'directory' }, topicPrefix);
  const outcomes = topicName('outcome', {}, topicPrefix);
  let bench: Workbench;
  let kafka: Kafka;

  beforeAll(async () => {
    const { brokers } = await testStack();
    bench = await Workbench.open();
    kafka = connectKafka({ brokers, clientId: 'test' });
    const admin = await kafka.admin();
    await admin.createTopics([{ topic, config: {} }, { topic: outcomes, config: {} }], { partitions: 1 });
    await admin.close();
  });
  afterAll(() => bench.close());

  const system = { name: 'directory', kind: 'directory', mode: 'active', url: 'http://127.0.0.1', limits: { concurrency: 4, perMinute: 0, timeoutMs: 300 }, settleMs: 50, settings: {} } as const;
  const options = () => ({ database: bench.database, kafka, topicPrefix, log });
  const recordOf = (desired: DesiredAccount): OutgoingRecord => ({ topic, key: desired.userId, value: JSON.stringify(desired), headers: toHeaders({ source: '/test', type: TOPICS.desiredAccount.eventType, subject: desired.userId, time: new Date(0).toISOString(), correlationid: 'c' }) });

  async function published(records: readonly OutgoingRecord[]): Promise<void> {
    const publisher = await kafka.publisher();
    await publisher.publish(records);
    await publisher.close();
  }

  /** As the relay does; what is said of some may be lost with the database. */
  async function told(...lost: readonly string[]): Promise<void> {
    const records = (await bench.records(topicName('outcome', {}, ''))).filter(({ userId }) => !lost.includes(String(userId)));
    await published(records.map((value) => ({ topic: outcomes, key: String(value['userId']), value: JSON.stringify(value), headers: toHeaders({ source: '/test', type: TOPICS.outcome.eventType, subject: String(value['userId']), time: new Date(0).toISOString(), correlationid: 'c' }) })));
  }

  /** On the topic and at the target. */
  async function wished(...wishes: readonly DesiredAccount[]): Promise<void> {
    await published(wishes.map(recordOf));
    for (const wish of wishes) {
      await bench.wish(wish);
      await bench.until(async () => (await bench.link(wish.userId))['applied'] === wish.generation);
    }
  }

  test('nothing is left that nobody wishes, nobody has two accounts, nothing goes backwards, and every account is looked at', async () => {
    const [anna, bert, cleo, dora] = [person('anna'), person('bert'), person('cleo'), person('dora')];
    const running = await bench.run({ ...kind, brake: { enabled: false } });
    await wished(anna.wish({ generation: 1, units: ['100'] }), bert.wish({ generation: 1 }), dora.wish({ generation: 1 }));
    const putBack = await backUp(bench.database, bench.database.schema);

    await wished(anna.wish({ generation: 2, units: ['100', '200'] }), bert.wish({ generation: 2, presence: 'disabled' }), cleo.wish({ generation: 1, units: ['700'] }), cleo.wish({ generation: 2, units: ['800'], userName: 'cleo.new' }));
    await published([recordOf(anna.wish({ generation: 3, units: ['300'] }))]); // not taken before the disaster
    await bench.stop(running);
    await told(cleo.userId);
    await putBack();
    bench.directory.write('dora', { active: false, units: ['100'], title: '#1' }, []); // nobody's wish
    const before = bench.directory.effects.length;

    const connector = directoryConnector(bench.directory, kind);
    const away: typeof connector = { ...connector, observe: () => Promise.reject(new ClassifiedError({ kind: 'transient', code: 'unreachable', message: 'Nobody answers.' })) };
    await expect(restoreConnector({ ...options(), systems: [{ system, connector: away }], patienceMs: 10 })).rejects.toThrow('The system directory cannot be looked at (unreachable): Nobody answers. Run the job again');
    const restored = await restoreConnector({ ...options(), systems: [{ system, connector: goneFor(2, connector) }] });
    expect(restored).toEqual([{ system: 'directory', learned: 3, reapplied: 1 }]);
    expect(bench.directory.effects.length).toBe(before);

    const again = await bench.run({ ...kind, brake: { enabled: false } });
    const reapplying = startReapplying(bench.database, [again], log);
    await bench.until(async () => (await bench.database.query('select 1 from reapply where ended_at is null')).length === 0 && (await bench.database.query(`select 1 from link where state in ('applied', 'unchanged', 'accepted')`)).length === 4);
    await reapplying.close();
    await bench.stop(again);
    const accounts = [...bench.directory.accounts.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
    expect(accounts.map(({ key, active, units }) => [key, active, units])).toEqual([
      ['anna', true, ['300']],
      ['bert', false, []],
      ['cleo', true, ['800']],
      ['dora', true, ['100']],
    ]);
    expect(bench.directory.effects.slice(before).every((effect) => ['anna #3', 'bert #2', 'cleo #2', 'dora #1'].includes(effect))).toBe(true);
    if (readable) expect(bench.directory.effects.slice(before).toSorted()).toEqual(['anna #3', 'dora #1']);
  }, 60_000);

  test('what was changed since the backup and changed back is written once more', async () => {
    const paul = person();
    const running = await bench.run({ ...kind, brake: { enabled: false } });
    await wished(paul.wish({ generation: 1, units: ['100'] }));
    const putBack = await backUp(bench.database, bench.database.schema);
    await wished(paul.wish({ generation: 2, units: ['200'] }));
    await published([recordOf(paul.wish({ generation: 3, units: ['100'] }))]);
    await bench.stop(running);
    await told();
    await putBack();
    await restoreConnector({ ...options(), systems: [{ system, connector: directoryConnector(bench.directory, kind) }] });
    const again = await bench.run({ ...kind, brake: { enabled: false } });
    await bench.settled(paul.userId);
    await bench.stop(again);
    expect(bench.directory.byKey(paul.userName)).toMatchObject({ active: true, units: ['100'] });
  }, 60_000);

  test('whoever opened an account since the backup, left and has another login by now comes back to that account', async () => {
    const ruth = person();
    const running = await bench.run({ ...kind, brake: { enabled: false } });
    await wished(person().wish({ generation: 1 }));
    const putBack = await backUp(bench.database, bench.database.schema);
    await wished(ruth.wish({ generation: 1 }), ruth.wish({ generation: 2, presence: 'absent' }));
    await bench.stop(running);
    await told();
    await putBack();
    await restoreConnector({ ...options(), systems: [{ system, connector: directoryConnector(bench.directory, kind) }] });
    const again = await bench.run({ ...kind, brake: { enabled: false } });
    await bench.settled(ruth.userId);
    const later = ruth.wish({ generation: 3, userName: `${ruth.userName}.new` });
    await bench.wish(later);
    await bench.until(async () => (await bench.link(ruth.userId))['applied'] === 3);
    await bench.stop(again);
    expect([...bench.directory.accounts.values()].filter(({ key }) => key.startsWith(ruth.userName)).map(({ key, active }) => [key, active])).toEqual([[ruth.userName, true]]);
  }, 60_000);

  test.each([
    ['whatever was told', []],
    ['though what was told of whoever gave it up was lost', ['gina']],
    ['though what was told of whoever took it over was lost', ['hugo', 'jens']],
    ['though what was told of whoever has another by now was lost', ['emil']],
  ])('whoever took a login over keeps the account, and whoever gave it up does not get it back, %s', async (_case, lost) => {
    const run = randomUUID().slice(0, 8);
    const people = { emil: person(`emil.${run}`), fred: person(), gina: person(`gina.${run}`), hugo: person(), ines: person(`ines.${run}`), jens: person() };
    const { emil, fred, gina, hugo, ines, jens } = people;
    const chain = `chain.${run}`;
    const running = await bench.run({ ...kind, brake: { enabled: false } });
    await wished(gina.wish({ generation: 1 }));
    const putBack = await backUp(bench.database, bench.database.schema);

    await published([recordOf(emil.wish({ generation: 1, userName: chain }))]); // overtaken by the next before anybody worked for it
    await wished(emil.wish({ generation: 2 }), fred.wish({ generation: 1, userName: chain }));
    await wished(gina.wish({ generation: 2, presence: 'absent' }), hugo.wish({ generation: 1, userName: gina.userName }));
    await wished(ines.wish({ generation: 1 }), ines.wish({ generation: 2, presence: 'absent' }), jens.wish({ generation: 1, userName: ines.userName }));
    await bench.stop(running);
    await told(...Object.entries(people).flatMap(([name, { userId }]) => (lost.includes(name) ? [userId] : [])));
    await putBack();

    await restoreConnector({ ...options(), systems: [{ system, connector: directoryConnector(bench.directory, kind) }] });
    const before = bench.directory.effects.length;
    const again = await bench.run({ ...kind, brake: { enabled: false } });
    for (const { userId } of Object.values(people)) await bench.settled(userId);
    await bench.stop(again);
    const links = await Promise.all(Object.values(people).map(async ({ userId }) => bench.link(userId)));
    expect(links.map(({ owned, account_key: key }) => (owned === true ? key : null))).toEqual([emil.userName, chain, null, gina.userName, null, ines.userName]);
    expect([chain, emil, gina, ines].map((one) => bench.directory.byKey(typeof one === 'string' ? one : one.userName)?.active)).toEqual([true, true, true, true]);
    expect(bench.directory.effects.slice(before).every((effect) => [`${emil.userName} #2`, ...[chain, gina.userName, ines.userName].map((key) => `${key} #1`)].includes(effect))).toBe(true);
  }, 60_000);

  test('whoever was refused a login since gets no account of its owner, of whom nothing was told', async () => {
    const [olga, otto] = [person('olga'), person('otto')];
    const running = await bench.run({ ...kind, brake: { enabled: false } });
    await wished(olga.wish({ generation: 1 }));
    const putBack = await backUp(bench.database, bench.database.schema);
    const claim = otto.wish({ generation: 1, userName: 'olga' });
    await published([recordOf(claim)]);
    await bench.wish(claim);
    await bench.until(async () => (await bench.link(otto.userId)).state === 'rejected');
    await bench.stop(running);
    await putBack();
    await restoreConnector({ ...options(), systems: [{ system, connector: directoryConnector(bench.directory, kind) }] });
    expect(await bench.link(olga.userId)).toMatchObject({ owned: true, account_key: 'olga' });
    expect(await bench.link(otto.userId)).toMatchObject({ owned: false, account_key: null });
  }, 60_000);

  test('what was wished for and told behind transactions that killed relays have left open is known too, without waiting for their end', async () => {
    const [kira, lena] = [person('kira'), person('lena')];
    const running = await bench.run({ ...kind, brake: { enabled: false } });
    await wished(kira.wish({ generation: 1 }));
    const putBack = await backUp(bench.database, bench.database.schema);
    const { brokers } = await testStack();
    const open = [await openTransaction(brokers, [recordOf(kira.wish())]), await openTransaction(brokers, [{ ...recordOf(kira.wish()), topic: outcomes, value: null }])];
    await wished(kira.wish({ generation: 2, presence: 'absent' }), lena.wish({ generation: 1, userName: 'kira' }));
    await bench.stop(running);
    await told();
    await putBack();
    await restoreConnector({ ...options(), systems: [{ system, connector: directoryConnector(bench.directory, kind) }] });
    expect(await bench.link(kira.userId)).toMatchObject({ newest_seen: 2, owned: false });
    expect(await bench.link(lena.userId)).toMatchObject({ newest_seen: 1, owned: true, account_key: 'kira' });
    for (const one of open) await one.end();
  }, 60_000);
});
