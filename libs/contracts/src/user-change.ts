import type { ScimUser } from './scim-user.ts';

/** One operation of a PatchOp (RFC 7644 §3.5.2). */
export interface ScimPatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path?: string;
  readonly value?: unknown;
}

/**
 * Value of `idm.user-change.v1`: one fact from an identity system. `ce_source` and `ce_id` name the event (L9);
 * the key is {@link sourceKey} of source and `recordId`.
 */
export interface UserChange {
  readonly operation: 'create' | 'replace' | 'patch' | 'lock' | 'unlock' | 'delete';
  /** The record's id at the source; never changes there. */
  readonly recordId: string;
  /** Rising without gaps per record, when the sender numbers its changes; required for `patch` to be ordered (L2). */
  readonly sequence?: number;
  /** Whole SCIM user, required for `create` and `replace`; not yet normalised. */
  readonly user?: Partial<ScimUser>;
  /** Required for `patch`. */
  readonly patch?: readonly ScimPatchOperation[];
}
