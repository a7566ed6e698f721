import { coalesce } from './coalesce.ts';
import { SqlError } from './connection/sql-error.ts';

describe('items that share a flush', () => {
  test('items that arrive during a flush travel together in the next one, in order', async () => {
    const flushes: number[][] = [];
    const gates: (() => void)[] = [];
    const add = coalesce<number, number>(async (items) => {
      flushes.push([...items]);
      await new Promise<void>((resolve) => gates.push(resolve));
      return items.map((item) => item * 10);
    });
    const first = add(1);
    await settled();
    const later = [add(2), add(3), add(4)];
    gates.shift()?.();
    await expect(first).resolves.toBe(10);
    await settled();
    gates.shift()?.();
    await expect(Promise.all(later)).resolves.toEqual([20, 30, 40]);
    expect(flushes).toEqual([[1], [2, 3, 4]]);
  });

  test('a flush takes at most the configured number of items', async () => {
    const sizes: number[] = [];
    const add = coalesce<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    }, { maxItems: 4 });
    await Promise.all(Array.from({ length: 10 }, (_, index) => add(index)));
    expect(sizes).toEqual([4, 4, 2]);
  });

  test('an item whose result is an error rejects alone', async () => {
    const add = coalesce<number, number>(async (items) => items.map((item) => (item === 2 ? new Error('two') : item)));
    await expect(Promise.allSettled([add(1), add(2), add(3)])).resolves.toMatchObject([{ value: 1 }, { reason: { message: 'two' } }, { value: 3 }]);
  });

  test('a lost connection fails all items at once instead of being tried in halves', async () => {
    let flushes = 0;
    const add = coalesce<number, number>(async () => {
      flushes += 1;
      throw new SqlError('gone', { code: 'ECONNRESET', connection: true });
    });
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => add(index)));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(flushes).toBe(1);
  });

  test('a flush that answers with too few results fails its items and is not repeated', async () => {
    let flushes = 0;
    const add = coalesce<number, number>(async () => {
      flushes += 1;
      return [];
    });
    await expect(Promise.allSettled([add(1), add(2)])).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    expect(flushes).toBe(1);
  });

  test('a flush that throws at once rejects like one that throws later', async () => {
    const add = coalesce<number, number>(() => {
      throw new Error('at once');
    });
    await expect(add(1)).rejects.toThrow('at once');
  });

  test('draining waits for what is running and waiting', async () => {
    const done: number[] = [];
    const add = coalesce<number, number>(async (items) => {
      await settled();
      done.push(...items);
      return items;
    }, { maxItems: 1 });
    void add(1);
    void add(2);
    await add.drain();
    expect(done).toEqual([1, 2]);
    await add.drain();
  });
});

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
