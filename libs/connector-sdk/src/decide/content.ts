import { createHash } from 'node:crypto';
import { type DesiredAccount, ENTITLEMENT_TYPES } from '@rolebridge/contracts';

/** PURE. What a wish says about access: two wishes of the same content take and give the same. Rules, names and mail do not count. */
export function contentOf({ presence, entitlements }: Pick<DesiredAccount, 'presence' | 'entitlements'>): string {
  const lists = ENTITLEMENT_TYPES.map((type) => {
    const list = entitlements[type];
    return list && [list.complete, list.items.map(({ value }) => value).toSorted(), (list.removed ?? []).toSorted()];
  });
  return createHash('sha256').update(JSON.stringify([presence, lists])).digest('hex').slice(0, 32);
}
