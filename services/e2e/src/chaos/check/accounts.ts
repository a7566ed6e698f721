import { SCIM_URN } from '@rolebridge/contracts';
import type { ChaosSystem } from '../stories/oracle.ts';
import { numberIn, personIn } from '../stories/story.ts';
import type { Evidence, FieldglassUser, SalesCloudEmployee } from './evidence.ts';

/** An account as any of the targets shows it, in one shape. */
export interface Account {
  readonly system: ChaosSystem;
  /** The target's name for it: key or id. */
  readonly place: string;
  readonly login: string;
  readonly usable: boolean;
  readonly units: readonly string[];
  readonly roles: readonly string[];
  /** The person whom the account was opened for, as a field says that no later write changes or that every write carries. */
  readonly person: string;
  /** The person and the number that the last write left. */
  readonly shows: { readonly person: string | undefined; readonly number: number };
}

/** Every account at every target. */
export function accountsOf({ salesCloud, fieldglass, directory }: Evidence): readonly Account[] {
  return [
    ...salesCloud.employees.map(atSalesCloud),
    ...fieldglass.users.map(atFieldglass),
    ...directory.accounts.map(({ id, login, active, groups, owner, number }): Account => ({
      system: 'chaos-directory',
      place: id,
      login,
      usable: active,
      units: [],
      roles: groups.toSorted(),
      person: owner,
      shows: { person: owner, number },
    })),
  ];
}

/** The e-mail address carries the employee number; those without one are known by the name. */
function atSalesCloud({ key, identityId = '', locked, familyName, address, roles, units }: SalesCloudEmployee): Account {
  const email = Object.entries(address).find(([field]) => /mail/i.test(field))?.[1];
  const shows = { person: personIn(familyName), number: numberIn(familyName) };
  const person = email === undefined ? (shows.person ?? '') : (email.split('@')[0] ?? '').toUpperCase();
  return { system: 'sales-cloud', place: key, login: identityId, usable: !locked, units: units.map(({ id }) => id).toSorted(), roles: roles.toSorted(), person, shows };
}

function atFieldglass({ id, userName, active, attributes, units }: FieldglassUser): Account {
  const name = attributes['name'] as { readonly familyName?: string } | undefined; // as our connector sends it
  const enterprise = attributes[SCIM_URN.enterpriseUser] as { readonly employeeNumber?: string } | undefined;
  const shows = { person: personIn(name?.familyName), number: numberIn(name?.familyName) };
  return { system: 'fieldglass', place: id, login: userName, usable: active, units: units.toSorted(), roles: [], person: enterprise?.employeeNumber ?? '', shows };
}
