import { setTimeout as sleep } from 'node:timers/promises';
import type { Effect, Subject } from '../measure.ts';
import { type Change, changeNumber, type Sent } from './changes.ts';

const LOOK_MS = 250;

export interface Awaited<T> {
  readonly sent: readonly Sent<T>[];
  /** Effects from this number on. */
  readonly since: number;
  readonly meets: (effect: Effect, one: T) => boolean;
  /** Longest time in which nothing of this arrives. */
  readonly patienceMs: number;
  /** For the sentence when some never arrive: `changes`, `leavers`. */
  readonly what: string;
}

/** Waits until each has had its effect; how long each took, milliseconds. Rejects when some never have. */
export async function delays<T extends { readonly key: string }>(subject: Subject, { sent, since, meets, patienceMs, what }: Awaited<T>): Promise<readonly number[]> {
  const waiting = new Map<string, Sent<T>[]>();
  for (const one of sent) waiting.set(one.key, [...(waiting.get(one.key) ?? []), one]);
  const found: number[] = [];
  const note = (effect: Effect): void => {
    const [, key, at] = effect;
    const mine = waiting.get(key);
    if (!mine) return;
    const met = mine.filter((one) => meets(effect, one));
    found.push(...met.map(({ sentAt }) => at - sentAt));
    waiting.set(key, mine.filter((one) => !met.includes(one)));
  };
  for (let index = since, movedAt = performance.now(); found.length < sent.length; ) {
    subject.broken.throwIfAborted();
    const [before, effects] = [found.length, await subject.effects(index)];
    index += effects.length;
    effects.forEach(note);
    if (found.length > before) movedAt = performance.now();
    if (performance.now() - movedAt > patienceMs) throw new Error(`${sent.length - found.length} of ${sent.length} ${what} never had an effect at the target; nothing has come for ${patienceMs / 1000} s.`);
    if (found.length < sent.length) await sleep(LOOK_MS);
  }
  return found;
}

/** A change shows at this target: itself, or a later one of the same person that took its place. */
export const showsAt =
  (isTarget: (path: string) => boolean) =>
  ([path, , , familyName = '']: Effect, { number }: Change): boolean =>
    isTarget(path) && changeNumber(familyName) >= number;
