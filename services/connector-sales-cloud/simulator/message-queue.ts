import type { Delivery } from './tenant.ts';

export interface QueueOptions {
  /** Accepted messages take effect at a random moment of this time, so later ones may overtake earlier ones. 0 = at once. */
  readonly settleWindowMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly takeEffect: (delivery: Delivery) => void;
}

/** What was accepted and has not taken effect yet. */
export class MessageQueue {
  readonly #options: QueueOptions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#timers.size;
  }

  add(delivery: Delivery): void {
    const { settleWindowMs, random, takeEffect } = this.#options;
    if (settleWindowMs === 0) return takeEffect(delivery);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      takeEffect(delivery);
    }, random() * settleWindowMs);
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
