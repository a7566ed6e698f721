import { statSync } from 'node:fs';
import { ConfigurationError, type Logger } from '@rolebridge/observability';
import type { AccessEntry, AccessFile } from './access-entry.ts';
import type { Authenticated } from './people.ts';

export interface WatchOptions {
  readonly log?: Logger;
  /** How often the file is looked at, milliseconds; default 1000. */
  readonly recheckMs?: number;
}

/** Reads the file anew when it has changed. A file that became wrong or vanished changes nothing and is reported. */
export class WatchedFile<Who extends Authenticated<string>> implements AccessFile<Who> {
  readonly #file: string;
  readonly #read: () => readonly AccessEntry<Who>[];
  readonly #options: WatchOptions;
  #entries: readonly AccessEntry<Who>[];
  #stamp: string;
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(file: string, read: () => readonly AccessEntry<Who>[], options: WatchOptions) {
    this.#file = file;
    this.#read = read;
    this.#options = options;
    this.#stamp = stampOf(file);
    this.#entries = read();
  }

  current(nowMs: number): readonly AccessEntry<Who>[] {
    if (nowMs - this.#checkedMs < (this.#options.recheckMs ?? 1000)) return this.#entries;
    this.#checkedMs = nowMs;
    const stamp = stampOf(this.#file);
    if (stamp !== this.#stamp) this.#reload(stamp);
    return this.#entries;
  }

  #reload(stamp: string): void {
    this.#stamp = stamp;
    try {
      this.#entries = this.#read();
      this.#options.log?.info({ file: this.#file, entries: this.#entries.length }, 'credentials were read anew');
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.#options.log?.error({ file: this.#file, problems: error.problems }, 'the changed file of credentials is wrong; the earlier ones stay valid');
    }
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'missing';
}
