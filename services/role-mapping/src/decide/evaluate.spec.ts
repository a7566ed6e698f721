import type { IdentityUser } from '@rolebridge/contracts';

import { NOW, evaluated, person, primaryOf, published, rulesOf, valuesOf, verdictOn, wishFor } from '../test/person.ts';
import { reevaluateAt } from './reevaluate-at.ts';
import type { RuleFile } from './rule-set.ts';

const byUnit: RuleFile = {
  rules: [
    { name: 'sales', when: { unit: '1*' }, give: { roles: ['SALES_REP'] } },
    { name: 'service', when: { unit: '2*' }, give: { roles: ['SERVICE_AGENT'] } },
  ],
};

describe('what rules give', () => {
  test('a person gets the union of all rules that hold, each value with every rule that gave it', () => {
    const rules: RuleFile = { rules: [...(byUnit.rules ?? []), { name: 'also-sales', when: { everybody: true }, give: { roles: ['SALES_REP', 'A'] } }] };
    expect(wishFor(person({ units: ['1000', '2000'] }), { rules }).entitlements.role).toEqual({
      complete: false,
      items: [
        { value: 'A', rules: ['also-sales'] },
        { value: 'SALES_REP', rules: ['sales', 'also-sales'] },
        { value: 'SERVICE_AGENT', rules: ['service'] },
      ],
    });
  });

  test('{unit} stands for each unit that met the condition', () => {
    const rules: RuleFile = { rules: [{ name: 'bu', when: { unit: 'PLANT*' }, give: { units: ['{unit}', 'BU-{unit}'], roles: ['ROLE_{unit}'], groups: ['g'] } }] };
    const wish = wishFor(person({ units: ['1', 'PLANT22', 'PLANT10'] }), { rules });
    expect(valuesOf(wish, 'unit')).toEqual(['BU-PLANT22', 'PLANT22', 'BU-PLANT10', 'PLANT10']);
    expect(valuesOf(wish, 'role')).toEqual(['ROLE_PLANT10', 'ROLE_PLANT22']);
    expect(valuesOf(wish, 'group')).toEqual(['g']);
  });

  test('the default is for people to whom no rule gave anything of that type', () => {
    const rules: RuleFile = { ...byUnit, default: { give: { roles: ['BASIC'] } } };
    expect(valuesOf(wishFor(person({ units: ['9'] }), { rules }), 'role')).toEqual(['BASIC']);
    expect(valuesOf(wishFor(person({ units: ['1'] }), { rules }), 'role')).toEqual(['SALES_REP']);
  });

  test('deny wins over rules, pass-through, default and grants', () => {
    const rules: RuleFile = {
      ...byUnit,
      passThrough: { roles: true },
      default: { give: { groups: ['G_X'] } },
      deny: [{ name: 'never', when: { everybody: true }, take: { roles: ['SALES_*', 'Z', 'Q'], groups: ['G_*'] } }],
    };
    const requested = { 'sales-cloud': { presence: 'active', grants: [{ type: 'role', value: 'Q', by: 'iag' }], revokes: [] } } as const;
    const wish = wishFor(person({ units: ['1', '2'], roles: ['Z', 'Y'], requested }), { rules });
    expect(valuesOf(wish, 'role')).toEqual(['SERVICE_AGENT', 'Y']);
    expect(valuesOf(wish, 'group')).toEqual([]);
  });

  test.each([
    ['2026-11-22', '2026-11-22', true],
    ['2026-11-23', undefined, false],
    [undefined, '2026-11-21', false],
    ['2026-11-22T11:59:59Z', '2026-11-22T12:00:00Z', false],
    ['2026-11-22T14:00:00+02:00', undefined, true],
  ])('a rule valid from %s to %s, at noon of 22 November', (validFrom, validTo, expected) => {
    const dates = { ...(validFrom && { validFrom }), ...(validTo && { validTo }) };
    const rules: RuleFile = { rules: [{ name: 'dated', ...dates, when: { everybody: true }, give: { roles: ['R'] } }] };
    expect(valuesOf(wishFor(person(), { rules }), 'role')).toEqual(expected ? ['R'] : []);
  });
});

describe('pass-through', () => {
  test('roles of the source pass only where the system lets them, and only those on the allow-list (R-15)', () => {
    const anna = person({ roles: ['Z_A', 'B'] });
    expect(wishFor(anna).entitlements).toEqual({});
    expect(valuesOf(wishFor(anna, { rules: { passThrough: { roles: true } } }), 'role')).toEqual(['B', 'Z_A']);
    const filtered = evaluated(anna, { rules: { passThrough: { roles: { allow: ['Z_*'] } } } });
    expect(filtered.warnings.map(({ code }) => code)).toEqual(['role-not-allowed']);
    expect(wishFor(anna, { rules: { passThrough: { roles: { allow: ['Z_*'] } } } }).entitlements.role).toEqual({ complete: false, items: [{ value: 'Z_A', rules: ['pass-through'] }] });
  });

  test('units pass in the order of the source, without repetition', () => {
    expect(valuesOf(wishFor(person({ units: ['200', '100', '200'] }), { rules: { passThrough: { units: true } } }), 'unit')).toEqual(['200', '100']);
    const ignoring: RuleFile = { settings: { unitCase: 'ignore' }, passThrough: { units: { allow: ['ab*'] } } };
    expect(valuesOf(wishFor(person({ units: ['aB', 'Ab', 'c'] }), { rules: ignoring }), 'unit')).toEqual(['aB']);
  });
});

describe('absent, empty and filled lists (R-12)', () => {
  const rules: RuleFile = { passThrough: { roles: true, units: true }, settings: { authoritative: ['role'] } };
  const before = published(person({ roles: ['A', 'B'], units: ['1', '2'], primaryUnit: '2' }), { rules });

  test.each<[string, Partial<IdentityUser>, boolean, readonly string[] | undefined]>([
    ['absent, nothing known before: no statement', {}, false, undefined],
    ['empty, nothing known before: no statement', { roles: [] }, false, undefined],
    ['empty, allowed: the statement that there are none', { roles: [] }, true, []],
    ['filled', { roles: ['C'] }, false, ['C']],
  ])('at first: %s', (_, change, allowEmptyRoleSet, expected) => {
    const wish = wishFor(person(change), { rules: { ...rules, settings: { ...rules.settings, allowEmptyRoleSet } } });
    expect(valuesOf(wish, 'role')).toEqual(expected);
    expect(wish.entitlements.role?.complete).toBe(expected === undefined ? undefined : true);
  });

  test.each<[string, Partial<IdentityUser>, boolean, readonly string[]]>([
    ['absent: everything is kept', {}, true, ['A', 'B']],
    ['empty: kept', { roles: [] }, false, ['A', 'B']],
    ['empty, allowed: taken away', { roles: [] }, true, []],
    ['filled: exactly these', { roles: ['B', 'C'] }, false, ['B', 'C']],
  ])('later: %s', (_, change, allowEmptyRoleSet, expected) => {
    const wish = wishFor(person(change), { rules: { ...rules, settings: { ...rules.settings, allowEmptyRoleSet } }, previous: before });
    expect(valuesOf(wish, 'role')).toEqual(expected);
  });

  test('what is kept is not authoritative, and an empty list leaves a warning', () => {
    const kept = evaluated(person({ roles: [], units: [] }), { rules, previous: before });
    expect(kept.warnings.map(({ code }) => code)).toEqual(['empty-units-kept', 'empty-roles-kept']);
    expect(wishFor(person({ roles: [] }), { rules, previous: before }).entitlements.role?.complete).toBe(false);
  });

  test('kept units keep their primary unit', () => {
    const wish = wishFor(person(), { rules, previous: before });
    expect(valuesOf(wish, 'unit')).toEqual(['1', '2']);
    expect(primaryOf(wish)).toBe('2');
  });

  test('somebody without a statement about units keeps what unit rules gave, and an account that depends on units', () => {
    const unitRules: RuleFile = { ...byUnit, account: { when: { unit: '1*' } }, default: { give: { roles: ['BASIC'] } } };
    const was = published(person({ units: ['1000'] }), { rules: unitRules });
    const wish = wishFor(person(), { rules: unitRules, previous: was });
    expect(wish.presence).toBe('active');
    expect(valuesOf(wish, 'role')).toEqual(['SALES_REP']);
    expect(verdictOn(person(), { rules: unitRules })).toEqual({ kind: 'none' });
  });

  test('a condition on units together with others cannot be told either: it gives nothing new and keeps what it gave', () => {
    const manager = { userName: 'anna', title: 'Manager' };
    const both: RuleFile = { rules: [{ name: 'both', when: { unit: '1*', attribute: { path: 'title', equals: 'Manager' } }, give: { roles: ['M'] } }] };
    expect(wishFor(person({ resource: manager }), { rules: both }).entitlements).toEqual({});
    const was = published(person({ resource: manager, units: ['1'] }), { rules: both });
    expect(valuesOf(wishFor(person({ resource: manager }), { rules: both, previous: was }), 'role')).toEqual(['M']);
    expect(valuesOf(wishFor(person({ resource: { userName: 'anna' } }), { rules: both, previous: was }), 'role')).toEqual([]);
  });

  test('what a dated rule gave is kept no longer than the rule holds', () => {
    const dated: RuleFile = { rules: [{ name: 'fair', validTo: '2026-11-25', when: { unit: '1*' }, give: { roles: ['FAIR'] } }] };
    const was = published(person({ units: ['1'] }), { rules: dated });
    expect(reevaluateAt(person(), rulesOf(dated), NOW)).toBe('2026-11-26T00:00:00.000Z');
    expect(valuesOf(wishFor(person(), { rules: dated, previous: was }), 'role')).toEqual(['FAIR']);
    expect(valuesOf(wishFor(person(), { rules: dated, previous: was, nowMs: Date.parse('2026-11-26T00:00:00Z') }), 'role')).toEqual([]);
  });

  test('a rule that does not ask for units takes away as ever', () => {
    const mixed: RuleFile = { ...rules, rules: [{ name: 'managers', when: { attribute: { path: 'title', equals: 'Manager' } }, give: { roles: ['M'] } }] };
    const manager = { userName: 'anna', title: 'Manager' };
    const was = published(person({ resource: manager, roles: ['A'] }), { rules: mixed });
    expect(valuesOf(wishFor(person({ resource: { userName: 'anna' } }), { rules: mixed, previous: was }), 'role')).toEqual(['A']);
  });

  test('a mover between units loses the roles of the old unit: that is a statement, not an empty list', () => {
    const was = published(person({ units: ['1000'] }), { rules: byUnit });
    expect(valuesOf(wishFor(person({ units: ['9999'] }), { rules: byUnit, previous: was }), 'role')).toEqual([]);
  });

  test('a denial that depends on unknown units keeps new values out and leaves old ones', () => {
    const denying: RuleFile = { passThrough: { roles: true }, deny: [{ name: 'd', when: { unit: '1*' }, take: { roles: ['A', 'B'] } }] };
    const was = published(person({ units: ['2'], roles: ['A'] }), { rules: denying });
    expect(valuesOf(wishFor(person({ roles: ['A', 'B', 'C'] }), { rules: denying, previous: was }), 'role')).toEqual(['A', 'C']);
  });
});

describe('the primary unit (R-13)', () => {
  const passing = (primaryUnit: 'first' | 'none' | 'reject'): RuleFile => ({ settings: { primaryUnit }, passThrough: { units: true } });

  test.each<['first' | 'none' | 'reject', string | undefined, string | undefined, readonly string[]]>([
    ['first', '200', '200', []],
    ['none', '200', '200', []],
    ['reject', '200', '200', []],
    ['first', undefined, '100', ['primary-unit-chosen']],
    ['first', '300', '100', ['primary-unit-chosen']],
    ['none', undefined, undefined, []],
    ['none', '300', undefined, ['primary-unit-missing']],
    ['reject', undefined, 'refused', []],
    ['reject', '300', 'refused', []],
  ])('policy %s, stated %s: %s', (policy, stated, expected, warnings) => {
    const anna = person({ units: ['100', '200'], ...(stated && { primaryUnit: stated }) });
    const verdict = verdictOn(anna, { rules: passing(policy) });
    expect(verdict.kind === 'account' ? primaryOf(verdict.wish) : verdict.kind).toBe(expected);
    expect(evaluated(anna, { rules: passing(policy) }).warnings.map(({ code }) => code)).toEqual(warnings);
  });

  test('exactly one unit is primary, never a unit nobody gave', () => {
    const wish = wishFor(person({ units: ['100', '200'] }), { rules: passing('first') });
    expect(wish.entitlements.unit?.items).toEqual([{ value: '100', rules: ['pass-through'], primary: true }, { value: '200', rules: ['pass-through'] }]);
    expect(wishFor(person({ units: [] }), { rules: { ...passing('first'), settings: { primaryUnit: 'first', allowEmptyUnitSet: true } } }).entitlements.unit?.items).toEqual([]);
  });

  test('a mapped unit is primary when it stems from the stated unit', () => {
    const mapped: RuleFile = { rules: [{ name: 'm1', when: { unit: '100' }, give: { units: ['EMEA'] } }, { name: 'm2', when: { unit: '200' }, give: { units: ['APAC'] } }] };
    expect(primaryOf(wishFor(person({ units: ['100', '200'], primaryUnit: '200' }), { rules: mapped }))).toBe('APAC');
  });

  test('a unit that only a rule gives is primary when the source states it', () => {
    const given: RuleFile = { ...passing('first'), rules: [{ name: 'home', when: { everybody: true }, give: { units: ['HOME'] } }] };
    expect(primaryOf(wishFor(person({ units: ['100'], primaryUnit: 'HOME' }), { rules: given }))).toBe('HOME');
  });

  test('a missing primary unit never keeps anybody from being locked', () => {
    const anna = person({ units: ['100'], primaryUnit: '100' });
    const previous = published(anna, { rules: passing('reject') });
    const wish = wishFor(person({ units: ['100', '200'], presence: 'disabled' }), { rules: passing('reject'), previous });
    expect(wish.presence).toBe('disabled');
    expect(wish.entitlements.unit).toEqual(previous.entitlements.unit);
  });
});

describe('presence', () => {
  const forEmployees: RuleFile = { account: { when: { attribute: { path: 'userType', equals: 'Employee' } } } };
  const employee = { resource: { userName: 'anna', userType: 'Employee' } };

  test.each<[string, Partial<IdentityUser>, string, string]>([
    ['an active person', {}, 'active', 'active'],
    ['a locked person', { presence: 'disabled' }, 'disabled', 'disabled'],
    ['a person who left', { presence: 'absent' }, 'none', 'absent'],
    ['an erased person', { presence: 'erased' }, 'none', 'absent'],
    ['before validFrom', { validFrom: '2026-11-23' }, 'disabled', 'disabled'],
    ['on the last day', { validTo: '2026-11-22' }, 'active', 'active'],
    ['after validTo', { validTo: '2026-11-21' }, 'disabled', 'disabled'],
    ['after validTo to the second', { validTo: '2026-11-22T12:00:00Z' }, 'disabled', 'disabled'],
    ['for ever', { validTo: '9999-12-31' }, 'active', 'active'],
    ['with dates nobody can read', { validTo: 'Friday' }, 'active', 'active'],
    ['who does not meet the condition', { resource: { userName: 'anna' } }, 'none', 'absent'],
  ])('%s: without an account before %s, with one %s', (_, change, without, having) => {
    const kindOf = (verdict: ReturnType<typeof verdictOn>) => (verdict.kind === 'account' ? verdict.wish.presence : verdict.kind);
    const anna = person({ ...employee, ...change });
    expect(kindOf(verdictOn(anna, { rules: forEmployees }))).toBe(without);
    expect(kindOf(verdictOn(anna, { rules: forEmployees, previous: published(person(employee), { rules: forEmployees }) }))).toBe(having);
  });

  test('an ended account holds nothing, stays as it was ended, and starts anew when the person returns', () => {
    const rules: RuleFile = { ...byUnit, passThrough: { roles: true } };
    const was = published(person({ units: ['1'], roles: ['A'] }), { rules });
    const ended = { ...wishFor(person({ presence: 'absent', units: ['1'] }), { rules, previous: was }), generation: 2 };
    expect(ended.entitlements).toEqual({ role: { complete: false, items: [] } });
    expect(wishFor(person({ presence: 'absent', generation: 3, resource: { userName: 'other' } }), { rules, previous: ended })).toBe(ended);
    expect(valuesOf(wishFor(person({ units: ['2'] }), { rules, previous: ended }), 'role')).toEqual(['SERVICE_AGENT']);
    expect(wishFor(person(), { rules, previous: ended }).entitlements).toEqual({});
  });

  test('erasure leaves no personal data in the account', () => {
    const wish = wishFor(person({ presence: 'erased', resource: { userName: 'erased' } }), { previous: published(person()) });
    expect(wish).toMatchObject({ presence: 'absent', erased: true, attributes: { userName: wish.userId }, entitlements: {} });
  });
});

describe('requests for one system (L8)', () => {
  const rules: RuleFile = { account: { when: { unit: '1*' } }, rules: [{ name: 'r', when: { everybody: true }, give: { roles: ['BY_RULE'] } }] };
  const asked = (presence: 'active' | 'disabled' | 'absent') => ({ 'sales-cloud': { presence, grants: [{ type: 'role', value: 'GRANTED', by: 'iag' }], revokes: [{ type: 'role', value: 'BY_RULE', by: 'iag' }] } });

  test('effective is rules and grants without revokes, with the caller named', () => {
    expect(wishFor(person({ units: ['1'], requested: asked('active') }), { rules }).entitlements.role?.items).toEqual([{ value: 'GRANTED', rules: ['request:iag'] }]);
  });

  test.each<[string, 'active' | 'disabled' | 'absent', string, string]>([
    ['opens an account that rules do not give', 'active', '2', 'active'],
    ['ends an account that rules give', 'absent', '1', 'absent'],
    ['locks one', 'disabled', '1', 'disabled'],
  ])('a request %s', (_, presence, unit, expected) => {
    const previous = published(person({ units: ['1'] }), { rules });
    expect(wishFor(person({ units: [unit], requested: asked(presence) }), { rules, previous }).presence).toBe(expected);
  });

  test('a locked person stays locked whatever is requested', () => {
    expect(wishFor(person({ presence: 'disabled', units: ['1'], requested: asked('active') }), { rules }).presence).toBe('disabled');
  });

  test('a grant of a type that does not exist is reported', () => {
    const requested = { 'sales-cloud': { presence: 'active', grants: [{ type: 'licence', value: 'x', by: 'iag' }], revokes: [] } } as const;
    expect(evaluated(person({ units: ['1'], requested }), { rules }).warnings.map(({ code }) => code)).toEqual(['grant-of-unknown-type']);
  });
});

describe('urgency (L25)', () => {
  const rules: RuleFile = { account: { when: { unit: '1*' } } };
  const working = published(person({ units: ['1'] }), { rules });

  test.each<[string, IdentityUser, 'rules' | 'replace', string]>([
    ['a change of somebody who stays', person({ units: ['1'] }), 'replace', 'normal'],
    ['a lock', person({ units: ['1'], presence: 'disabled' }), 'replace', 'leaving'],
    ['an end', person({ presence: 'absent' }), 'replace', 'leaving'],
    ['losing the account by moving', person({ units: ['2'] }), 'replace', 'leaving'],
    ['new rules', person({ units: ['1'] }), 'rules', 'bulk'],
    ['an account that new rules take', person({ units: ['2'] }), 'rules', 'bulk'],
    ['a leaver whom a sweep over new rules finds first', person({ units: ['1'], validTo: '2026-11-01' }), 'rules', 'leaving'],
  ])('%s', (_, anna, cause, expected) => {
    expect(wishFor(anna, { rules, previous: working, cause }).urgency).toBe(expected);
  });

  test('a lesser change of somebody who is leaving does not send them back in the queue', () => {
    const previous = published(person({ units: ['1'], presence: 'disabled' }), { rules, previous: working });
    expect(wishFor(person({ units: ['1'], presence: 'disabled', resource: { userName: 'new' } }), { rules, previous, nowMs: NOW }).urgency).toBe('leaving');
  });
});
