import { GENERATIONS_PER_EPOCH } from '@rolebridge/contracts';
import { readOperations, readStatedUser, URN, userModel } from '@rolebridge/scim';
import type { Change, PersonIntent as Intent } from './change.ts';
import { decide } from './decide.ts';
import type { Context, Decision } from './decide.ts';
import { versionOf } from './user-row.ts';
import type { UserRow } from './user-row.ts';

const model = userModel();
const context: Context = { model, epoch: 0, now: '2026-11-22T08:00:00.000Z', newId: () => 'new' };
const read = (body: object) => readStatedUser({ userName: 'anna', ...body }, model);
const intent = (change: Change, more: Partial<Intent> = {}): Intent => ({ userId: 'u', change, by: 'ips', correlationId: 'c', ...more });
const create = (body: object = {}, ifExists: 'refuse' | 'replace' = 'refuse'): Intent => intent({ kind: 'create', user: read(body), ifExists });

function rowOf(decision: Decision): UserRow {
  if (decision.kind === 'changed') return decision.next;
  if (decision.kind === 'unchanged') return decision.row;
  throw decision.error;
}

const anna: UserRow = { ...rowOf(decide(undefined, create({ active: true, title: 'Dr', groups: [{ value: 'g' }], [URN.sapUser]: { userUuid: 'uuid' } }), context)), id: 'u', generation: 7 };
const gone: UserRow = { ...anna, presence: 'absent', user: { ...anna.user, active: false } };

describe('a new person', () => {
  test('gets the first generation of the epoch', () => {
    expect(rowOf(decide(undefined, create(), context))).toMatchObject({ id: 'new', generation: 1, presence: 'active' });
    expect(rowOf(decide(undefined, create(), { ...context, epoch: 2 })).generation).toBe(2 * GENERATIONS_PER_EPOCH + 1);
  });

  test.each([
    [{}, 'active'],
    [{ active: false }, 'disabled'],
    [{ status: 'inactive' }, 'disabled'],
    [{ status: 'inactive', active: true }, 'active'],
  ])('%p is %s', (body, presence) => {
    expect(rowOf(decide(undefined, create(body), context)).presence).toBe(presence);
  });

  test('whose login is in use is refused', () => {
    expect(decide(anna, create(), context)).toMatchObject({ kind: 'refused', error: { status: 409, scimType: 'uniqueness' } });
  });
});

describe('no difference is no change', () => {
  test.each<[string, Change]>([
    ['the same user again', { kind: 'replace', user: read({ active: true, title: 'Dr' }) }],
    ['the same user, other order', { kind: 'replace', user: read({ title: 'Dr', active: true }) }],
    ['a full event of the same user', { kind: 'create', user: read({ title: 'Dr' }), ifExists: 'replace' }],
    ['a patch to the same value', { kind: 'patch', operations: readOperations([{ op: 'replace', path: 'title', value: 'Dr' }]) }],
    ['unlock of somebody who is not locked', { kind: 'unlock' }],
  ])('%s', (_, change) => {
    expect(decide(anna, intent(change), context)).toEqual({ kind: 'unchanged', row: anna });
  });
});

describe('a change raises the generation by one and names its cause', () => {
  test.each<[string, Change, object]>([
    ['replace', { kind: 'replace', user: read({ title: 'Prof' }) }, { presence: 'active', user: { title: 'Prof' } }],
    ['replace without a statement on active keeps the lock', { kind: 'replace', user: read({ title: 'Prof' }) }, { presence: 'active' }],
    ['patch', { kind: 'patch', operations: readOperations([{ op: 'replace', path: 'active', value: false }]) }, { presence: 'disabled', user: { active: false } }],
    ['patch of the SAP status', { kind: 'patch', operations: readOperations([{ op: 'replace', path: `${URN.sapUser}:status`, value: 'inactive' }]) }, { presence: 'disabled', user: { active: false } }],
    ['lock', { kind: 'lock' }, { presence: 'disabled', user: { active: false } }],
    ['delete', { kind: 'delete' }, { presence: 'absent' }],
  ])('%s', (_, change, expected) => {
    expect(decide(anna, intent(change), context)).toMatchObject({
      kind: 'changed',
      next: { id: 'u', generation: 8, created: anna.created, modified: context.now, cause: { operation: change.kind, by: 'ips', correlationId: 'c' }, ...expected },
    });
  });

  test('a replacement without active leaves a locked person locked (R-12)', () => {
    const locked: UserRow = { ...anna, presence: 'disabled', user: { ...anna.user, active: false } };
    expect(rowOf(decide(locked, intent({ kind: 'replace', user: read({ title: 'Prof' }) }), context)).presence).toBe('disabled');
  });

  test('a replacement ends what it does not name, but neither groups nor the Global User ID', () => {
    expect(rowOf(decide(anna, intent({ kind: 'replace', user: read({}) }), context)).user).toEqual({ userName: 'anna', active: true, groups: [{ value: 'g' }], [URN.sapUser]: { userUuid: 'uuid' } });
  });

  test('a rename keeps the id', () => {
    expect(rowOf(decide(anna, intent({ kind: 'replace', user: read({ userName: 'anna.new' }) }), context))).toMatchObject({ id: 'u', generation: 8, user: { userName: 'anna.new' } });
  });
});

describe('a person who left', () => {
  test.each<Change>([{ kind: 'replace', user: read({}) }, { kind: 'patch', operations: [] }, { kind: 'lock' }, { kind: 'unlock' }, { kind: 'delete' }])('is not found by $kind', (change) => {
    expect(decide(gone, intent(change), context)).toMatchObject({ kind: 'refused', error: { status: 404 } });
    expect(decide(undefined, intent(change), context)).toMatchObject({ kind: 'refused', error: { status: 404 } });
  });

  test('returns with the same id and the next generation (L20)', () => {
    expect(decide(gone, create({ title: 'Ms' }), context)).toMatchObject({ kind: 'changed', next: { id: 'u', generation: 8, presence: 'active', user: { title: 'Ms' } } });
  });
});

describe('If-Match (RFC 7644 §3.14)', () => {
  test.each([
    ['*', 'changed'],
    [versionOf(anna), 'changed'],
    ['"7"', 'changed'],
    ['W/"6", W/"7"', 'changed'],
    ['W/"6"', 'refused'],
  ])('%s → %s', (ifMatch, kind) => {
    expect(decide(anna, intent({ kind: 'lock' }, { ifMatch }), context).kind).toBe(kind);
  });
});
