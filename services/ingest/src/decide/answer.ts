import { ScimError } from '@rolebridge/scim';
import type { ScimType } from '@rolebridge/scim';
import type { Decision } from './decide.ts';
import type { GroupRow } from './group-row.ts';
import type { UserRow } from './user-row.ts';

/** What a caller is told, as plain JSON: it may be kept and told again (L9). */
export type Answer = { readonly kind: 'done'; readonly row: UserRow } | Refusal;

/** As {@link Answer}, about a group. */
export type GroupAnswer = { readonly kind: 'done'; readonly row: GroupRow } | Refusal;

export type Refusal = { readonly kind: 'refused'; readonly status: number; readonly scimType?: ScimType; readonly detail: string };

export function answerOf(decision: Decision): Answer {
  if (decision.kind === 'changed') return { kind: 'done', row: decision.next };
  if (decision.kind === 'unchanged') return { kind: 'done', row: decision.row };
  return refusalOf(decision.error);
}

export function refusalOf({ status, scimType, message }: ScimError): Refusal {
  return { kind: 'refused', status, ...(scimType && { scimType }), detail: message };
}

/** The key was used before for something else (L9). */
export function keyReused(): Refusal {
  return refusalOf(ScimError.plain(422, 'This Idempotency-Key was used before with another body; use a new key.'));
}
