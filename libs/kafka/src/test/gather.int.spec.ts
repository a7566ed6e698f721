import type { Batch } from '../port.ts';
import { type Bench, eventually, openBench, range, record, remembering, valuesOf } from './bench.ts';

const GATHER_MS = 1_000;
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

test('a reader in no hurry is handed few, large batches; the first record comes at once, and all come in order', async () => {
  const { topic, groupId } = await bench.topic(1);
  const publisher = bench.own(await bench.kafka.publisher());
  const { seen, handler } = remembering();
  const handedAt: number[] = [];
  await bench.consume({
    groupId,
    topics: [topic],
    gatherMs: GATHER_MS,
    handler: (batch: Batch) => {
      handedAt.push(performance.now());
      return handler(batch);
    },
  });
  for (const n of range(40)) await publisher.publish([record(topic, 'k', String(n))]);
  await eventually(() => seen.length >= 40);
  expect(valuesOf(seen)).toEqual(range(40).map(String));
  const tookMs = (handedAt.at(-1) ?? 0) - (handedAt[0] ?? 0);
  expect(handedAt.length).toBeLessThanOrEqual(tookMs / GATHER_MS + 2);
});
