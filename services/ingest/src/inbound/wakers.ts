/** Somebody waits for news about one person. */
export interface Waiting {
  /** Resolves at the next news, or after this time, milliseconds. */
  within(limitMs: number): Promise<void>;
  cancel(): void;
}

/** Wakes whoever waits for news about a person, in this process. */
export class Wakers {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** From now on: what happens between a look and the wait is not missed. */
  next(userId: string): Waiting {
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = this.#waiting.get(userId) ?? new Set();
    this.#waiting.set(userId, all.add(resolve));
    const cancel = (): void => {
      all.delete(resolve);
      if (all.size === 0) this.#waiting.delete(userId);
    };
    return {
      cancel,
      within: async (limitMs) => {
        const timer = setTimeout(resolve, limitMs);
        await promise;
        clearTimeout(timer);
        cancel();
      },
    };
  }

  wake(userIds: Iterable<string>): void {
    for (const userId of userIds) for (const wake of this.#waiting.get(userId) ?? []) wake();
  }
}
