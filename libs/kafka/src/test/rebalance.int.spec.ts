import type { IncomingRecord } from '@rolebridge/contracts';
import type { Batch } from '../port.ts';
import { eventually, openBench, range, record, type Bench } from './bench.ts';

let bench: Bench;
beforeEach(async () => (bench = await openBench()));
afterEach(() => bench.close());

const KEYS = 40;
const ROUNDS = 60;

test('members come and go while records flow: none is lost, and per key the newest comes last', async () => {
  const { topic, groupId } = await bench.topic(6);
  const seen: IncomingRecord[] = [];
  const member = async (): Promise<{ readonly taken: () => number; close(): Promise<void> }> => {
    let taken = 0;
    const handler = async (batch: Batch): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      taken += batch.records.length;
      seen.push(...batch.records);
    };
    const consumer = await bench.consume({ groupId, topics: [topic], handler, maxBatchRecords: 50 });
    return { taken: () => taken, close: () => consumer.close() };
  };
  const publisher = bench.own(await bench.kafka.publisher());
  const first = await member();
  const publishing = (async () => {
    for (const round of range(ROUNDS)) {
      await publisher.publish(range(KEYS).map((key) => record(topic, `key-${key}`, String(round))));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  await eventually(() => first.taken() > 0);
  const second = await member();
  await eventually(() => second.taken() > 0);
  await first.close();
  const takenBefore = first.taken();
  await publishing;
  const complete = (key: number): boolean => new Set(seen.filter((one) => one.key === `key-${key}`).map(({ value }) => value?.toString())).size === ROUNDS;
  await eventually(() => range(KEYS).every(complete), 20_000);

  expect(range(KEYS).filter((key) => !complete(key))).toEqual([]);
  expect(first.taken()).toBe(takenBefore);
  expect(second.taken()).toBeGreaterThan(0);
  for (const key of range(KEYS)) {
    const newest = seen.findLast((one) => one.key === `key-${key}`);
    expect(newest?.value?.toString()).toBe(String(ROUNDS - 1));
  }
}, 60_000);
