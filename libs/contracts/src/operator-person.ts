import type { IdentityUser } from './identity-user.ts';
import type { Generation, UserId } from './ids.ts';

/**
 * Orders about one person, at ingest; each carries {@link PersonOrder}.
 *
 * | route | right | answer |
 * |---|---|---|
 * | `POST /operator/users/<user id>/lock` | `operate` | {@link PersonOrderResult} once it is committed; 404, 409 when the person left |
 * | `POST /operator/users/<user id>/unlock` | `operate` | the same |
 * | `POST /operator/users/<user id>/republish` | `operate` | {@link PersonOrderResult}: the state as it is was sent again, same generation (L27) |
 */
export const PERSON_ORDERS = ['lock', 'unlock', 'republish'] as const;
export type PersonOrderKind = (typeof PERSON_ORDERS)[number];

export const personOrderPath = (userId: UserId, kind: PersonOrderKind): string => `/operator/users/${encodeURIComponent(userId)}/${kind}`;

export interface PersonOrder {
  /** Why, in a sentence; kept with the order, so without personal data. */
  readonly reason: string;
}

export interface PersonOrderResult {
  readonly userId: UserId;
  readonly presence: IdentityUser['presence'];
  readonly generation: Generation;
  /** `false`: it was so already, nothing was sent. */
  readonly changed: boolean;
}
