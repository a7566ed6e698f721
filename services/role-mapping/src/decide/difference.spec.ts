import { person, published } from '../test/person.ts';
import { effectiveDifference, sameJson } from './difference.ts';

const account = published(person({ units: ['1', '2'], primaryUnit: '1', roles: ['A', 'B'] }), { rules: { passThrough: { units: true, roles: true } } });
const item = (value: string, primary?: boolean) => ({ value, rules: ['x'], ...(primary && { primary }) });

describe('what a target has to be told', () => {
  test.each([
    ['another presence', { presence: 'disabled' as const }],
    ['another attribute', { attributes: { ...account.attributes, title: 'x' } }],
    ['an attribute that is gone', { attributes: { userName: 'anna' } }],
    ['another role', { entitlements: { ...account.entitlements, role: { complete: false, items: [item('A'), item('C')] } } }],
    ['a role less', { entitlements: { ...account.entitlements, role: { complete: false, items: [item('A')] } } }],
    ['another primary unit', { entitlements: { ...account.entitlements, unit: { complete: false, items: [item('1'), item('2', true)] } } }],
    ['a list that became the whole truth', { entitlements: { ...account.entitlements, role: { complete: true, items: account.entitlements.role?.items ?? [] } } }],
    ['no statement any more', { entitlements: {} }],
  ])('%s', (_, change) => {
    expect(effectiveDifference(account, { ...account, ...change })).toBe(true);
  });

  test.each([
    ['generation, cause, urgency and rule set', { generation: 9, userGeneration: 9, ruleSet: 9, urgency: 'bulk' as const, cause: { ...account.cause, by: 'x' } }],
    ['the names of the rules', { entitlements: { ...account.entitlements, role: { complete: false, items: [item('A'), item('B')] } } }],
    ['the order of a list', { entitlements: { ...account.entitlements, role: { complete: false, items: [item('B'), item('A')] } } }],
    ['the order of members, as jsonb returns them', { attributes: Object.fromEntries(Object.entries(account.attributes).toReversed()) as typeof account.attributes }],
  ])('not: %s', (_, change) => {
    expect(effectiveDifference(account, { ...account, ...change })).toBe(false);
  });

  test('the first account is a difference', () => {
    expect(effectiveDifference(undefined, account)).toBe(true);
  });

  test('JSON is compared by value', () => {
    expect(sameJson({ a: [1, { b: null }], c: undefined }, { a: [1, { b: null }] })).toBe(true);
    expect(sameJson([1], { 0: 1 })).toBe(false);
    expect(sameJson({ a: 1 }, { b: 1 })).toBe(false);
    expect(sameJson(null, {})).toBe(false);
  });
});
