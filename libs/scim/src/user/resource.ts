import type { UserModel } from '../schema/user-model.ts';
import { URN } from '../schema/urns.ts';
import type { User } from './scim-user.ts';

export interface Meta {
  readonly resourceType: 'User';
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly lastModified: string;
  /** Absolute address of the resource. */
  readonly location: string;
  /** Weak entity tag, e.g. `W/"7"`. */
  readonly version: string;
}

/** A user as it is answered: `schemas` names just what the document holds. */
export function userResource(user: User, id: string, meta: Meta, model: UserModel): Readonly<Record<string, unknown>> {
  const extensions = model.extensions.filter((extension) => user[extension.id] !== undefined);
  return { schemas: [URN.user, ...extensions.map((extension) => extension.id)], id, ...user, meta };
}
