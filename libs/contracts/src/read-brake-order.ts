import { type Checked, readSent } from './checked.ts';
import { type BrakeOrder, MAX_HELD_PER_LIST } from './operator-brake.ts';

/** PURE. Body of a release or a drop, for one of these places. */
export function readBrakeOrder(body: unknown, places: readonly string[]): Checked<BrakeOrder> {
  return readSent(body, (sent) => {
    const order = { place: sent.oneOf('place', places), reason: sent.reason() };
    const which = sent.either(['userId', 'listing'], 'userId or listing: give one of them, the person or the number of the listing.');
    return which === 'userId' ? { ...order, userId: sent.userId('userId') } : { ...order, listing: sent.whole('listing', 1, Number.MAX_SAFE_INTEGER) };
  });
}

export interface BrakeQuestion {
  readonly place?: string;
  readonly limit: number;
  readonly dropped: boolean;
}

/** PURE. Query parameters of the list. */
export function readBrakeQuestion(query: Readonly<Record<string, unknown>>, places: readonly string[]): Checked<BrakeQuestion> {
  return readSent(query, (sent) => ({
    limit: sent.has('limit') ? sent.whole('limit', 1, MAX_HELD_PER_LIST) : 1000,
    dropped: sent.flag('dropped'),
    ...(sent.has('place') ? { place: sent.oneOf('place', places) } : {}),
  }));
}
