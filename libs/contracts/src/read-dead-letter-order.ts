import { FAILURE_KINDS } from './failures.ts';
import { REASON_MAX_CHARACTERS } from './operator.ts';
import { type BulkRedrive, type DeadLetterFilter, type DeadLetterQuestion, type Dismissal, MAX_LETTERS_PER_PAGE } from './operator-dead-letters.ts';
import { unstorableText } from './unstorable.ts';

/** What was asked, checked; or one sentence that names the field and the fix. */
export type Asked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;

const MAX_TEXT = 200;
const MAX_IDS = 1000;
/** More letters a second than this is no rate. */
const MAX_PER_SECOND = 1000;
const MAX_START_MS = 7 * 86_400_000;

class Wrong extends Error {}

/** PURE. Query parameters of the list. */
export function readDeadLetterQuestion(query: Fields): Asked<DeadLetterQuestion> {
  return asked(() => {
    onlyKnown(query, [...FILTERS, 'state', 'limit', 'after']);
    const limit = numberIn(query, 'limit', [1, MAX_LETTERS_PER_PAGE]);
    const state = oneOf(query, 'state', ['open', 'all'] as const);
    const after = textIn(query, 'after');
    if (after !== undefined && !CURSOR.test(after)) throw new Wrong('after: must be what the last page gave as next.');
    return { ...filterOf(query), ...given({ state, limit, after }) };
  });
}

/** PURE. Body of a redrive. An unknown field is refused: a misspelt filter must not mean everything. */
export function readBulkRedrive(body: unknown): Asked<BulkRedrive> {
  return asked(() => {
    const order = fieldsOf(body, 'The body');
    onlyKnown(order, ['filter', 'reason', 'dryRun', 'perSecond', 'startInMs']);
    const filter = fieldsOf(order['filter'], 'filter');
    onlyKnown(filter, FILTERS);
    const { dryRun } = order;
    if (dryRun !== undefined && typeof dryRun !== 'boolean') throw new Wrong('dryRun: must be true or false.');
    const perSecond = numberIn(order, 'perSecond', [0.01, MAX_PER_SECOND]);
    const startInMs = numberIn(order, 'startInMs', [0, MAX_START_MS]);
    return { filter: filterOf(filter), reason: reasonOf(order['reason']), ...given({ dryRun, perSecond, startInMs }) };
  });
}

/** PURE. Body of a dismissal. */
export function readDismissal(body: unknown): Asked<Dismissal> {
  return asked(() => {
    const order = fieldsOf(body, 'The body');
    onlyKnown(order, ['ids', 'reason']);
    const ids = idsIn(order);
    if (ids === undefined) throw new Wrong(`ids: must be 1 to ${MAX_IDS} ids of dead letters.`);
    return { ids, reason: reasonOf(order['reason']) };
  });
}

/** PURE. Query parameters of the audit. */
export function readAuditQuestion(query: Fields): Asked<{ readonly since?: string; readonly limit: number }> {
  return asked(() => {
    onlyKnown(query, ['since', 'limit']);
    return { ...given({ since: timeIn(query, 'since') }), limit: numberIn(query, 'limit', [1, MAX_LETTERS_PER_PAGE]) ?? 100 };
  });
}

/** Time of the last failure and id of the last letter of a page. */
export const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([0-9a-z]{1,40})$/;

const FILTERS = ['ids', 'consumer', 'system', 'kind', 'code', 'rule', 'since', 'until'];

function filterOf(fields: Fields): DeadLetterFilter {
  return given({
    ids: idsIn(fields),
    consumer: textIn(fields, 'consumer'),
    system: textIn(fields, 'system'),
    kind: oneOf(fields, 'kind', FAILURE_KINDS),
    code: textIn(fields, 'code'),
    rule: textIn(fields, 'rule'),
    since: timeIn(fields, 'since'),
    until: timeIn(fields, 'until'),
  });
}

function asked<T>(read: () => T): Asked<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, problem: error.message };
    throw error;
  }
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields; // any object may be asked for a field
  throw new Wrong(`${name}: must be an object.`);
}

function onlyKnown(fields: Fields, known: readonly string[]): void {
  const stranger = Object.keys(fields).find((name) => !known.includes(name));
  if (stranger !== undefined) throw new Wrong(`${stranger.slice(0, 50)}: is not known here; known are ${known.join(', ')}.`);
}

function textIn(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT && unstorableText(value) === undefined) return value;
  throw new Wrong(`${name}: must be text of 1 to ${MAX_TEXT} characters.`);
}

function idsIn({ ids }: Fields): readonly string[] | undefined {
  if (ids === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(ids) ? ids : [ids];
  if (list.length === 0 || list.length > MAX_IDS || !list.every((id) => typeof id === 'string' && /^[0-9a-z]{1,40}$/.test(id))) throw new Wrong(`ids: must be 1 to ${MAX_IDS} ids of dead letters.`);
  return list.map(String);
}

function timeIn(fields: Fields, name: string): string | undefined {
  const text = textIn(fields, name);
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new Wrong(`${name}: must be a time like 2026-11-22T09:00:00Z.`);
  return new Date(ms).toISOString();
}

function oneOf<T extends string>(fields: Fields, name: string, values: readonly T[]): T | undefined {
  if (fields[name] === undefined) return undefined;
  const found = values.find((value) => value === fields[name]);
  if (found === undefined) throw new Wrong(`${name}: must be one of ${values.join(', ')}.`);
  return found;
}

function numberIn(fields: Fields, name: string, [least, most]: readonly [number, number]): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= least && number <= most) return number;
  throw new Wrong(`${name}: must be a number from ${least} to ${most}.`);
}

function reasonOf(reason: unknown): string {
  if (typeof reason !== 'string' || reason.trim() === '') throw new Wrong('reason: say in a sentence why this is right.');
  if (reason.length > REASON_MAX_CHARACTERS || unstorableText(reason) !== undefined) throw new Wrong(`reason: must be plain text of at most ${REASON_MAX_CHARACTERS} characters.`);
  return reason.trim();
}

/** Without what is undefined. */
function given<T extends object>(fields: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }; // fromEntries forgets the keys
}
