/**
 * Aborts when the time is over or when `outer` aborts. Cleared after each call: thousands of timers and listeners of calls long answered would
 * otherwise wait for their end.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #follow: () => void;

  constructor(ms: number, outer: AbortSignal) {
    this.#outer = outer;
    this.#follow = () => this.#controller.abort(outer.reason);
    this.#timer = setTimeout(() => this.#controller.abort(new DOMException('The time is over.', 'TimeoutError')), ms);
    if (outer.aborted) this.#follow();
    else outer.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#follow);
  }
}
