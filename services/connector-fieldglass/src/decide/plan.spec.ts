import type { DesiredAccount } from '@rolebridge/contracts';
import { wish } from '../../test/wishes.ts';
import type { PlanRules } from './context.ts';
import { concernedGroups } from './groups.ts';
import { planAccount } from './plan.ts';
import type { FieldglassLink, FieldglassObservation, FieldglassState } from './state.ts';

const RULES: PlanRules = { activeSupported: true, updateMethod: 'PUT', deleteMode: 'deactivate', unitList: 'replace', roles: 'upload' };
const NOBODY: FieldglassObservation = { found: false };

const KIM: FieldglassObservation = {
  found: true,
  id: 'fg-1',
  userName: 'Mora.K',
  active: true,
  resource: { name: { givenName: 'Kim', familyName: 'Mora' }, locale: 'en_US', emails: [{ value: 'kim.mora@example.org', type: 'work', primary: true }] },
};

const link = (parts: Partial<FieldglassLink> = {}): FieldglassLink => ({ system: 'fieldglass', userId: 'u', accountKey: 'mora.k', attempted: [], ...parts });
const state = (parts: Partial<FieldglassState> = {}): FieldglassState => ({ login: 'mora.k', active: true, written: [], ...parts });
const held = (...values: readonly string[]) => ({ values, doubtful: [] });
const ours = (units: readonly string[]) => link({ accountId: 'fg-1', lastApplied: state({ units: held(...units) }) });

function plan(desired: DesiredAccount, observation: FieldglassObservation = KIM, given: FieldglassLink = link(), rules: Partial<PlanRules> = {}) {
  return planAccount({ desired, link: given, observation, today: '2026-11-22' }, { ...RULES, ...rules });
}

function stepsOf(result: ReturnType<typeof plan>) {
  if (result.kind === 'refuse') throw new Error(result.failure.message);
  return result.steps;
}

const names = (result: ReturnType<typeof plan>) => stepsOf(result).map(({ name }) => name);

describe('an account that is not there', () => {
  test('is opened with everything, under the key that the link has', () => {
    const [create] = stepsOf(plan(wish({ attributes: { userName: 'new.name', externalId: 'e1' } }), NOBODY));
    expect(create).toMatchObject({ creates: true, losses: [], payload: { resource: { userName: 'mora.k', active: true, schemas: [expect.stringContaining('core'), expect.stringContaining('enterprise')] } } });
    expect(create?.payload).not.toHaveProperty('resource.externalId');
  });

  test('is opened locked for somebody who is not let in yet', () => {
    expect(stepsOf(plan(wish({ presence: 'disabled' }), NOBODY))[0]).toMatchObject({ payload: { resource: { active: false } } });
  });

  test('needs nothing for somebody who leaves', () => {
    expect(names(plan(wish({ presence: 'absent', units: [] }), NOBODY))).toEqual([]);
  });

  test('needs no upload of an empty list', () => {
    expect(names(plan(wish({ units: [] }), NOBODY))).toEqual(['create']);
  });

  test.each([
    [{ attributes: { emails: [] } }, 'email-missing', 'emails'],
    [{ attributes: { emails: [{ value: 'kim@nowhere' }] } }, 'email-invalid', 'emails[0].value'],
    [{ units: ['A~B'] }, 'unit-separator', 'entitlements.unit.items[0].value'],
    [{ roles: ['R\u0001'] }, 'forbidden-character', 'entitlements.role.items[0].value'],
  ])('is refused for %j', (parts, code, field) => {
    expect(plan(wish(parts), NOBODY)).toMatchObject({ kind: 'refuse', failure: { kind: 'rejected', code, field } });
  });

  test('is refused without a login', () => {
    expect(plan(wish({ attributes: { userName: ' ' } }), NOBODY, link({ accountKey: '' }))).toMatchObject({ failure: { code: 'login-missing', field: 'userName' } });
  });
});

describe('units', () => {
  test('of which nothing is said are left alone, whatever is known of them', () => {
    expect(names(plan(wish(), KIM, ours(['100'])))).toEqual([]);
    expect(plan(wish(), KIM, ours(['100']))).toMatchObject({ target: { units: held('100') } });
  });

  test('are sent whole when one falls away, which counts as a loss', () => {
    const [step] = stepsOf(plan(wish({ units: ['200'] }), KIM, ours(['100', '200'])));
    expect(step).toMatchObject({ name: 'set-units', losses: ['unit'], payload: { login: 'Mora.K', units: ['200'] } });
  });

  test('in another order are the same', () => {
    expect(names(plan(wish({ units: ['200', '100'] }), KIM, ours(['100', '200'])))).toEqual([]);
  });

  test('that were perhaps given stay doubtful while nothing is said, and are ended by the next statement', () => {
    const lost = link({ accountId: 'fg-1', lastApplied: state({ units: held('100') }), attempted: [state({ units: held('100', '200') })] });
    const silent = plan(wish(), KIM, lost);
    expect(silent).toMatchObject({ steps: [], target: { units: { values: ['100'], doubtful: ['200'] } } });
    const later = link({ accountId: 'fg-1', lastApplied: silent.kind === 'steps' ? silent.target : state() });
    expect(stepsOf(plan(wish({ units: ['100'] }), KIM, later))).toMatchObject([{ name: 'set-units', losses: ['unit'], payload: { units: ['100'] } }]);
  });

  test('are sent again after an attempt without a known answer, even if they are those of before', () => {
    const repeated = link({ accountId: 'fg-1', lastApplied: state({ units: held('100') }), attempted: [state({ units: held('100') })] });
    expect(names(plan(wish({ units: ['100'] }), KIM, repeated))).toEqual(['set-units']);
  });

  test('of an account that somebody else opened are taken over with a warning', () => {
    expect(plan(wish({ units: ['100'] }))).toMatchObject({ steps: [{ losses: ['unit'] }], warnings: [expect.stringContaining('by hand')] });
  });

  test('are not believed when the account is another one than before', () => {
    expect(names(plan(wish({ units: ['100'] }), { ...KIM, id: 'fg-2' }, ours(['100'])))).toEqual(['set-units']);
  });

  test('that cannot be taken away are named at each plan', () => {
    const result = plan(wish({ units: ['200'] }), KIM, ours(['100', '200']), { unitList: 'add' });
    expect(result).toMatchObject({ steps: [], warnings: [expect.stringContaining('1 business unit(s)')], target: { units: held('200', '100') } });
  });
});

describe('whoever may not get in', () => {
  test('is locked first', () => {
    expect(names(plan(wish({ presence: 'disabled', units: ['300'], attributes: { title: 'Buyer' } }), KIM, ours(['100'])))).toEqual(['lock', 'update', 'set-units']);
  });

  test('is not let in by a replacement', () => {
    const locked = { ...KIM, active: false };
    expect(stepsOf(plan(wish({ presence: 'disabled', attributes: { title: 'Buyer' } }), locked))).toMatchObject([{ name: 'update', payload: { resource: { active: false } } }]);
    expect(stepsOf(plan(wish({ attributes: { title: 'Buyer' } }), locked))).toMatchObject([{ name: 'update', payload: { resource: { active: false } } }, { name: 'unlock' }]);
  });

  test('loses on leaving what we once gave, although nothing is said', () => {
    const leaving = plan(wish({ presence: 'absent' }), KIM, ours(['100']));
    expect(stepsOf(leaving)).toMatchObject([{ name: 'lock', losses: ['disable'] }, { name: 'set-units', payload: { units: [] } }]);
  });

  test('keeps on leaving what we never gave', () => {
    expect(names(plan(wish({ presence: 'absent' })))).toEqual(['lock']);
  });

  test('cannot be locked where the system has no lock', () => {
    expect(plan(wish({ presence: 'disabled' }), KIM, link(), { activeSupported: false })).toMatchObject({ kind: 'refuse', failure: { code: 'lock-not-supported' } });
  });
});

test('where the answer does not tell whether somebody is locked, it is written until it was surely done', () => {
  const { active: _, ...silent } = KIM;
  expect(names(plan(wish(), silent))).toEqual(['unlock']);
  expect(names(plan(wish(), silent, link({ lastApplied: state() })))).toEqual([]);
  expect(names(plan(wish(), silent, link({ lastApplied: state(), attempted: [state({ active: false })] })))).toEqual(['unlock']);
});

describe('groups', () => {
  const looks = (...groups: readonly (readonly [name: string, member: boolean])[]): FieldglassObservation => ({ ...KIM, groups: groups.map(([name, member]) => ({ name, member })) });
  const wished = (values: readonly string[], more: object = {}): DesiredAccount => {
    const items = values.map((value) => ({ value, rules: ['request:iag'] }));
    return { ...wish({ attributes: { userName: 'mora.k' } }), entitlements: { group: { complete: false, items, ...more } } };
  };
  const deltas = (result: ReturnType<typeof plan>) => {
    if (result.kind === 'refuse') throw new Error(result.failure.message);
    return (result.memberships ?? []).map(({ change, group }) => `${change} ${group}`);
  };

  test('are joined where wished, and left where only we put somebody', () => {
    const given = link({ accountId: 'fg-1', lastApplied: state({ groups: ['Old'] }) });
    expect(deltas(plan(wished(['New', 'There']), looks(['New', false], ['There', true], ['Old', true], ['By hand', true]), given))).toEqual(['remove Old', 'add New', 'add There']);
  });

  test('that somebody gave by hand end where a caller took them away, or where the list is complete', () => {
    expect(deltas(plan(wished([], { removed: ['By hand'] }), looks(['By hand', true], ['Other', true])))).toEqual(['remove By hand']);
    expect(deltas(plan(wished([], { complete: true }), looks(['By hand', true])))).toEqual(['remove By hand']);
  });

  test('that are as wished need no step', () => {
    const given = link({ accountId: 'fg-1', lastApplied: state({ groups: ['There'] }) });
    expect(deltas(plan(wished(['There'], { removed: ['Not in'] }), looks(['There', true], ['Not in', false]), given))).toEqual([]);
    expect(deltas(plan(wished(['There']), looks(['There', false]), given))).toEqual(['add There']);
  });

  test('that an attempt without a known end may have changed are all said again, whatever is seen of them now (L18)', () => {
    const doubtful = link({ accountId: 'fg-1', lastApplied: state({ groups: ['There'] }), attempted: [state({ groups: ['There', 'Perhaps'] })] });
    expect(deltas(plan(wished(['There']), looks(['There', true], ['Perhaps', false]), doubtful))).toEqual(['remove Perhaps', 'add There']);
  });

  test('of the same name are what roles are, where roles are not uploaded; a complete list of roles takes away only what we gave', () => {
    const given = link({ accountId: 'fg-1', lastApplied: state({ groups: ['Buyer', 'Old'] }) });
    const desired = wish({ roles: ['Buyer', 'Auditor'], attributes: { userName: 'mora.k' } });
    expect(deltas(plan(desired, looks(['Buyer', true], ['Auditor', false], ['Old', true], ['By hand', true]), given, { roles: 'groups' }))).toEqual(['remove Old', 'add Auditor']);
    expect(deltas(plan(desired, looks(), given, { roles: 'upload' }))).toEqual([]);
    expect(plan(desired, looks(['Buyer', true]), given, { roles: 'groups' })).toMatchObject({ failure: { code: 'group-unknown', field: 'entitlements.role.items[1].value', message: expect.stringContaining('"Auditor"') } });
    expect(concernedGroups(desired, given, 'groups')).toEqual({ names: ['Buyer', 'Auditor', 'Old'], all: false });
  });

  test('that do not exist refuse the wish, naming the place', () => {
    expect(plan(wished(['There', 'Nowhere']), looks(['There', true]))).toMatchObject({ kind: 'refuse', failure: { code: 'group-unknown', field: 'entitlements.group.items[1].value' } });
  });

  test('that we gave end with the account', () => {
    const leaving = { ...wish({ presence: 'absent' }), entitlements: {} };
    expect(deltas(plan(leaving, looks(['Old', true]), link({ accountId: 'fg-1', lastApplied: state({ groups: ['Old'] }) })))).toEqual(['remove Old']);
  });

  test('are looked at only where something is wished or was given', () => {
    expect(concernedGroups(wish(), link(), 'groups')).toEqual({ names: [], all: false });
    expect(concernedGroups(wished(['A'], { removed: ['B'] }), link({ attempted: [state({ groups: ['C'] })] }), 'groups')).toEqual({ names: ['A', 'B', 'C'], all: false });
  });
});

test('the same content gives the same body, and neither generation nor sender is part of it', () => {
  const body = (generation: number) => stepsOf(plan(wish({ generation, units: ['1'] }), NOBODY)).map((step) => step.body);
  expect(body(1)).toEqual(body(2));
});
