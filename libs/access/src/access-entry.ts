import type { SecretHash } from './hashes.ts';
import type { Authenticated } from './people.ts';

/** One entry of a file, ready for comparing. */
export interface AccessEntry<Who extends Authenticated<string>> {
  readonly who: Who;
  readonly user: string;
  readonly hashes: readonly SecretHash[];
}

/** The entries of a file as it is now. */
export interface AccessFile<Who extends Authenticated<string>> {
  /** The same array while the file is unchanged. `nowMs`: a monotonic clock. */
  current(nowMs: number): readonly AccessEntry<Who>[];
}
