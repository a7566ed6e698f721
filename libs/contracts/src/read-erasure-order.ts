import { type Checked, readSent } from './checked.ts';
import { type AcceptErasureOrder, type EraseOrder, MAX_OPEN_ERASURES } from './operator-erasure.ts';

/** PURE. Body of the order to erase somebody. */
export function readEraseOrder(body: unknown): Checked<EraseOrder> {
  return readSent(body, (sent) => ({ reason: sent.reason() }));
}

/** PURE. Body of the order to give up an account, at one of these systems. */
export function readAcceptErasureOrder(body: unknown, systems: readonly string[]): Checked<AcceptErasureOrder> {
  return readSent(body, (sent) => ({ system: sent.oneOf('system', systems), reason: sent.reason() }));
}

/** PURE. Query parameters of the list: how many at most. */
export function readErasureLimit(query: unknown): Checked<number> {
  return readSent(query, (sent) => (sent.has('limit') ? sent.whole('limit', 1, MAX_OPEN_ERASURES) : 100));
}
