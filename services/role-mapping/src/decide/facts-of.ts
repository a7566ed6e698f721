import type { IdentityUser } from '@rolebridge/contracts';

import type { CompiledSystem } from './compile.ts';
import type { Facts, Warning } from './facts.ts';

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
