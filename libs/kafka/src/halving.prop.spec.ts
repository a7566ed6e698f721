import type { IncomingRecord } from '@rolebridge/contracts';
import * as fc from 'fast-check';
import { halving } from './halving.ts';
import type { Batch, PartitionOffset } from './port.ts';

function recordAt(partition: number, offset: number): IncomingRecord {
  return { topic: 't', partition, offset, timestamp: 0, key: 'k', value: null, headers: {} };
}

/** A batch over some partitions; its offsets lie `beyond` its last records, as after transaction markers. */
function batchOf(partitions: readonly number[], beyond: number): Batch {
  const next = new Map<number, number>();
  const records = partitions.map((partition) => {
    const offset = next.get(partition) ?? 0;
    next.set(partition, offset + 1);
    return recordAt(partition, offset);
  });
  return { consumer: 'c', records, offsets: [...next].map(([partition, offset]) => ({ topic: 't', partition, offset: offset + beyond })) };
}

const nameOf = ({ partition, offset }: { readonly partition: number; readonly offset: number }): string => `${partition}:${offset}`;

test('whatever is bad is buried alone, all else takes effect once and in order, and the offsets never run ahead (L3)', async () => {
  const partitions = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(partitions, fc.func(fc.boolean()), fc.integer({ min: 0, max: 2 }), async (spread, isBad, beyond) => {
      const batch = batchOf(spread, beyond);
      const bad = new Set(batch.records.filter((one) => isBad(nameOf(one))));
      const done: IncomingRecord[] = [];
      const buried: IncomingRecord[] = [];
      const stored = new Map<number, number>();
      const store = (offsets: readonly PartitionOffset[]): void => {
        for (const { partition, offset } of offsets) {
          stored.set(partition, offset);
          const settled = new Set([...done, ...buried].filter((one) => one.partition === partition).map(({ offset: at }) => at));
          const pending = batch.records.find((one) => one.partition === partition && !settled.has(one.offset));
          if (pending) expect(offset).toBeLessThanOrEqual(pending.offset);
        }
      };
      const handle = halving({
        take: async ({ records, offsets }) => {
          if (records.some((one) => bad.has(one))) throw new Error('bad');
          done.push(...records);
          await Promise.resolve(store(offsets));
        },
        bury: async (one, _error, { records, offsets }) => {
          expect(records).toEqual([one]);
          buried.push(one);
          await Promise.resolve(store(offsets));
        },
        isConnectionError: () => false,
      });
      await handle(batch);
      expect(buried).toEqual(batch.records.filter((one) => bad.has(one)));
      expect(done).toEqual(batch.records.filter((one) => !bad.has(one)));
      expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(batch.offsets.map(({ partition, offset }) => [partition, offset])));
    }),
    { numRuns: 200 },
  );
});

test('a lost connection is nobody’s fault: nothing is halved or buried', async () => {
  const takes: number[] = [];
  const handle = halving({
    take: ({ records }) => {
      takes.push(records.length);
      return Promise.reject(new Error('connection lost'));
    },
    bury: () => Promise.reject(new Error('must not happen')),
    isConnectionError: (error) => error instanceof Error && error.message === 'connection lost',
  });
  await expect(handle(batchOf([0, 0, 1, 1], 0))).rejects.toThrow('connection lost');
  expect(takes).toEqual([4]);
});
