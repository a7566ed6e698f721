/** How long whoever guesses waits, and who must not wait with others any more. PURE apart from its own maps. */
export interface Penalty {
  /** Wait so long before the answer. */
  readonly waitMs: number;
  /** Too many of the same source wait already: answer at once, and say when to come again. */
  readonly retryAfterSeconds?: number;
}

interface Record {
  readonly failures: number;
  readonly lastMs: number;
  readonly waiting: number;
}

const FORGET_MS = 60_000;
/** So many times the first wait. */
const LONGEST = 32;
const MAX_WAITING = 50;
const MAX_SOURCES = 10_000;

/** Every wrong credential from one source doubles the time until its next wrong one is answered; a minute without one forgets it. */
export class SlowDown {
  readonly #records = new Map<string, Record>();
  readonly #firstMs: number;

  /** @param firstMs the wait for the first failure */
  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /** Notes a failure. Call {@link waited} once the wait is over, when there is one. */
  failed(source: string, nowMs: number): Penalty {
    const held = this.#records.get(source);
    const { failures, waiting } = held && nowMs - held.lastMs < FORGET_MS ? held : { failures: 0, waiting: held?.waiting ?? 0 };
    const waitMs = this.#firstMs * Math.min(LONGEST, 2 ** failures);
    const crowded = waiting >= MAX_WAITING;
    this.#keep(source, { failures: failures + 1, lastMs: nowMs, waiting: waiting + (crowded ? 0 : 1) });
    return crowded ? { waitMs: 0, retryAfterSeconds: Math.max(1, Math.ceil((this.#firstMs * LONGEST) / 1000)) } : { waitMs };
  }

  waited(source: string): void {
    const held = this.#records.get(source);
    if (held) this.#records.set(source, { ...held, waiting: Math.max(0, held.waiting - 1) });
  }

  #keep(source: string, record: Record): void {
    this.#records.delete(source);
    this.#records.set(source, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > MAX_SOURCES && oldest !== undefined) this.#records.delete(oldest);
  }
}
