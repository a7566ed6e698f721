import { type DesiredAccount, type OutgoingRecord, type ReplayStatus, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import { connectKafka, type Kafka } from '@rolebridge/kafka';
import { testStack, uniquePrefix } from '@rolebridge/local-stack';
import { createLogger } from '@rolebridge/observability';
import { offsetStore } from '@rolebridge/persistence';
import { person, Workbench } from '../test/workbench.ts';
import { type Replaying, startReplaying } from './replay-wishes.ts';
import { takeWishes, type WishTaker } from './take-wishes.ts';

const PEOPLE = 250;
const GENERATIONS = 40;

describe('reading the wishes of a system again', () => {
  const topicPrefix = uniquePrefix();
  const topic = topicName('desiredAccount', { system: 'directory' }, topicPrefix);
  const open: { close(): Promise<void> }[] = [];
  let bench: Workbench;
  let kafka: Kafka;
  let replaying: Replaying;

  beforeAll(async () => {
    const { brokers } = await testStack();
    bench = await Workbench.open();
    kafka = connectKafka({ brokers, clientId: 'test' });
    const admin = await kafka.admin();
    open.push(admin);
    await admin.createTopics([{ topic, config: {} }], { partitions: 2 });
    const taker: WishTaker = { system: 'directory', consumer: 'connector-directory', topicPrefix, serviceVersion: 'test', database: bench.database, wake: () => bench.wake() };
    const groupId = `${topicPrefix}connector-directory`;
    const handler = takeWishes(taker);
    const consume = async (): Promise<void> => {
      const consumer = await kafka.consume({ groupId, topics: [topic], handler, offsets: offsetStore(bench.database) });
      open.push(consumer);
      consumer.failed.catch(consume); // a broker that has just come up ends the first member
    };
    await consume();
    const log = createLogger({ service: 'test', level: 'silent' });
    replaying = startReplaying({ database: bench.database, kafka, takers: [taker], topicPrefix, log });
    await bench.run({ brake: { enabled: false }, concurrency: 16 });
  });
  afterAll(async () => {
    await replaying.replays.close();
    await Promise.all(open.map((one) => one.close()));
    await bench.close();
  });

  function recordOf(desired: DesiredAccount): OutgoingRecord {
    const headers = toHeaders({ source: '/test', type: TOPICS.desiredAccount.eventType, subject: desired.userId, time: new Date(0).toISOString(), correlationid: 'c' });
    return { topic, key: desired.userId, value: JSON.stringify(desired), headers };
  }

  async function send(...wishes: readonly DesiredAccount[]): Promise<void> {
    const publisher = await kafka.fencedPublisher(`${topicPrefix}test.relay`);
    for (let at = 0; at < wishes.length; at += 500) await publisher.publish(wishes.slice(at, at + 500).map(recordOf));
    await publisher.close();
  }

  const settled = (generation: number, count = PEOPLE) =>
    bench.until(async () => (await bench.database.query(`select 1 from link where applied = $1 and state in ('applied', 'unchanged')`, [generation])).length === count, 120_000);

  async function replayed(): Promise<ReplayStatus> {
    const order = await replaying.desk.order({ consumer: 'connector-directory', from: 'beginning', reason: 'A drill.' }, 'anna');
    if (!order.ok) throw new Error(order.problem);
    let last = order.value;
    await bench.until(async () => {
      last = (await replaying.desk.list()).replays.find(({ id }) => id === order.value.id) ?? last;
      return last.state !== 'running';
    }, 120_000);
    return last;
  }

  test('10 000 records, twice, write nothing at the target; changes that come meanwhile are made, none is lost or taken back (L27)', async () => {
    const people = Array.from({ length: PEOPLE }, (_, at) => person(`p${at}`));
    for (let generation = 1; generation <= GENERATIONS; generation += 1) await send(...people.map((one) => one.wish({ generation, units: [String(generation)] })));
    await settled(GENERATIONS);
    const before = bench.directory.effects.length;

    expect(await replayed()).toMatchObject({ state: 'done', records: PEOPLE * GENERATIONS, changed: 0, unreadable: 0 });
    await bench.until(async () => (await bench.database.query(`select 1 from link where state in ('pending', 'applying')`)).length === 0);
    expect(bench.directory.effects.length).toBe(before);

    const during = replayed();
    await send(...people.slice(0, 50).map((one) => one.wish({ generation: GENERATIONS + 1, presence: 'disabled' })));
    expect(await during).toMatchObject({ state: 'done', unreadable: 0 });
    await settled(GENERATIONS + 1, 50);
    await settled(GENERATIONS, PEOPLE - 50);
    expect(bench.directory.effects.length).toBe(before + 50);
    expect([...bench.directory.accounts.values()].filter(({ active }) => !active)).toHaveLength(50);
    expect(new Set(bench.directory.effects.slice(before)).size).toBe(50);
  }, 280_000);
});
