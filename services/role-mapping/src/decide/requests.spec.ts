import type { IdentityUser, RequestedAccount } from '@rolebridge/contracts';
import { person, published, valuesOf, verdictOn, wishFor } from '../test/person.ts';
import { effectiveDifference } from './difference.ts';
import type { RuleFile } from './rule-set.ts';

const rules: RuleFile = { account: { when: { unit: '1*' } }, rules: [{ name: 'by-rule', when: { everybody: true }, give: { groups: ['BY_RULE'] } }] };
const asked = (more: Partial<RequestedAccount>): Pick<IdentityUser, 'requested'> => ({ requested: { 'sales-cloud': { grants: [], revokes: [], ...more } } });
const group = (value: string, since?: number) => ({ type: 'group', value, by: 'iag', ...(since !== undefined && { since }) });

describe('a request without presence', () => {
  test('adds to an account that rules give, and names its caller', () => {
    expect(wishFor(person({ units: ['1'], ...asked({ grants: [group('G')] }) }), { rules }).entitlements.group?.items).toEqual([
      { value: 'BY_RULE', rules: ['by-rule'] },
      { value: 'G', rules: ['request:iag'] },
    ]);
  });

  test('opens no account and keeps none: a mover loses what the rules gave', () => {
    const moved = person({ units: ['2'], ...asked({ grants: [group('G')] }) });
    expect(verdictOn(moved, { rules })).toEqual({ kind: 'none' });
    expect(wishFor(moved, { rules, previous: published(person({ units: ['1'] }), { rules }) }).presence).toBe('absent');
  });

  test('may lock the account without holding it open', () => {
    expect(wishFor(person({ units: ['1'], ...asked({ locked: true }) }), { rules }).presence).toBe('disabled');
    expect(verdictOn(person({ units: ['2'], ...asked({ locked: true }) }), { rules })).toEqual({ kind: 'none' });
  });
});

describe('grants end with the account they were made for (L10)', () => {
  const working = published(person({ generation: 3, units: ['1'], ...asked({ grants: [group('OLD', 3)] }) }), { rules });
  const ended = { ...wishFor(person({ generation: 5, units: ['2'], ...asked({ grants: [group('OLD', 3)] }) }), { rules, previous: working }), generation: 2 };
  const back = person({ generation: 8, units: ['1'], ...asked({ grants: [group('OLD', 3), group('NEW', 8)] }) });

  test('also when the person has the account again', () => {
    expect(valuesOf(working, 'group')).toEqual(['BY_RULE', 'OLD']);
    expect(ended.presence).toBe('absent');
    expect(valuesOf(wishFor(back, { rules, previous: ended }), 'group')).toEqual(['BY_RULE', 'NEW']);
  });

  test('and stay ended at every later change', () => {
    const again = { ...wishFor(back, { rules, previous: ended }), generation: 3 };
    expect(valuesOf(wishFor({ ...back, generation: 9 }, { rules, previous: again }), 'group')).toEqual(['BY_RULE', 'NEW']);
  });
});

describe('a revoke', () => {
  const revoking = person({ units: ['1'], ...asked({ revokes: [group('BY_RULE'), group('BY_HAND')] }) });

  test('takes away what rules give, and names what shall go whoever gave it', () => {
    expect(wishFor(revoking, { rules }).entitlements.group).toEqual({ complete: false, items: [], removed: ['BY_HAND', 'BY_RULE'] });
  });

  test('is a difference that the target is told', () => {
    const before = published(person({ units: ['1'], ...asked({ revokes: [group('BY_RULE')] }) }), { rules });
    expect(effectiveDifference(before, wishFor(revoking, { rules, previous: before }))).toBe(true);
    expect(effectiveDifference(before, wishFor(person({ units: ['1'], ...asked({ revokes: [group('BY_RULE')] }) }), { rules, previous: before }))).toBe(false);
  });
});

test('attributes that were requested for one account stand in that account only, members of extensions one by one', () => {
  const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const resource = { userName: 'anna', title: 'Dr', [urn]: { costCenter: '1', department: 'D' } };
  const attributes = { displayName: 'A. (EXT)', title: null, [urn]: { costCenter: '2' } };
  expect(wishFor(person({ resource, ...asked({ presence: 'active', attributes }) })).attributes).toEqual({ userName: 'anna', displayName: 'A. (EXT)', [urn]: { costCenter: '2', department: 'D' } });
});

test('an account that a caller ended is ended at the target, also when nobody here ever asked for it', () => {
  expect(wishFor(person({ accounts: 'requested', ...asked({ presence: 'absent' }) })).presence).toBe('absent');
});

test('somebody who is known only through requests gets the requested accounts and no others', () => {
  const everybody: RuleFile = { account: { when: { everybody: true } } };
  expect(verdictOn(person({ accounts: 'requested' }), { rules: everybody })).toEqual({ kind: 'none' });
  expect(wishFor(person({ accounts: 'requested', ...asked({ presence: 'active', grants: [group('G')] }) }), { rules }).presence).toBe('active');
});
