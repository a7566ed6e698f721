import { createHash } from 'node:crypto';

/** What makes a wire id (L23). */
export interface WireIdParts {
  readonly system: string;
  readonly userId: string;
  readonly generation: number;
  /** The content without ids and time stamps. */
  readonly body: string;
  /** Redrives and repairs: a deliberate repetition must not look like a duplicate to the target. */
  readonly redrives: number;
}

/** 32 hex characters: equal on a plain retry, different as soon as the content or the redrive count differs. */
export function wireId(parts: WireIdParts): string {
  const { system, userId, generation, body, redrives } = parts;
  return createHash('sha256').update(JSON.stringify([system, userId, generation, redrives, body])).digest('hex').slice(0, 32);
}
