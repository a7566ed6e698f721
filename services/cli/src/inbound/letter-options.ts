import { FAILURE_KINDS, type DeadLetterFilter, type FailureKind } from '@rolebridge/contracts';
import { Option, type Command } from 'commander';
import { CommandFailure, EXIT } from '../failure.ts';
import type { ServiceOptions } from './service-options.ts';

/** Which dead letters, as typed. */
export interface LetterOptions extends ServiceOptions {
  readonly target?: string;
  readonly consumer?: string;
  readonly kind?: FailureKind;
  readonly code?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Adds the filters. `nowMs`: for `2h` and `3d`. */
export function addLetterFilters(command: Command, nowMs: () => number): Command {
  return command
    .option('--target <system>', 'only of this system of the landscape file')
    .option('--consumer <name>', 'only buried by ingest, role-mapping or connector-<system>')
    .addOption(new Option('--kind <kind>', 'only failures of this kind').choices(FAILURE_KINDS))
    .option('--code <code>', 'only failures with this code')
    .option('--rule <name>', 'only wishes to which this rule gave an entitlement')
    .option('--since <time>', 'only failures since: 2026-11-22T09:00:00Z, or how long ago: 30min, 2h, 3d', timeParser('--since', nowMs))
    .option('--until <time>', 'only failures before: 2026-11-22T09:00:00Z, or how long ago: 30min, 2h, 3d', timeParser('--until', nowMs));
}

export function filterOf({ target, consumer, kind, code, rule, since, until }: LetterOptions): DeadLetterFilter {
  const fields = { system: target, consumer, kind, code, rule, since, until };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const UNIT_MS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or how long ago it was; ISO 8601. */
export function timeParser(option: string, nowMs: () => number): (text: string) => string {
  return (text) => {
    const [, number, unit = ''] = /^(\d{1,6})(min|h|d)$/.exec(text) ?? [];
    const ms = number === undefined ? isoMs(text) : nowMs() - Number(number) * (UNIT_MS[unit] ?? Number.NaN);
    if (Number.isNaN(ms)) throw new CommandFailure(EXIT.usage, `${option} must be a time like 2026-11-22T09:00:00Z, or how long ago: 30min, 2h, 3d.`);
    return new Date(ms).toISOString();
  };
}

/** A day that the calendar does not have is none, although `Date` would take it for one of the next month. */
function isoMs(text: string): number {
  const [, day = ''] = /^(\d{4}-\d\d-\d\d)(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const dayMs = Date.parse(day);
  return Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day) ? Number.NaN : Date.parse(text);
}

/** Option parser for whole numbers. */
export function wholeNumber(option: string, most: number): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,6}$/.test(text) && Number(text) <= most) return Number(text);
    throw new CommandFailure(EXIT.usage, `${option} must be a whole number from 1 to ${most}.`);
  };
}

/** `5`, `5/s` or `30/min`: per second. */
export function rate(text: string): number {
  const [, number, unit = 's'] = /^(\d{1,5}(?:\.\d{1,2})?)(?:\/(s|min))?$/.exec(text) ?? [];
  const perSecond = Number(number) / (unit === 'min' ? 60 : 1);
  if (perSecond >= 0.01 && perSecond <= 1000) return perSecond;
  throw new CommandFailure(EXIT.usage, '--rate must be like 5/s or 30/min, from 0.01/s to 1000/s.');
}
