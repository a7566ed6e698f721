import { isNativeError } from 'node:util/types';
import { redactText } from './redaction.ts';

export interface HealthAnswer {
  readonly ok: boolean;
  /** One sentence for a person; shown by `/readyz` without authentication, so no secrets and no personal data. */
  readonly reason?: string;
}

export type HealthCheck = () => HealthAnswer | Promise<HealthAnswer>;

export interface HealthReport {
  readonly ok: boolean;
  /** Per check `ok` or the reason why not. */
  readonly checks: Readonly<Record<string, string>>;
}

/** What `/readyz` asks. A check that throws or takes longer than `limitMs` counts as not ready. */
export class Health {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #limitMs: number;

  constructor(limitMs = 2000) {
    this.#limitMs = limitMs;
  }

  /** Adds a check, or replaces the one of the same name. */
  add(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  remove(name: string): void {
    this.#checks.delete(name);
  }

  async report(): Promise<HealthReport> {
    const answers = await Promise.all([...this.#checks].map(async ([name, check]) => [name, await this.#ask(check)] as const));
    return { ok: answers.every(([, answer]) => answer.ok), checks: Object.fromEntries(answers.map(([name, answer]) => [name, textOf(answer)])) };
  }

  async #ask(check: HealthCheck): Promise<HealthAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<HealthAnswer>((resolve) => {
      timer = setTimeout(resolve, this.#limitMs, { ok: false, reason: `no answer within ${this.#limitMs} ms` });
    });
    try {
      return await Promise.race([check(), late]);
    } catch (error) {
      return { ok: false, reason: isNativeError(error) ? error.message : 'the check failed' };
    } finally {
      clearTimeout(timer);
    }
  }
}

function textOf(answer: HealthAnswer): string {
  return answer.ok ? 'ok' : redactText(answer.reason ?? 'not ready');
}
