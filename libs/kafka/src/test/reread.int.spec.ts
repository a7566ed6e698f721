import kafkajs from 'kafkajs'; // a CommonJS module that does not show all its names to ESM
import type { IncomingRecord } from '@rolebridge/contracts';
import type { PartitionRange } from '../port.ts';
import { readOnce } from '../read-once.ts';
import { type Bench, eventually, openBench, range, record, remembering, valuesOf } from './bench.ts';
import { openTransaction } from './open-transaction.ts';

describe('reading a topic again', () => {
  let bench: Bench;
  beforeAll(async () => (bench = await openBench()));
  afterAll(() => bench.close());

  const forever = new AbortController().signal;

  async function again(topic: string, ranges: readonly PartitionRange[], handler?: (records: readonly IncomingRecord[]) => Promise<void>): Promise<readonly IncomingRecord[]> {
    const seen: IncomingRecord[] = [];
    let most = 0;
    const take = async (records: readonly IncomingRecord[]): Promise<void> => {
      most = Math.max(most, records.length);
      await handler?.(records);
      seen.push(...records);
    };
    await bench.kafka.reread({ groupId: `${topic}.again`, topic, ranges, handler: take, onFailure: () => undefined, maxBatchRecords: 7, signal: forever });
    expect(most).toBeLessThanOrEqual(7);
    return seen;
  }

  /** In transactions, whose markers take offsets of their own. */
  async function written(topic: string, from: number, count: number): Promise<void> {
    const publisher = await bench.kafka.fencedPublisher(`${topic}.writer`);
    for (const at of range(count / 10)) await publisher.publish(range(10).map((n) => record(topic, `k${n}`, `${from + at * 10 + n}`)));
    await publisher.close();
  }

  test('gives every record once, in order within its partition, and ends, also behind markers of transactions', async () => {
    const { topic } = await bench.topic(3);
    await written(topic, 0, 200);
    const admin = bench.own(await bench.kafka.admin());
    const seen = await again(topic, await admin.ranges(topic, { kind: 'beginning' }));
    expect(valuesOf(seen).map(Number).toSorted((a, b) => a - b)).toEqual(range(200));
    for (const partition of range(3)) {
      const offsets = seen.filter((one) => one.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    }
  });

  test('reads what a range names and no more; the reader of the topic is not disturbed', async () => {
    const { topic, groupId } = await bench.topic(1);
    const { seen, handler } = remembering();
    await bench.consume({ groupId, topics: [topic], handler });
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish(range(20).map((n) => record(topic, 'k', `${n}`)));
    await eventually(() => seen.length === 20);
    expect(valuesOf(await again(topic, [{ partition: 0, from: 5, until: 15 }]))).toEqual(range(10).map((n) => `${n + 5}`));
    await publisher.publish([record(topic, 'k', '20')]);
    await eventually(() => seen.length === 21);
    expect(valuesOf(seen)).toEqual(range(21).map(String));
    expect(await again(topic, [{ partition: 0, from: 21, until: 21 }])).toEqual([]);
  });

  test('hands over again what took no effect', async () => {
    const { topic } = await bench.topic(1);
    await written(topic, 0, 20);
    let failures = 2;
    const seen = await again(topic, [{ partition: 0, from: 0, until: 20 }], async () => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new Error('no database'));
    });
    expect(valuesOf(seen).map(Number)).toEqual(range(seen.length));
    expect(seen.length).toBeGreaterThanOrEqual(18);
  });

  test('gives nothing of transactions that were given up, and leaves no trace in its group', async () => {
    const { topic } = await bench.topic(1);
    const client = new kafkajs.Kafka({ clientId: 'raw', brokers: [...bench.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const producer = client.producer({ transactionalId: `${topic}.raw`, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (const [n, end] of (['commit', 'abort', 'commit'] as const).entries()) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ key: 'k', value: `${n}` }] });
      await transaction[end]();
    }
    await producer.disconnect();
    const admin = bench.own(await bench.kafka.admin());
    const ranges = await admin.ranges(topic, { kind: 'beginning' });
    expect(valuesOf(await again(topic, ranges))).toEqual(['0', '2']);
    const [{ until } = { until: 0 }] = ranges;
    expect(await again(topic, [{ partition: 0, from: until - 1, until }])).toEqual([]); // only the end of a transaction
    expect(await admin.lag(`${topic}.again`, [topic])).toMatchObject([{ offset: 0, end: ranges[0]?.until }]);
  });

  test.each([
    ['to its end: a topic of ours, whatever transaction a relay has left open', 'identity.user.v1', ['before', 'in it', 'behind']],
    ['to the transaction: a topic of others, who may still give it up', 'idm.user-change.v1', ['before']],
  ])('reads %s', async (_, name, expected) => {
    const { topic: prefix } = await bench.topic(1);
    const topic = `${prefix}.${name}`;
    const admin = bench.own(await bench.kafka.admin());
    await admin.createTopics([{ topic, config: {} }], { partitions: 1 });
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish([record(topic, 'k', 'before')]);
    const open = await openTransaction(bench.brokers, [record(topic, 'k', 'in it')]);
    await publisher.publish([record(topic, 'k', 'behind')]);
    const { seen, handler } = remembering();
    await readOnce(bench.kafka, { topic, handler: (records) => handler({ consumer: '', records, offsets: [] }) });
    expect(valuesOf(seen)).toEqual(expected);
    expect((await admin.lag(`${topic}.nobody`, [topic])).map(({ end }) => end)).toEqual([expected.length]);
    await open.end();
  });

  test('finds the place: the beginning, an offset, a time, one partition; what is not there is named', async () => {
    const { topic } = await bench.topic(2);
    const publisher = bench.own(await bench.kafka.publisher());
    await publisher.publish(range(10).map((n) => record(topic, `k${n}`, 'early')));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const timeMs = Date.now();
    await publisher.publish(range(10).map((n) => record(topic, `k${n}`, 'late')));
    const admin = bench.own(await bench.kafka.admin());
    expect(valuesOf(await again(topic, await admin.ranges(topic, { kind: 'time', timeMs })))).toEqual(range(10).map(() => 'late'));
    const [zero] = await admin.ranges(topic, { kind: 'beginning' }, 0);
    expect(await admin.ranges(topic, { kind: 'offset', offset: 1 }, 0)).toEqual([{ ...zero, from: 1 }]);
    expect(await admin.ranges(topic, { kind: 'time', timeMs: timeMs + 3_600_000 })).toEqual([]);
    await expect(admin.ranges(topic, { kind: 'beginning' }, 7)).rejects.toThrow('has no partition 7.');
    await expect(admin.ranges(topic, { kind: 'offset', offset: 1000 }, 0)).rejects.toThrow(`ends at offset ${zero?.until}.`);
  });
});
