import { createHmac, randomBytes } from 'node:crypto';
import { matches, type SecretHash } from './hashes.ts';

const REMEMBER_RIGHT_MS = 60_000;
const REMEMBER_WRONG_MS = 5000;
const MAX_REMEMBERED = 1000;
const MAX_QUEUED = 50;

interface Verdict {
  /** The hash that the password belongs to; missing when it belongs to none. */
  readonly hash: SecretHash | undefined;
  readonly untilMs: number;
}

/**
 * Checks passwords against slow hashes without being slow: a verdict is remembered under an HMAC (key of this process, never
 * written) while it is in use. One check runs per user at a time, so guessing at one user delays nobody else.
 */
export class PasswordCheck {
  readonly #key = randomBytes(32);
  readonly #verdicts = new Map<string, Verdict>();
  readonly #queues = new Map<string, { last: Promise<unknown>; length: number }>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The hash that the password belongs to. */
  async matching(user: string, password: string, hashes: readonly SecretHash[]): Promise<SecretHash | undefined> {
    const id = createHmac('sha256', this.#key).update(JSON.stringify([user, password])).digest('base64');
    const known = this.#remembered(id);
    return known ? known.hash : this.#queued(user, () => this.#verdictOf(id, password, hashes));
  }

  /** Whoever waited before may have asked the same. */
  async #verdictOf(id: string, password: string, hashes: readonly SecretHash[]): Promise<SecretHash | undefined> {
    const known = this.#remembered(id);
    return known ? known.hash : this.#verify(id, password, hashes);
  }

  #remembered(id: string): Verdict | undefined {
    const verdict = this.#verdicts.get(id);
    if (!verdict || verdict.untilMs < this.#nowMs()) return undefined;
    if (verdict.hash) this.#remember(id, verdict.hash);
    return verdict;
  }

  async #verify(id: string, password: string, hashes: readonly SecretHash[]): Promise<SecretHash | undefined> {
    for (const hash of hashes) {
      if (await matches(password, hash)) return this.#remember(id, hash);
    }
    return this.#remember(id, undefined);
  }

  #remember(id: string, hash: SecretHash | undefined): SecretHash | undefined {
    this.#verdicts.delete(id);
    this.#verdicts.set(id, { hash, untilMs: this.#nowMs() + (hash ? REMEMBER_RIGHT_MS : REMEMBER_WRONG_MS) });
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size > MAX_REMEMBERED && oldest !== undefined) this.#verdicts.delete(oldest);
    return hash;
  }

  /** Refuses at once when too many wait for the same user: that is a flood, not a person. */
  async #queued(user: string, check: () => Promise<SecretHash | undefined>): Promise<SecretHash | undefined> {
    const queue = this.#queues.get(user) ?? { last: Promise.resolve(), length: 0 };
    if (queue.length >= MAX_QUEUED) return undefined;
    const mine = queue.last.then(check);
    const settled = mine.then(() => undefined, () => undefined);
    this.#queues.set(user, { last: settled, length: queue.length + 1 });
    try {
      return await mine;
    } finally {
      this.#leave(user);
    }
  }

  #leave(user: string): void {
    const queue = this.#queues.get(user);
    if (!queue || queue.length === 1) this.#queues.delete(user);
    else this.#queues.set(user, { ...queue, length: queue.length - 1 });
  }
}
