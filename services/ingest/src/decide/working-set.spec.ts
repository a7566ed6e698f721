import { DEFAULT_STATEMENTS, readStatedUser, URN, userModel } from '@rolebridge/scim';
import type { Intent } from './change.ts';
import type { Decision } from './decide.ts';
import { userNameKey } from './user-row.ts';
import type { UserRow } from './user-row.ts';
import { WorkingSet } from './working-set.ts';

const model = userModel();
const settings = { statements: DEFAULT_STATEMENTS, returnByUserName: false, userTopic: 'identity.user.v1' };

function workingSet(rows: readonly UserRow[] = [], more: Partial<typeof settings> = {}) {
  let drawn = 0;
  return new WorkingSet(rows, { model, epoch: 0, now: '2026-11-22T08:00:00.000Z', newId: () => `id-${(drawn += 1)}` }, { ...settings, ...more });
}

const asked = { by: 'ips', correlationId: 'c' };
const create = (userName: string, body: object = {}, more: Partial<Intent> = {}): Intent => ({ ...asked, change: { kind: 'create', user: readStatedUser({ userName, ...body }, model), ifExists: 'refuse' }, ...more });
const replace = (userId: string, userName: string, body: object = {}): Intent => ({ ...asked, userId, change: { kind: 'replace', user: readStatedUser({ userName, ...body }, model) } });
const remove = (userId: string): Intent => ({ ...asked, userId, change: { kind: 'delete' } });
const told = (decision: Decision) => (decision.kind === 'changed' ? `${decision.next.id}:${decision.next.generation}` : decision.kind === 'refused' ? String(decision.error.status) : 'unchanged');

describe('a batch is judged in order, each change on what the earlier ones made', () => {
  test('of two creates of one login the second is refused, whatever its case', () => {
    const set = workingSet();
    expect([create('Anna'), create('anna'), create('Bo')].map((intent) => told(set.accept(intent)))).toEqual(['id-1:1', '409', 'id-2:1']);
    expect(set.records.map(({ key }) => key)).toEqual(['id-1', 'id-2']);
  });

  test('several changes of one person each have a generation and a record; one row is written', () => {
    const set = workingSet();
    const story = [create('anna'), replace('id-1', 'anna', { title: 'Dr' }), replace('id-1', 'anna', { title: 'Dr' }), remove('id-1'), remove('id-1')];
    expect(story.map((intent) => told(set.accept(intent)))).toEqual(['id-1:1', 'id-1:2', 'unchanged', 'id-1:3', '404']);
    expect(set.records.map(({ value, headers }) => [JSON.parse(value ?? '').generation, headers['ce_id']])).toEqual([[1, 'id-1:1'], [2, 'id-1:2'], [3, 'id-1:3']]);
    expect(set.changed.map(({ generation, presence }) => [generation, presence])).toEqual([[3, 'absent']]);
  });

  test('a login is free again after a rename or a deletion', () => {
    const set = workingSet();
    const story = [create('anna'), replace('id-1', 'anna.b'), create('anna'), create('anna.b'), remove('id-2'), create('anna')];
    expect(story.map((intent) => told(set.accept(intent)))).toEqual(['id-1:1', 'id-1:2', 'id-2:1', '409', 'id-2:2', 'id-3:1']);
  });

  test('somebody who returns under another login leaves their old one to its new holder', () => {
    const set = workingSet();
    const story = [create('anna', { externalId: 'E1' }), remove('id-1'), create('anna'), create('carl', { externalId: 'E1' }), replace('id-1', 'anna')];
    expect(story.map((intent) => told(set.accept(intent)))).toEqual(['id-1:1', 'id-1:2', 'id-2:1', 'id-1:3', '409']);
  });

  test('a rename to a login in use is refused', () => {
    const set = workingSet();
    expect([create('anna'), create('bo'), replace('id-2', 'ANNA')].map((intent) => told(set.accept(intent)))).toEqual(['id-1:1', 'id-2:1', '409']);
  });
});

const uuid = (userUuid: string) => ({ [URN.sapUser]: { userUuid } });

describe('who is the same person again (L20)', () => {
  const left = (body: object, source = 'ips'): UserRow => {
    const set = workingSet();
    set.accept({ ...create('old', body), by: source });
    set.accept(remove('id-1'));
    const [row] = set.changed;
    if (!row) throw new Error('nobody left');
    return { ...row, id: 'old-id' };
  };

  test.each<[string, UserRow[], Intent, string]>([
    ['same externalId', [left({ externalId: 'E1' })], create('new', { externalId: 'E1' }), 'old-id:3'],
    ['same externalId, other caller', [left({ externalId: 'E1' }, 'hr')], create('new', { externalId: 'E1' }), 'id-1:1'],
    ['same employee number', [left({ employeeNumber: '5' }, 'hr')], create('new', { employeeNumber: '5' }), 'old-id:3'],
    ['same Global User ID', [left(uuid('g'), 'hr')], create('new', uuid('g')), 'old-id:3'],
    ['same externalId, other Global User ID', [left({ externalId: 'E1', ...uuid('g') })], create('new', { externalId: 'E1', ...uuid('h') }), 'id-1:1'],
    ['two people with this employee number', [left({ employeeNumber: '5' }), { ...left({ employeeNumber: '5' }), id: 'other' }], create('new', { employeeNumber: '5' }), 'id-1:1'],
    ['only the same login', [left({})], create('old'), 'id-1:1'],
  ])('%s', (_, rows, intent, expected) => {
    expect(told(workingSet(rows).accept(intent))).toBe(expected);
  });

  test('the login counts where it is configured', () => {
    expect(told(workingSet([left({})], { returnByUserName: true }).accept(create('OLD')))).toBe('old-id:3');
  });

  test('an event source meets a user with the same login only where that is configured', () => {
    const event = create('anna', { title: 'Dr' }, { by: 'idm' });
    const first: Intent = { ...event, change: { ...event.change, ifExists: 'replace' } as Intent['change'] };
    const set = workingSet();
    set.accept(create('anna'));
    expect(told(set.accept(first))).toBe('409');
    expect(told(set.accept({ ...first, correlateByUserName: true }))).toBe('id-1:2');
  });
});

test('logins are compared without case, in composed form', () => {
  expect(userNameKey('Zoe\u0308')).toBe(userNameKey('ZO\u00cb'));
});

test('the event carries the whole person, with statements apart from attributes', () => {
  const set = workingSet();
  set.accept(create('anna', { validTo: '2026-12-31', groups: [{ value: 'g1', display: 'Sales' }], [URN.sapCustomUser]: { attributes: [{ name: 'z_assignedInstitutes', value: '100, 200,' }, { name: 'z_roles', value: '' }] } }));
  const value: unknown = JSON.parse(set.records[0]?.value ?? '');
  expect(value).toMatchObject({ units: ['100', '200'], roles: [], groups: [{ id: 'g1', name: 'Sales' }], validTo: '2026-12-31', requested: {} });
  expect(value).not.toHaveProperty('primaryUnit');
  expect(value).not.toHaveProperty('resource.groups');
});

test('a user whose event would be too large is refused with 413, and nothing is written', () => {
  const set = workingSet();
  const attributes = Array.from({ length: 4 }, (_, at) => ({ name: `a${at}`, value: 'x'.repeat(290_000) }));
  expect(told(set.accept(create('anna', { [URN.sapCustomUser]: { attributes } })))).toBe('413');
  expect([set.changed, set.records]).toEqual([[], []]);
});
