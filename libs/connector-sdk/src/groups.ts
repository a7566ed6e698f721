import type { CallContext } from './call.ts';

/**
 * Entitlements that live on an object which many people share: a SCIM group with `members`, written by its full list or by adding and
 * removing members. Plans name memberships; the SDK folds those of all people into one read–merge–write per group, by one writer (L21).
 */
export interface SharedGroups {
  /** Changes in one write at most; default 200. A target that allows fewer says so here. */
  readonly maxChanges?: number;
  /** The group as it is now; undefined: there is none of this name, and none is created. Throws ClassifiedError. */
  read(group: string, call: CallContext): Promise<GroupSnapshot | undefined>;
  /**
   * Writes the group, with `If-Match` where the target offers it. Throws ClassifiedError; with the code {@link GROUP_STALE} when the group has
   * changed since it was read: it is read and merged again at once.
   */
  write(change: GroupChange, call: CallContext): Promise<void>;
}

export interface GroupSnapshot {
  /** Account ids. */
  readonly members: readonly string[];
  /** Whatever `write` needs of it: id, ETag, attributes of a full replacement. */
  readonly resource?: unknown;
}

export interface GroupChange {
  readonly group: string;
  readonly snapshot: GroupSnapshot;
  /** Account ids that are not in the snapshot and come in. */
  readonly add: readonly string[];
  /** Account ids that are in the snapshot and go out. */
  readonly remove: readonly string[];
  /** The full list afterwards. */
  readonly members: readonly string[];
}

/** One change that a plan asks for; the member is the person's own account. */
export interface Membership {
  /** The connector's own name of the group, e.g. its display name. Told to operators. */
  readonly group: string;
  readonly change: 'add' | 'remove';
}

/** Code of a failure: the group was changed by somebody else between our read and our write. */
export const GROUP_STALE = 'group-stale';
