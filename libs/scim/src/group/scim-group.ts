import { URN } from '../schema/urns.ts';
import type { ResourceModel } from '../schema/user-model.ts';

/** A group after reading, without its members, which stand apart: there may be a hundred thousand. */
export interface Group {
  readonly displayName: string;
  readonly externalId?: string;
  /** The extensions, by URN. */
  readonly [attribute: string]: unknown;
}

export type MemberType = 'User' | 'Group';

/** A member as a caller names it. */
export interface MemberReference {
  /** Id of the user or group. */
  readonly value: string;
  readonly type?: MemberType;
}

/** A member as it is answered. */
export interface Member {
  readonly value: string;
  readonly $ref: string;
  readonly type: MemberType;
  readonly display?: string;
}

export interface GroupMeta {
  readonly resourceType: 'Group';
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly lastModified: string;
  /** Absolute address of the resource. */
  readonly location: string;
  /** Weak entity tag, e.g. `W/"7"`. */
  readonly version: string;
}

/** A group as it is answered: `schemas` names just what the document holds; no `members` when there are none. */
export function groupResource(group: Group, members: readonly Member[], own: { readonly id: string; readonly meta: GroupMeta }, model: ResourceModel): Readonly<Record<string, unknown>> {
  const extensions = model.extensions.filter((extension) => group[extension.id] !== undefined);
  return { schemas: [URN.group, ...extensions.map((extension) => extension.id)], id: own.id, ...group, ...(members.length > 0 && { members }), meta: own.meta };
}
