import type { AuditEntry, BulkRedriveResult, DeadLetterDetails, DeadLetterSummary, LetterState } from '@rolebridge/contracts';
import { hintFor } from './letter-hints.ts';
import { duration, printable, relative, table, type Column } from './table.ts';

export interface LettersShown {
  readonly letters: readonly DeadLetterSummary[];
  readonly total: number;
  /** Where the next page begins; `null` at the end. */
  readonly next: string | null;
  readonly openOnly: boolean;
  /** Whether a service did not answer. */
  readonly incomplete: boolean;
}

const MAX_MESSAGE = 60;
const LETTER_COLUMNS: readonly Column[] = [{ title: 'ID' }, { title: 'LAST FAILURE' }, { title: 'AT' }, { title: 'STATE' }, { title: 'KIND' }, { title: 'CODE' }, { title: 'USER' }, { title: 'MESSAGE' }];

/** PURE. Lines for `rolebridge dead-letters list`. */
export function letterList({ letters, total, next, openOnly, incomplete }: LettersShown, nowMs: number): readonly string[] {
  const what = (openOnly ? 'open dead letters' : 'dead letters, open or not') + (incomplete ? ' at the services that answered' : '');
  if (letters.length === 0) return [total === 0 ? `No ${what}.` : `No more ${what}; there are ${total} in all.`];
  const rows = letters.map((letter) => [letter.id, relative(letter.lastFailureAt, nowMs), placeOf(letter), letter.state, letter.kind, letter.code, letter.userId ?? '—', short(letter.message)]);
  const more = next === null ? '' : ` Next page: --after ${next}`;
  return [...table(LETTER_COLUMNS, rows), '', `${letters.length} of ${total} ${what}.${more}`];
}

/** A connector is known by its system; the others may name one, too. */
function placeOf({ consumer, system }: DeadLetterSummary): string {
  if (system === null || consumer === `connector-${system}`) return system ?? consumer;
  return `${consumer} (${system})`;
}

function short(text: string): string {
  const characters = Array.from(printable(text));
  return characters.length > MAX_MESSAGE ? `${characters.slice(0, MAX_MESSAGE - 1).join('')}…` : characters.join('');
}

/** What a redrive would do with a letter that is open. */
const WOULD: Readonly<Record<'connector' | 'role-mapping' | 'ingest', string>> = {
  connector: 'would make the newest wish of this person at this system due now; never the old one.',
  'role-mapping': 'would judge this person anew, by the newest state and the rules of today.',
  ingest: 'would work the waiting changes of this record again, in order.',
};

const STATES: Readonly<Record<LetterState, string>> = {
  open: 'needs a person',
  'under-way': 'redriven or released; how it ends is not known yet',
  resolved: 'what it was about is done',
  superseded: 'a newer state of the person took its place',
  repeated: 'it failed again; a later dead letter tells of it',
  dismissed: 'an operator decided that nothing is to be done',
};

/** PURE. Lines for `rolebridge dead-letters show`. */
export function letterDetails(letter: DeadLetterDetails, nowMs: number): readonly string[] {
  const { id, state, kind, code, message, field, rules, plan, correlationId, request, answer } = letter;
  const lines = [
    `Dead letter ${id}: ${state} (${STATES[state]})`,
    ...line('failure', `${kind}, ${code}`),
    ...line('message', message),
    ...line('field', field),
    ...line('at', placeOf(letter)),
    ...line('user', letter.userId),
    ...line('record', letter.line),
    ...line('generation', letter.generation === null ? null : String(letter.generation)),
    ...line('given by', rules.join(', ')),
    ...line('plan', plan.join(', then ')),
    '',
    'What happened:',
    ...story(letter, nowMs),
    ...block('Last call, masked:', request),
    ...block('Answer, masked:', answer),
    '',
    ...line('hint', hintFor(letter, letter.hint)),
    ...line('redrive', letter.obstacle === null ? WOULD[serviceOf(letter.consumer)] : `would leave it alone: ${letter.obstacle}.`),
    ...line('correlation', correlationId),
  ];
  return lines.map(printable);
}

function serviceOf(consumer: string): keyof typeof WOULD {
  return consumer === 'ingest' || consumer === 'role-mapping' ? consumer : 'connector';
}

function line(name: string, text: string | null): readonly string[] {
  return text === null || text === '' ? [] : [`  ${name.padEnd(12)} ${text}`];
}

function block(title: string, text: string | null): readonly string[] {
  return text === null ? [] : ['', title, ...text.split('\n').map((part) => `  ${part}`)];
}

function story({ original, firstFailureAt, lastFailureAt, attempts, consumer, serviceVersion, redrives, dismissed, state }: DeadLetterDetails, nowMs: number): readonly string[] {
  const at = (time: string | null, text: string): string => `  ${(time ?? '').padEnd(24)} ${text}${time === null ? '' : ` (${relative(time, nowMs)})`}`;
  const place = original.partition === null || original.offset === null ? original.topic : `${original.topic}, partition ${original.partition}, offset ${original.offset}`;
  return [
    at(original.at, `the record stood on ${place}`),
    ...(attempts < 2 || firstFailureAt === lastFailureAt ? [] : [at(firstFailureAt, 'first failure')]),
    at(lastFailureAt, `buried by ${consumer} ${serviceVersion} after ${attempts === 1 ? 'one attempt' : `${attempts} attempts`}`),
    ...redrives.map((redrive) => at(redrive.at, `redriven by ${redrive.by}: ${redrive.reason}`)),
    ...(dismissed === undefined ? [] : [at(dismissed.at, `dismissed by ${dismissed.by}: ${dismissed.reason}`)]),
    `  ${'now'.padEnd(24)} ${state}: ${STATES[state]}`,
  ];
}

/** What one service did with an order. */
export interface RedriveAnswer {
  readonly name: string;
  readonly result: BulkRedriveResult;
}

/** With a rate one call orders what is due within this time, so that an interruption leaves the rest as it is. */
export const REDRIVE_PORTION_MS = 10_000;

const SOME_IDS = 20;

export interface RedriveShown {
  readonly dryRun: boolean;
  /** So many a second. */
  readonly rate?: number;
  /** Before everything was ordered. */
  readonly interrupted?: boolean;
  /** A service did not answer. */
  readonly incomplete?: boolean;
}

/** PURE. Lines for `rolebridge dead-letters redrive`. */
export function redriveReport(answers: readonly RedriveAnswer[], shown: RedriveShown): readonly string[] {
  const { dryRun, interrupted = false, incomplete = false } = shown;
  const touched = answers.filter(({ result }) => result.redriven.length + result.skipped.length > 0);
  if (touched.length === 0) return [`No open dead letter fits${incomplete ? ' at the services that answered' : ''}; nothing was redriven.`];
  const lines = touched.flatMap(({ name, result }) => [
    `${name}: ${dryRun ? 'would redrive' : 'redriven'} ${countOf(result, dryRun)}${spreadOf(countOf(result, dryRun), shown)}.`,
    ...result.skipped.map(({ why, count }) => `  left alone ${count}: ${why}.`),
    ...(interrupted && result.remaining > 0 ? [`  untouched ${result.remaining}: interrupted; the same command goes on with them.`] : []),
    ...(dryRun && result.redriven.length > 0 ? [`  ${idsOf(result)}`] : []),
  ]);
  const due = !dryRun && touched.some(({ result }) => result.redriven.length > 0);
  return [...lines, ...(due ? ['Whoever fails again is a new dead letter: rolebridge dead-letters list.'] : [])].map(printable);
}

function spreadOf(letters: number, { dryRun, rate }: RedriveShown): string {
  if (rate === undefined || letters < 2) return '';
  const seconds = (letters - 1) / rate;
  return dryRun ? `, the last of them after ${duration(seconds)}` : `, the last of them within ${duration(Math.min(seconds, REDRIVE_PORTION_MS / 1000))}`;
}

function countOf({ redriven, remaining }: BulkRedriveResult, dryRun: boolean): number {
  return redriven.length + (dryRun ? remaining : 0);
}

function idsOf({ redriven, remaining }: BulkRedriveResult): string {
  const more = redriven.length + remaining - Math.min(SOME_IDS, redriven.length);
  return `${redriven.slice(0, SOME_IDS).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

export interface AuditLine extends AuditEntry {
  /** The service that carried it out. */
  readonly service: string;
}

const AUDIT_COLUMNS: readonly Column[] = [{ title: 'WHEN' }, { title: 'OPERATOR' }, { title: 'ORDER' }, { title: 'SERVICE' }, { title: 'TOUCHED', right: true }, { title: 'WHAT' }, { title: 'WHY' }];

/** PURE. Lines for `rolebridge audit`. */
export function auditReport(orders: readonly AuditLine[], total: number): readonly string[] {
  if (orders.length === 0) return ['No orders of operators in this time.'];
  const rows = orders.map((entry) => [entry.at.replace(/\.\d+Z$/, 'Z'), entry.operator, entry.order, entry.service, String(entry.affected), whatOf(entry), entry.reason]);
  return [...table(AUDIT_COLUMNS, rows), '', `${orders.length} of ${total} orders.`];
}

const MAX_LISTED = 3;

function listed(values: readonly unknown[]): string {
  return values.length > MAX_LISTED ? `${values.slice(0, MAX_LISTED).join(',')} and ${values.length - MAX_LISTED} more` : values.join(',');
}

function whatOf({ system, filter, subjects, skipped }: AuditEntry): string {
  const parts = Object.entries(filter ?? {}).map(([name, value]) => `${name}=${Array.isArray(value) ? listed(value) : String(value)}`);
  const who = subjects.length === 1 ? [subjects[0] ?? ''] : [];
  const left = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  return [...(system === undefined || subjects.length === 1 ? [] : [system]), ...who, ...parts, ...(left > 0 ? [`${left} left alone`] : [])].join(' ') || 'everything';
}
