import { readUser, URN, userModel } from '@rolebridge/scim';
import { decideAccount } from './account-change.ts';
import type { AccountChange } from './change.ts';
import { decide as decidePerson } from './decide.ts';
import type { Context, Decision } from './decide.ts';
import { identityUser } from './identity-record.ts';
import { mergedUser } from './merged-user.ts';
import type { UserRow } from './user-row.ts';

const model = userModel();
const context: Context = { model, epoch: 0, now: '2026-11-22T08:00:00.000Z', newId: () => 'new' };
const read = (body: object) => readUser({ userName: 'anna', ...body }, model);
const account = (more: Partial<AccountChange> = {}): AccountChange => ({ kind: 'account', system: 'fieldglass', request: { kind: 'hold' }, ...more });
const decide = (current: UserRow | undefined, change: AccountChange): Decision => decideAccount(current, { change, by: 'ips', correlationId: 'c' }, context);

function rowOf(decision: Decision): UserRow {
  if (decision.kind === 'changed') return decision.next;
  throw new Error(decision.kind);
}

const created = rowOf(decide(undefined, account({ user: read({ title: 'Dr', active: false }) })));
const anna: UserRow = { ...created, id: 'u', generation: 7, presence: 'disabled', user: { ...created.user, active: false } };
const { requestedOnly: _, ...known } = anna;

describe('a change of one account', () => {
  test('of somebody new opens that account and no other; whether the account is usable is not the person', () => {
    expect(created).toMatchObject({ id: 'new', generation: 1, presence: 'active', requestedOnly: true, requested: { fieldglass: { presence: 'active' } }, cause: { operation: 'create', by: 'ips' } });
    const statements = { extensions: [], units: 'z', primaryUnit: 'p', roles: 'r', separator: ',', unitCase: 'exact' as const };
    expect(identityUser(created, statements)).toMatchObject({ accounts: 'requested' });
    expect(identityUser(known, statements)).not.toHaveProperty('accounts');
  });

  test('of somebody who is here leaves their presence, their other accounts and what is not named', () => {
    const elsewhere = { ...known, requested: { 'sales-cloud': { presence: 'active' as const, grants: [], revokes: [] } } };
    const next = rowOf(decide(elsewhere, account({ user: read({ active: true, nickName: 'An' }), request: { kind: 'hold', presence: 'disabled' } })));
    expect(next).toMatchObject({ id: 'u', generation: 8, presence: 'disabled', user: { title: 'Dr', nickName: 'An', active: false }, cause: { operation: 'replace' } });
    expect(Object.entries(next.requested).map(([system, { presence }]) => [system, presence])).toEqual([['sales-cloud', 'active'], ['fieldglass', 'disabled']]);
    expect(next).not.toHaveProperty('requestedOnly');
  });

  test('that ends an account ends nothing else', () => {
    expect(rowOf(decide(anna, account({ request: { kind: 'end' } })))).toMatchObject({ presence: 'disabled', user: { title: 'Dr' }, requested: { fieldglass: { presence: 'absent' } }, cause: { operation: 'patch' } });
  });

  test('that changes nothing is no change', () => {
    expect(decide(anna, account({ user: read({ title: 'Dr', active: true }) }))).toEqual({ kind: 'unchanged', row: anna });
  });

  test('brings back whoever had left, for this account only', () => {
    const left: UserRow = { ...known, presence: 'absent', requested: { 'sales-cloud': { presence: 'active', grants: [], revokes: [] } } };
    expect(rowOf(decide(left, account({ user: read({}) })))).toMatchObject({ id: 'u', generation: 8, presence: 'active', requestedOnly: true, requested: { fieldglass: { presence: 'active' } } });
    expect(rowOf(decide(left, account({ user: read({}) }))).requested).not.toHaveProperty('sales-cloud');
  });

  test('of nobody that ends an account is refused', () => {
    for (const change of [account({ request: { kind: 'end' } }), account({ request: { kind: 'end' }, user: read({}) }), account()]) {
      expect(decide(undefined, change)).toMatchObject({ kind: 'refused', error: { status: 404 } });
    }
  });
});

test('whoever speaks of the whole person lets rules decide again', () => {
  const replaced = decidePerson(anna, { change: { kind: 'replace', user: anna.user }, by: 'idm', correlationId: 'c' }, context);
  expect(rowOf(replaced)).not.toHaveProperty('requestedOnly');
  const locked = decidePerson({ ...anna, presence: 'active' }, { change: { kind: 'lock' }, by: 'idm', correlationId: 'c' }, context);
  expect(rowOf(locked)).toMatchObject({ requestedOnly: true });
});

test('two who each know a part of a person do not end what the other said', () => {
  const custom = (attributes: object[]) => ({ [URN.sapCustomUser]: { attributes } });
  const held = read({ title: 'Dr', ...custom([{ name: 'z_roles', value: 'a' }, { name: 'z_assignedInstitutes', value: '1' }]), [URN.enterpriseUser]: { department: 'D', division: 'V' } });
  const merged = mergedUser(held, read({ userName: 'anna2', ...custom([{ name: 'z_assignedInstitutes', value: '2' }]), [URN.enterpriseUser]: { department: 'E' } }));
  expect(merged).toMatchObject({ userName: 'anna2', title: 'Dr', [URN.enterpriseUser]: { department: 'E', division: 'V' }, ...custom([{ name: 'z_roles', value: 'a' }, { name: 'z_assignedInstitutes', value: '2' }]) });
});
