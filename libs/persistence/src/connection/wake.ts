import type { Sql } from '../port.ts';

/** What a statement handle does when something was written that others wait for: a transaction's handle remembers it until the commit. */
const wakers = new WeakMap<Sql, () => void>();

export function registerWaker(sql: Sql, wake: () => void): void {
  wakers.set(sql, wake);
}

/** Asks for a wake-up once the statements of this handle are committed; `false` when the handle is not one of ours and cannot know. */
export function wakeAfterCommit(sql: Sql): boolean {
  const wake = wakers.get(sql);
  wake?.();
  return wake !== undefined;
}

/**
 * Runs `action` again and again while asked to, never twice at once: a request during a run leads to one more run, because the running one may
 * have come too early for it.
 */
export function onDemand(action: () => Promise<void>): { readonly request: () => void; readonly settled: () => Promise<void> } {
  let again = false;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (again) {
      again = false;
      await action();
    }
    running = undefined;
  };
  return {
    request: () => {
      again = true;
      running ??= run();
    },
    settled: async () => running,
  };
}
