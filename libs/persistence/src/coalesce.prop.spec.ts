import * as fc from 'fast-check';
import { coalesce } from './coalesce.ts';

/** A poisoned item makes every flush that contains it reject, like a row that the database refuses. */
const item = fc.record({ id: fc.nat(), poisoned: fc.boolean(), failed: fc.boolean() });

describe('laws of natural batching', () => {
  test('every item gets its own answer, whatever else is in its flush, and only poisoned items reject', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(item, { maxLength: 12 }), { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), async (waves, maxItems) => {
        const taken: number[] = [];
        let overlapping = 0;
        const add = coalesce<(typeof waves)[0][0], number>(
          async (items) => {
            overlapping += 1;
            expect(overlapping).toBe(1);
            expect(items.length).toBeLessThanOrEqual(maxItems);
            await new Promise((resolve) => setImmediate(resolve));
            overlapping -= 1;
            if (items.some(({ poisoned }) => poisoned)) throw new Error('poisoned');
            taken.push(...items.map(({ id }) => id));
            return items.map(({ id, failed }) => (failed ? new Error('failed') : id * 2));
          },
          { maxItems },
        );
        const pending: Promise<PromiseSettledResult<number>[]>[] = [];
        for (const wave of waves) {
          pending.push(Promise.allSettled(wave.map(add)));
          await new Promise((resolve) => setImmediate(resolve));
        }
        const results = (await Promise.all(pending)).flat();
        const items = waves.flat();
        expect(results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)))).toEqual(
          items.map(({ id, poisoned, failed }) => (poisoned ? 'Error: poisoned' : failed ? 'Error: failed' : id * 2)),
        );
        expect(taken).toEqual(items.filter(({ poisoned }) => !poisoned).map(({ id }) => id));
        await add.drain();
      }),
      { numRuns: 60 },
    );
  });
});
