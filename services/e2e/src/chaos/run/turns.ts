/** Who may work while who else does. */
export interface Turns {
  /** Together with others, but not while somebody works alone. */
  together<T>(work: () => Promise<T>): Promise<T>;
  /** After all who work now, and before all who come later. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function turns(): Turns {
  let lastAlone: Promise<unknown> = Promise.resolve();
  let working = new Set<Promise<unknown>>();
  return {
    together(work) {
      const own = lastAlone.then(work);
      working.add(own.catch(() => undefined));
      return own;
    },
    alone(work) {
      const before = [lastAlone, ...working];
      working = new Set();
      const own = Promise.all(before).then(work);
      lastAlone = own.catch(() => undefined);
      return own;
    },
  };
}
