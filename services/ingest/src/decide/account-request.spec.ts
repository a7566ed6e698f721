import type { RequestedAccount } from '@rolebridge/contracts';
import { requestAccount } from './account-request.ts';
import type { AccountRequest, ShownAccount } from './account-request.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const person = { userName: 'li.ng', displayName: 'Li Ng', [ENTERPRISE]: { costCenter: 'CC-1', department: 'Sales' } };
const group = (value: string, ...rules: readonly string[]) => ({ type: 'group', value, rules });
const shown: ShownAccount = { presence: 'active', attributes: person, entitlements: [group('Approvers', 'managers'), group('Buyers', 'request:iag'), group('By hand')] };
const all = (...values: readonly string[]) => ({ types: ['group'], items: values.map((value) => ({ type: 'group', value })) });

const after = (write: AccountRequest['write'], more: Partial<AccountRequest> = {}): RequestedAccount =>
  requestAccount({ current: undefined, shown, person, write, by: 'idm', generation: 7, ruleGiven: 'refuse', ...more });

describe('a write is the difference to what the caller was shown (L10)', () => {
  test('a whole account that is sent back as it was shown requests nothing: no permanent grant of what rules give', () => {
    expect(after({ presence: 'active', attributes: person, entitlements: all('Approvers', 'Buyers', 'By hand') })).toEqual({ grants: [], revokes: [] });
  });

  test('what is new becomes a grant of this caller, with the generation that brought it', () => {
    expect(after({ entitlements: all('Approvers', 'Buyers', 'By hand', 'Auditors', 'Auditors') }).grants).toEqual([{ type: 'group', value: 'Auditors', by: 'idm', since: 7 }]);
  });

  test('what only a request gave ends with the request; what somebody gave at the target is revoked', () => {
    const current = { grants: [{ type: 'group', value: 'Buyers', by: 'iag' }], revokes: [] };
    expect(after({ entitlements: all('Approvers') }, { current })).toEqual({ grants: [], revokes: [{ type: 'group', value: 'By hand', by: 'idm', since: 7 }] });
  });

  test('taking what a rule gives is refused naming the rule, or recorded where the system says so', () => {
    expect(() => after({ remove: [{ type: 'group', value: 'Approvers' }] })).toThrow('"Approvers" is given by the rule "managers"');
    expect(after({ remove: [{ type: 'group', value: 'Approvers' }] }, { ruleGiven: 'deny' }).revokes).toEqual([{ type: 'group', value: 'Approvers', by: 'idm', since: 7 }]);
  });

  test('what was revoked and is given again is revoked no more', () => {
    const current = { grants: [], revokes: [{ type: 'group', value: 'Auditors', by: 'idm' }] };
    expect(after({ add: [{ type: 'group', value: 'Auditors' }] }, { current })).toEqual({ grants: [{ type: 'group', value: 'Auditors', by: 'idm', since: 7 }], revokes: [] });
  });

  test('a type that is not stated is left alone, and so is a value that was never held', () => {
    expect(after({ entitlements: { types: ['role'], items: [] }, remove: [{ type: 'group', value: 'Nobody has this' }] })).toEqual({ grants: [], revokes: [] });
  });

  test('only attributes that differ are kept, members of extensions one by one', () => {
    expect(after({ attributes: { ...person, title: 'Dr', displayName: null, [ENTERPRISE]: { costCenter: 'CC-9', department: 'Sales' } } }).attributes).toEqual({ title: 'Dr', displayName: null, [ENTERPRISE]: { costCenter: 'CC-9' } });
  });

  test('an attribute that is as the person has it again is a difference no more', () => {
    const current = { grants: [], revokes: [], attributes: { displayName: 'Other', [ENTERPRISE]: { costCenter: 'CC-9' } } };
    const other = { ...shown, attributes: { ...person, displayName: 'Other', [ENTERPRISE]: { costCenter: 'CC-9' } } };
    expect(after({ attributes: person }, { current, shown: other })).toEqual({ grants: [], revokes: [] });
  });
});

describe('presence', () => {
  test('an account that nobody was shown is opened', () => {
    expect(after({ attributes: person, entitlements: all('Buyers') }, { shown: undefined })).toEqual({ presence: 'active', grants: [{ type: 'group', value: 'Buyers', by: 'idm', since: 7 }], revokes: [] });
  });

  test('locking an account that a rule gives does not open it for ever; unlocking leaves no trace', () => {
    const locked = after({ presence: 'disabled' });
    expect(locked).toEqual({ locked: true, grants: [], revokes: [] });
    expect(after({ presence: 'active' }, { current: locked, shown: { ...shown, presence: 'disabled' } })).toEqual({ grants: [], revokes: [] });
  });

  test('an account that nobody here has wished for is taken over as it is', () => {
    expect(after({ attributes: person }, { adopts: true })).toEqual({ presence: 'active', grants: [], revokes: [] });
    expect(after({ attributes: person }, { adopts: true, shown: { ...shown, presence: 'disabled' } })).toEqual({ presence: 'active', locked: true, grants: [], revokes: [] });
    expect(after({ presence: 'active' }, { adopts: true, shown: { ...shown, presence: 'disabled' } })).toEqual({ presence: 'active', grants: [], revokes: [] });
  });

  test('a requested account stays requested through lock and unlock', () => {
    const current: RequestedAccount = { presence: 'active', grants: [], revokes: [] };
    const locked = after({ presence: 'disabled' }, { current });
    expect(locked).toEqual({ presence: 'active', locked: true, grants: [], revokes: [] });
    expect(after({ presence: 'active' }, { current: locked, shown: { ...shown, presence: 'disabled' } })).toEqual(current);
  });

  test('an account that is locked for another reason and is sent back so is not locked by this request', () => {
    expect(after({ presence: 'disabled' }, { shown: { ...shown, presence: 'disabled' } })).toEqual({ grants: [], revokes: [] });
  });

  test('the end of an account is the end of what was requested for it; a new one begins with nothing', () => {
    const current: RequestedAccount = { presence: 'active', attributes: { title: 'Dr' }, grants: [{ type: 'group', value: 'Buyers', by: 'iag' }], revokes: [] };
    const ended = after({ presence: 'absent' }, { current });
    expect(ended).toEqual({ presence: 'absent', grants: [], revokes: [] });
    expect(after({ presence: 'absent' }, { current: ended })).toBe(ended);
    expect(after({ attributes: person }, { current: ended, shown: undefined })).toEqual({ presence: 'active', grants: [], revokes: [] });
  });

  test('a write that changes nothing gives back the same request, so that no generation follows', () => {
    const current: RequestedAccount = { presence: 'active', grants: [], revokes: [] };
    expect(after({ presence: 'active', attributes: person }, { current })).toBe(current);
  });
});
