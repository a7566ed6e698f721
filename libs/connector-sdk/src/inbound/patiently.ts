import { setTimeout as sleep } from 'node:timers/promises';
import { ClassifiedError, type FailureKind } from '@rolebridge/contracts';
import { ConfigurationError, type Logger } from '@rolebridge/observability';

const PATIENCE_MS = 120_000;
const PAUSE_MS = 1_000;

/** Asking again may help. */
const PASSING: readonly FailureKind[] = ['transient', 'in-doubt'];

export interface Patience {
  readonly system: string;
  readonly log: Logger;
  /** Milliseconds; default two minutes. */
  readonly patienceMs?: number | undefined;
}

/** Asks a target again as long as it does not answer. @throws ConfigurationError with a sentence for who started the job, when it refuses or patience ends */
export async function patiently<T>(ask: () => Promise<T>, { system, log, patienceMs = PATIENCE_MS }: Patience): Promise<T> {
  for (const endMs = performance.now() + patienceMs; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ClassifiedError)) throw error;
      const { kind, code, message, retryAfterMs = PAUSE_MS } = error.failure;
      if (!PASSING.includes(kind) || performance.now() + retryAfterMs > endMs) throw new ConfigurationError([`The system ${system} cannot be looked at (${code}): ${message} Run the job again when that is mended; nothing is lost.`]);
      log.warn({ system, code, retryInMs: retryAfterMs }, 'The target does not answer; it is asked again.');
      await sleep(retryAfterMs);
    }
  }
}
