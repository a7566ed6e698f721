import type { Validity } from './rule-set.ts';

const DAY_MS = 86_400_000;
/** From here on a date means "for ever" (`9999-12-31` and its like). */
const FOR_EVER_MS = Date.UTC(9999, 0, 1);
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:([Zz])|([+-]\d{2}):?(\d{2}))?$/;

/** A time between `from` (included) and `until` (excluded), milliseconds since the epoch. */
export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * A date means a whole day in UTC: valid from its first instant, valid to its last. So somebody with `validTo: 2026-11-27` leaves
 * when that Friday ends. An instant means exactly that
 * instant; without offset it is UTC.
 */
export function windowOf({ validFrom, validTo }: Validity): Window {
  const untilMs = validTo === undefined ? Infinity : instantMs(validTo, DAY_MS);
  return {
    fromMs: validFrom === undefined ? -Infinity : instantMs(validFrom, 0),
    untilMs: untilMs >= FOR_EVER_MS ? Infinity : untilMs,
  };
}

/** Milliseconds of a date (plus `dayMs`) or instant; `NaN` for anything else, a date that does not exist included. */
export function instantMs(text: string, dayMs: number): number {
  if (DATE.test(text)) {
    const ms = Date.parse(`${text}T00:00:00Z`);
    return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text) ? ms + dayMs : NaN;
  }
  const [, date, time, , hours, minutes] = INSTANT.exec(text) ?? [];
  return date === undefined ? NaN : Date.parse(`${date}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
}

export function isWithin(window: Window, nowMs: number): boolean {
  return nowMs >= window.fromMs && nowMs < window.untilMs;
}

/** The next instant after now at which the window opens or closes, or `Infinity`. */
export function nextBoundaryMs(window: Window, nowMs: number): number {
  if (window.fromMs > nowMs) return window.fromMs;
  return window.untilMs > nowMs ? window.untilMs : Infinity;
}
