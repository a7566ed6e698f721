import type { IdentityUser } from '@rolebridge/contracts';

import type { CompiledSystem } from './compile.ts';
import { anyWildcard } from './matcher.ts';
import type { TextTest } from './matcher.ts';
import type { Settings } from './rule-set.ts';

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

/** The case rule of unit codes: the text under which two codes are the same unit. */
export function unitKey(settings: Settings): (unit: string) => string {
  return settings.unitCase === 'ignore' ? (unit) => unit.toUpperCase() : (unit) => unit;
}

/** Applies R-12 to the lists of the source: an empty list counts as no statement unless the system allows it to take away. */
export function factsOf(user: IdentityUser, system: CompiledSystem): Facts {
  const warnings: Warning[] = [];
  const usable = (list: readonly string[] | undefined, allowEmpty: boolean | undefined, kind: 'units' | 'roles') => {
    if (list === undefined || list.length > 0 || allowEmpty === true) return list;
    if (system.reads[kind]) warnings.push(keptWarning(system.name, kind));
    return undefined;
  };
  const units = distinct(usable(user.units, system.settings.allowEmptyUnitSet, 'units'), system.unitKey);
  return {
    user,
    units,
    unitKeys: units?.map(system.unitKey) ?? [],
    primaryUnitKey: user.primaryUnit === undefined ? undefined : system.unitKey(user.primaryUnit),
    roles: usable(user.roles, system.settings.allowEmptyRoleSet, 'roles'),
    warnings,
  };
}

function keptWarning(system: string, kind: 'units' | 'roles'): Warning {
  const setting = kind === 'units' ? 'allowEmptyUnitSet' : 'allowEmptyRoleSet';
  return {
    system,
    code: `empty-${kind}-kept`,
    message: `The source states an empty list of ${kind}; what was given is kept. Set ${setting}: true to let an empty list take away.`,
  };
}

function distinct(units: readonly string[] | undefined, key: (unit: string) => string): readonly string[] | undefined {
  if (units === undefined || units.length < 2) return units;
  const byKey = new Map<string, string>();
  for (const unit of units) if (!byKey.has(key(unit))) byKey.set(key(unit), unit);
  return byKey.size === units.length ? units : [...byKey.values()];
}

/** The allow-list of a pass-through, a test on the value itself; `undefined`: nothing passes. */
export function allowance(passThrough: boolean | { readonly allow: readonly string[] } | undefined, key: (value: string) => string): TextTest | undefined {
  if (passThrough === undefined || passThrough === false) return undefined;
  if (passThrough === true) return () => true;
  const fits = anyWildcard(passThrough.allow.map(key));
  return (value) => fits(key(value));
}
