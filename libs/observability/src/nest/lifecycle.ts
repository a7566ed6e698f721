import type { Health } from '../health.ts';
import type { Logger } from '../logger.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

interface LifecycleOptions {
  readonly close: () => Promise<void>;
  readonly log: Logger;
  readonly health: Health;
  readonly shutdownMs: number;
  readonly exit: (code: number) => void;
}

/** How a service ends: by a signal, by a dead part, or by hand. Whatever comes first; it closes once. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #onSignal = (signal: NodeJS.Signals) => void this.#stop(signal);
  #closing: Promise<void> | undefined;
  #stopping = false;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Ends the process with exit code 1 when one of the promises rejects. */
  watch(failed: readonly Promise<unknown>[]): void {
    for (const promise of failed) promise.catch((error: unknown) => this.#die(error));
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    this.#options.health.add('shutdown', () => ({ ok: false, reason: 'shutting down' }));
    try {
      await this.#options.close();
    } finally {
      for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    }
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#options.log.info({ signal }, 'shutting down');
    this.#options.exit(await this.#closeInTime());
  }

  async #die(error: unknown): Promise<void> {
    if (this.#stopping || this.#closing) return;
    this.#stopping = true;
    this.#options.log.fatal({ err: error }, 'a part of the service died for good; the process ends');
    await this.#closeInTime();
    this.#options.exit(1);
  }

  /** The exit code: 0 when everything closed in time. */
  async #closeInTime(): Promise<number> {
    const { log, shutdownMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((resolve) => {
      timer = setTimeout(() => {
        log.error({ shutdownMs }, 'the shutdown took too long and is cut short');
        resolve(1);
      }, shutdownMs);
    });
    const closed = this.close().then(
      () => 0,
      (error: unknown) => {
        log.error({ err: error }, 'the shutdown failed');
        return 1;
      },
    );
    const code = await Promise.race([closed, late]);
    clearTimeout(timer);
    return code;
  }
}
