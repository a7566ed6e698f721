import { ClassifiedError } from '@rolebridge/contracts';
import { Kafka as RawClient, logLevel, Partitioners, type Admin as RawAdmin } from 'kafkajs';
import { halving } from '../halving.ts';
import type { Batch, Publisher } from '../port.ts';
import { eventually, openBench, range, record, remembering, valuesOf, type Bench } from './bench.ts';

let bench: Bench;
beforeEach(async () => (bench = await openBench()));
afterEach(() => bench.close());

async function failureCode(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ClassifiedError ? `${error.failure.kind} ${error.failure.code}` : String(error);
}

function rawClient(): RawClient {
  return new RawClient({ brokers: [...bench.brokers], clientId: 'raw', logLevel: logLevel.NOTHING });
}

async function rawAdmin(): Promise<RawAdmin> {
  const raw = rawClient().admin();
  bench.own({ close: () => raw.disconnect() });
  await raw.connect();
  return raw;
}

/** Leaves a group that has read `count` records of partition 0. */
async function publishAndRead({ topic, groupId, count }: { topic: string; groupId: string; count: number }): Promise<Publisher> {
  const publisher = bench.own(await bench.kafka.publisher());
  await publisher.publish(range(count).map((n) => record(topic, 'k', String(n))));
  const { seen, handler } = remembering();
  const consumer = await bench.consume({ groupId, topics: [topic], handler });
  await eventually(() => seen.length >= count);
  await consumer.close();
  return publisher;
}

describe('what is published', () => {
  test('arrives once, per key in order, with its headers', async () => {
    const { topic, groupId } = await bench.topic();
    const publisher = bench.own(await bench.kafka.publisher());
    await Promise.all(range(300).map((n) => publisher.publish([record(topic, `key-${n % 7}`, String(n), { ce_id: `id-${n}`, note: 'Grüße 🎺' })])));
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    await eventually(() => seen.length >= 300);
    expect(seen).toHaveLength(300);
    for (const key of range(7)) {
      expect(valuesOf(seen.filter((one) => one.key === `key-${key}`))).toEqual(range(300).filter((n) => n % 7 === key).map(String));
    }
    const first = seen.find(({ value }) => value?.toString() === '0');
    expect(first?.headers).toEqual({ ce_id: 'id-0', note: 'Grüße 🎺' });
    expect(Math.abs(Date.now() - (first?.timestamp ?? 0))).toBeLessThan(60_000);
  });

  test('arrives as it is: a tombstone without value, broken JSON as bytes', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish([record(topic, 'a', null), record(topic, 'b', '{"half":'), record(topic, 'c', '')]);
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    await eventually(() => seen.length >= 3);
    expect(seen.map(({ value }) => value)).toEqual([null, Buffer.from('{"half":'), Buffer.alloc(0)]);
  });

  test('more than fits into one request arrives whole', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish(range(1_200).map((n) => record(topic, 'k', `${n} ${'x'.repeat(2_000)}`)));
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    await eventually(() => seen.length >= 1_200);
    expect(valuesOf(seen).map((value) => Number.parseInt(value ?? '', 10))).toEqual(range(1_200));
  });

  test('a record the broker refuses fails only its own call', async () => {
    const { topic } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.publisher());
    const calls = [publisher.publish([record(topic, 'a', 'fine')]), publisher.publish([record(topic, 'b', 'x'.repeat(1_500_000))]), publisher.publish([record(topic, 'c', 'fine too')])];
    expect(await Promise.all(calls.map(failureCode))).toEqual(['undefined', 'rejected record-too-large', 'undefined']);
  });

  test('a topic that does not exist is named as the reason', async () => {
    const publisher = bench.own(await bench.kafka.publisher());
    expect(await failureCode(publisher.publish([record('no-such-topic', 'a', 'x')]))).toBe('halting topic-missing');
    expect(await failureCode(bench.consume({ groupId: 'g', topics: ['no-such-topic'], handler: () => Promise.resolve() }))).toBe('halting topic-missing');
  });
});

describe('a fenced publisher', () => {
  test('shuts out every older one with the same id, whose records are never seen (L5)', async () => {
    const { topic, groupId } = await bench.topic(1);
    const older = bench.own(await bench.kafka.fencedPublisher(`${topic}.relay`));
    await older.publish([record(topic, 'k', 'of the older')]);
    const newer = bench.own(await bench.kafka.fencedPublisher(`${topic}.relay`));
    expect(await failureCode(older.publish([record(topic, 'k', 'too late')]))).toBe('transient fenced');
    await newer.publish([record(topic, 'k', 'of the newer')]);
    expect(await failureCode(older.publish([record(topic, 'k', 'again')]))).toBe('transient fenced');
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    await eventually(() => seen.length >= 2);
    expect(valuesOf(seen)).toEqual(['of the older', 'of the newer']);
  });

  test('goes on after a record was refused, and nothing of the refused call is seen', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.fencedPublisher(`${topic}.relay`));
    expect(await failureCode(publisher.publish([record(topic, 'a', 'with it'), record(topic, 'b', 'x'.repeat(1_500_000))]))).toBe('rejected record-too-large');
    await publisher.publish([record(topic, 'c', 'after it')]);
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    await eventually(() => seen.length >= 1);
    expect(valuesOf(seen)).toEqual(['after it']);
  });
});

describe('a consumer', () => {
  test('sees a transaction only once it is committed', async () => {
    const { topic, groupId } = await bench.topic(1);
    const producer = rawClient().producer({ transactionalId: `${topic}.raw`, idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
    bench.own({ close: () => producer.disconnect() });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ key: 'k', value: 'in doubt' }] });
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(seen).toEqual([]);
    await transaction.commit();
    await eventually(() => seen.length >= 1);
    expect(valuesOf(seen)).toEqual(['in doubt']);
  });

  test('of a topic that relays write does not wait for a transaction whose end never comes', async () => {
    const { topic, groupId } = await bench.topic(1);
    const producer = rawClient().producer({ transactionalId: `${topic}.raw`, idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
    bench.own({ close: () => producer.disconnect() });
    await producer.connect();
    await (await producer.transaction()).send({ topic, messages: [{ key: 'k', value: 'its end is lost' }] });
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish([record(topic, 'k', 'behind it')]);
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler, isolation: 'uncommitted' });
    await eventually(() => seen.length >= 2, 10_000);
    expect(valuesOf(seen)).toEqual(['its end is lost', 'behind it']);
  });

  test('hands the same records over again when they took no effect, and skips none', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish(range(50).map((n) => record(topic, 'k', String(n))));
    const { seen, handler } = remembering();
    const attempts: number[] = [];
    const refusingTwice = async (batch: Batch): Promise<void> => {
      attempts.push(batch.records[0]?.offset ?? -1);
      if (attempts.length <= 2) throw new Error('the database is away');
      await handler(batch);
    };
    const consumer = await bench.consume({ groupId, topics: [topic], handler: refusingTwice, maxBatchRecords: 20 });
    await eventually(() => seen.length >= 50);
    expect(valuesOf(seen)).toEqual(range(50).map(String));
    expect(attempts.slice(0, 3)).toEqual([0, 0, 0]);
    expect(consumer.isReady()).toBe(true);
  });

  test('keeps its place in the group while a batch takes longer than the session', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish(range(10).map((n) => record(topic, 'k', String(n))));
    const { seen, handler } = remembering();
    const slow = async (batch: Batch): Promise<void> => {
      if (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 7_500));
      await handler(batch);
    };
    await bench.consume({ groupId, topics: [topic], handler: slow, maxBatchRecords: 2 });
    await eventually(() => seen.length >= 10);
    expect(valuesOf(seen)).toEqual(range(10).map(String));
  }, 30_000);

  test('goes on where it was after a restart, and its lag is nothing', async () => {
    const { topic, groupId } = await bench.topic();
    const publisher = bench.own(await bench.kafka.fencedPublisher(`${topic}.relay`));
    const admin = bench.own(await bench.kafka.admin());
    const lag = async (): Promise<number> => (await admin.lag(groupId, [topic])).reduce((sum, { end, offset }) => sum + end - offset, 0);
    await publisher.publish(range(20).map((n) => record(topic, `k${n}`, String(n))));
    const before = remembering();
    const first = await bench.consume({ groupId, topics: [topic], handler: before.handler });
    await eventually(async () => (await lag()) === 0);
    await first.close();
    await publisher.publish([record(topic, 'later', 'later')]);
    await eventually(async () => (await lag()) > 0); // the marker that commits a transaction is written after the answer
    const after = remembering();
    await bench.consume({ groupId, topics: [topic], handler: after.handler });
    await eventually(async () => (await lag()) === 0);
    expect(before.seen).toHaveLength(20);
    expect(valuesOf(after.seen)).toEqual(['later']);
    expect(await lag()).toBe(0);
  });

  test.each([
    { stored: 4, name: 'a database restored from backup: the stored offset is lower', from: 4 },
    { stored: 10, name: 'a commit to the group was lost: the group is lower', from: 7 },
    { stored: undefined, name: 'the database knows nothing of the partition', from: 0 },
  ])('starts at the lower of stored and group offset (L4): $name', async ({ stored, from }) => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = await publishAndRead({ topic, groupId, count: 7 });
    await publisher.publish(range(3).map((n) => record(topic, 'k', String(n + 7))));
    const { seen, handler } = remembering();
    const offsets = { load: () => Promise.resolve(stored === undefined ? [] : [{ topic, partition: 0, offset: stored }]) };
    await bench.consume({ groupId, topics: [topic], handler, offsets });
    await eventually(() => seen.at(-1)?.offset === 9);
    expect(seen.map(({ offset }) => offset)).toEqual(range(10).slice(from));
  });

  test('waits for its stored offsets as long as they cannot be read', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish([record(topic, 'k', '0')]);
    const { seen, handler } = remembering();
    let asked = 0;
    const load = (): Promise<readonly []> => {
      asked += 1;
      return asked <= 2 ? Promise.reject(new Error('the database is away')) : Promise.resolve([]);
    };
    await bench.consume({ groupId, topics: [topic], handler, offsets: { load } });
    await eventually(() => seen.length >= 1);
    expect({ asked, values: valuesOf(seen) }).toEqual({ asked: 3, values: ['0'] });
  });

  test('tells of records that the broker deleted before they were read', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = await publishAndRead({ topic, groupId, count: 2 });
    await publisher.publish(range(8).map((n) => record(topic, 'k', String(n + 2))));
    const raw = await rawAdmin();
    await raw.fetchTopicOffsets(topic); // makes kafkajs learn who leads the partition
    await raw.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    await eventually(() => seen.at(-1)?.offset === 9);
    expect(seen.map(({ offset }) => offset)).toEqual([6, 7, 8, 9]);
    expect(bench.errors.join()).toMatch(/Offset out of range/);
  });

  test('dies audibly when its topic is deleted, so that the process can end', async () => {
    const { topic, groupId } = await bench.topic(1);
    const consumer = await bench.consume({ groupId, topics: [topic], handler: () => Promise.resolve() });
    const raw = await rawAdmin();
    await raw.deleteTopics({ topics: [topic] });
    expect(await failureCode(consumer.failed)).toBe('halting topic-missing');
    expect(consumer.isReady()).toBe(false);
    expect(bench.errors).toContain('the consumer died');
  });

  test('puts one bad record aside and takes all others', async () => {
    const { topic, groupId } = await bench.topic(1);
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish(range(40).map((n) => record(topic, 'k', n === 23 ? 'poison' : String(n))));
    const { seen, handler } = remembering();
    const buried: string[] = [];
    const take = async (batch: Batch): Promise<void> => {
      if (batch.records.some(({ value }) => value?.toString() === 'poison')) throw new SyntaxError('not JSON');
      await handler(batch);
    };
    const bury = (one: { readonly offset: number }, error: unknown): Promise<void> => {
      buried.push(`${one.offset} ${String(error)}`);
      return Promise.resolve();
    };
    await bench.consume({ groupId, topics: [topic], handler: halving({ take, bury, isConnectionError: () => false }) });
    await eventually(() => seen.length >= 39);
    expect(valuesOf(seen)).toEqual(range(40).filter((n) => n !== 23).map(String));
    expect(buried).toEqual(['23 SyntaxError: not JSON']);
  });
});
