import { dueTimer, type DueTimerOptions } from './due-timer.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A queue with a clock of its own: rows with due times, taken by `run`. */
function queueOf(dues: number[], options: Partial<DueTimerOptions> = {}) {
  const taken: number[] = [];
  const started = performance.now();
  const state = { running: 0, most: 0, asked: 0 };
  const now = (): number => performance.now() - started;
  const timer = dueTimer({
    log,
    nextDueInMs: async () => {
      state.asked += 1;
      return dues.length === 0 ? undefined : Math.min(...dues) - now();
    },
    run: async () => {
      state.running += 1;
      state.most = Math.max(state.most, state.running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const due = dues.filter((at) => at <= now());
      for (const at of due) dues.splice(dues.indexOf(at), 1);
      taken.push(...due);
      state.running -= 1;
    },
    ...options,
  });
  return { timer, taken, state, dues, now };
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); ) {
    if (Date.now() > end) throw new Error('It did not come true within 10 s.');
    await wait(2);
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a timer for rows that fall due', () => {
  test('runs when the earliest row falls due, and again for the next', async () => {
    const queue = queueOf([20, 300]);
    await until(() => queue.taken.length > 0);
    expect(queue.taken).toEqual([20]);
    await until(() => queue.taken.length > 1);
    expect(queue.now()).toBeGreaterThanOrEqual(300);
    await queue.timer.close();
    expect(queue.state.asked).toBeLessThan(10);
  });

  test('a wake-up finds a row that falls due earlier than the armed one', async () => {
    const queue = queueOf([10_000]);
    await wait(20);
    queue.dues.push(queue.now() + 10);
    queue.timer.wake();
    await until(() => queue.taken.length === 1);
    expect(queue.now()).toBeLessThan(5_000);
    await queue.timer.close();
  });

  test('many wake-ups are few looks, and runs never overlap', async () => {
    const queue = queueOf([0]);
    for (let index = 0; index < 1000; index += 1) queue.timer.wake();
    await until(() => queue.taken.length === 1);
    await wait(50);
    expect(queue.state.asked).toBeLessThan(6);
    expect(queue.state.most).toBe(1);
    await queue.timer.close();
  });

  test('a row that cannot be taken is not asked for in a circle', async () => {
    let runs = 0;
    const queue = queueOf([], {
      nextDueInMs: async () => 0,
      run: async () => {
        runs += 1;
        return 0;
      },
    });
    await wait(400);
    await queue.timer.close();
    expect(runs).toBeGreaterThan(1);
    expect(runs).toBeLessThan(60);
  });

  test('a failure is tried again', async () => {
    let runs = 0;
    const queue = queueOf([], {
      nextDueInMs: async () => (runs < 2 ? 0 : undefined),
      run: async () => {
        runs += 1;
        if (runs === 1) throw new Error('down');
      },
    });
    await until(() => runs === 2);
    await queue.timer.close();
  });

  test('closing waits for what runs, and nothing starts afterwards', async () => {
    const queue = queueOf([0, 1, 2]);
    await wait(2);
    await queue.timer.close();
    expect(queue.state.running).toBe(0);
    const { asked } = queue.state;
    queue.timer.wake();
    await wait(20);
    expect(queue.state.asked).toBe(asked);
  });
});
