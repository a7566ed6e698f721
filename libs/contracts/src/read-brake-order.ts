import { type BrakeOrder, MAX_HELD_PER_LIST } from './operator-brake.ts';
import { REASON_MAX_CHARACTERS } from './operator.ts';
import { unstorableText } from './unstorable.ts';

/** What was sent, checked; or one sentence that names the field and the fix. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const no = (problem: string) => ({ ok: false, problem }) as const;

/** PURE. Body of a release or a drop, for one of these places. */
export function readBrakeOrder(body: unknown, places: readonly string[]): Checked<BrakeOrder> {
  const { place, userId, listing, reason } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>; // any object may be asked for a field
  if (typeof place !== 'string' || !places.includes(place)) return no(`place: must be one of ${places.join(', ')}.`);
  const why = readReason(reason);
  if (!why.ok) return why;
  if ((userId === undefined) === (listing === undefined)) return no('userId or listing: give one of them, the person or the number of the listing.');
  if (userId !== undefined) return typeof userId === 'string' && UUID.test(userId) ? { ok: true, value: { place, userId: userId.toLowerCase(), reason: why.value } } : no('userId: must be the id of a user, a UUID.');
  return typeof listing === 'number' && Number.isSafeInteger(listing) && listing > 0 ? { ok: true, value: { place, listing, reason: why.value } } : no('listing: must be the number that the list told.');
}

export interface BrakeQuestion {
  readonly place?: string;
  readonly limit: number;
  readonly dropped: boolean;
}

/** PURE. Query parameters of the list. */
export function readBrakeQuestion(query: Readonly<Record<string, unknown>>, places: readonly string[]): Checked<BrakeQuestion> {
  const { place, limit = '1000', dropped = 'false' } = query;
  if (place !== undefined && (typeof place !== 'string' || !places.includes(place))) return no(`place: must be one of ${places.join(', ')}.`);
  if (typeof limit !== 'string' || !/^[1-9]\d{0,4}$/.test(limit) || Number(limit) > MAX_HELD_PER_LIST) return no(`limit: must be a whole number from 1 to ${MAX_HELD_PER_LIST}.`);
  if (dropped !== 'true' && dropped !== 'false') return no('dropped: must be true or false.');
  return { ok: true, value: { limit: Number(limit), dropped: dropped === 'true', ...(place === undefined ? {} : { place }) } };
}

/** PURE. Why an operator orders something. */
export function readReason(reason: unknown): Checked<string> {
  if (typeof reason !== 'string' || reason.trim() === '') return no('reason: say in a sentence why this is right.');
  if (reason.length > REASON_MAX_CHARACTERS || unstorableText(reason) !== undefined) return no(`reason: must be plain text of at most ${REASON_MAX_CHARACTERS} characters.`);
  return { ok: true, value: reason.trim() };
}
