import type { IdentityUser } from '@rolebridge/contracts';

/** What one system's rules see of a person. `undefined` lists: the source made no statement that may be used. */
export interface Facts {
  readonly user: IdentityUser;
  readonly units: readonly string[] | undefined;
  /** The units as they are compared; same order and length as `units`. */
  readonly unitKeys: readonly string[];
  readonly primaryUnitKey: string | undefined;
  readonly roles: readonly string[] | undefined;
  readonly warnings: readonly Warning[];
}

/** Something a person should know although work goes on. Codes are stable; nothing here is personal. */
export interface Warning {
  readonly system: string;
  readonly code: 'empty-units-kept' | 'empty-roles-kept' | 'primary-unit-chosen' | 'primary-unit-missing' | 'role-not-allowed' | 'validity-unreadable' | 'grant-of-unknown-type';
  readonly message: string;
}
