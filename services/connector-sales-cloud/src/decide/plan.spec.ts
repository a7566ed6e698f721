import { SCIM_URN } from '@rolebridge/contracts';
import { aWish, list, messageOf, onlyStep, planFor, someSettings, steps, TODAY, unitList } from './wishes.fixture.ts';
import type { SalesCloudState } from './state.ts';

const units = (values: readonly string[]) => ({ unit: unitList(values, values[0]), role: list(['FIELD_SALES']) });

/** The state after an accepted message of that wish on that day. */
const after = (wish = aWish(), day = '2026-02-03'): SalesCloudState => steps(planFor(wish, {}, someSettings(), day)).target;

const actions = (message: ReturnType<typeof messageOf>) => message.units.map(({ action, id }) => `${action} ${id}`);
const roleActions = (message: ReturnType<typeof messageOf>) => message.identity?.roles.map(({ action, id }) => `${action} ${id}`);

describe('what was attempted may be there (L18)', () => {
  const applied = after(aWish({ entitlements: units(['100']) }));
  const lost = after(aWish({ entitlements: units(['100', '200']) }));

  test('a unit whose assignment got lost on the way is ended explicitly', () => {
    const plan = planFor(aWish({ entitlements: units(['300']) }), { lastApplied: applied, attempted: [lost] });
    expect(actions(messageOf(plan))).toEqual(['05 100', '05 200', '04 300']);
    expect(messageOf(plan).responsibilities.map(({ action, id }) => `${action} ${id}`)).toEqual(['05 100', '05 200', '04 300']);
  });

  test('a role whose assignment got lost on the way is ended explicitly', () => {
    const manager = after(aWish({ entitlements: { role: list(['FIELD_SALES', 'MANAGER']) } }));
    const plan = planFor(aWish({ entitlements: { role: list(['FIELD_SALES']) } }), { lastApplied: applied, attempted: [manager] });
    expect(roleActions(messageOf(plan))).toEqual(['05 MANAGER', '04 FIELD_SALES']);
  });

  test('a list that got lost on the way, and was not spoken of since, is sent when it is stated again', () => {
    const wish = aWish({ entitlements: { role: list(['MANAGER']) } });
    const silent = steps(planFor(aWish({ entitlements: {} }), { lastApplied: after(aWish({ entitlements: {} })), attempted: [after(wish)] })).target;
    expect(steps(planFor(aWish({ entitlements: {} }), { lastApplied: silent })).steps).toEqual([]);
    const plan = planFor(wish, { lastApplied: silent });
    expect(roleActions(messageOf(plan))).toEqual(['04 MANAGER']);
    expect(steps(planFor(wish, { lastApplied: steps(plan).target })).steps).toEqual([]);
  });

  test('going back to the last applied state is sent, since nobody knows what is there', () => {
    const wish = aWish({ entitlements: units(['100']) });
    expect(steps(planFor(wish, { lastApplied: applied })).steps).toEqual([]);
    expect(actions(messageOf(planFor(wish, { lastApplied: applied, attempted: [lost] })))).toEqual(['05 200', '04 100']);
  });

  test('a middle name that may have arrived is emptied', () => {
    const withMiddle = after(aWish({}, { name: { familyName: 'Ng', middleName: 'M' } }));
    const plan = planFor(aWish(), { lastApplied: applied, attempted: [withMiddle] });
    expect(messageOf(plan).name).toEqual({ given: 'Li', middle: '', family: 'Ng' });
  });

  test('an e-mail address that cannot be emptied is told to people', () => {
    const plan = planFor(aWish({}, { emails: [] }), { lastApplied: applied });
    expect(steps(plan).warnings?.[0]).toContain('e-mail');
    expect(messageOf(plan).address).toBeUndefined();
  });
});

describe('absent, empty and filled lists (R-12)', () => {
  const past = { lastApplied: after(aWish({ entitlements: { unit: unitList(['100'], '100'), role: list(['A', 'B']) } })) };

  test('no statement leaves roles and units alone, and remembers what we gave', () => {
    const plan = planFor(aWish({ entitlements: {} }, { name: { familyName: 'Chen' } }), past);
    const message = messageOf(plan);
    expect([message.units, message.responsibilities, message.identity?.roles]).toEqual([[], [], []]);
    expect([message.responsibilitiesComplete, message.identity?.rolesComplete]).toEqual([false, false]);
    expect(steps(plan).target).toMatchObject({ units: [{ id: '100' }], roles: ['A', 'B'] });
  });

  test('a role given before a time without statement is ended by the next statement', () => {
    const silent = steps(planFor(aWish({ entitlements: {} }, { name: { familyName: 'Chen' } }), past)).target;
    expect(roleActions(messageOf(planFor(aWish({ entitlements: { role: list(['A'], false) } }), { lastApplied: silent })))).toEqual(['05 B', '04 A']);
  });

  test('an empty list takes away what we gave', () => {
    const message = messageOf(planFor(aWish({ entitlements: { unit: unitList([]), role: list([]) } }), past));
    expect([actions(message), roleActions(message)]).toEqual([['05 100'], ['05 A', '05 B']]);
  });

  test('nothing to say from the beginning stores no lists', () => {
    const { target } = steps(planFor(aWish({ entitlements: {} })));
    expect(target).not.toHaveProperty('units');
    expect(target).not.toHaveProperty('roles');
  });
});

describe('complete-list flags (L28, R-32)', () => {
  const past = { lastApplied: after(aWish({ entitlements: { unit: unitList(['100'], '100'), role: list(['A', 'B']) } })) };
  const wish = (complete: boolean) => aWish({ entitlements: { unit: unitList(['300'], '300', complete), role: list(['A'], complete) } });

  test('are never used before the present assignments were adopted', () => {
    const message = messageOf(planFor(wish(true), past));
    expect([message.responsibilitiesComplete, message.identity?.rolesComplete, message.employeeTypesComplete]).toEqual([false, false, false]);
  });

  test('replace roles and responsibilities once adopted; units are still ended one by one', () => {
    const message = messageOf(planFor(wish(true), past, someSettings({ assignmentsAdopted: true })));
    expect([message.responsibilitiesComplete, message.identity?.rolesComplete]).toEqual([true, true]);
    expect(roleActions(message)).toEqual(['04 A']);
    expect(message.responsibilities).toEqual([{ action: '04', id: '300' }]);
    expect(actions(message)).toEqual(['05 100', '04 300']);
  });

  test('are not used for a list that does not claim to be complete', () => {
    const message = messageOf(planFor(wish(false), past, someSettings({ assignmentsAdopted: true })));
    expect([message.responsibilitiesComplete, message.identity?.rolesComplete]).toEqual([false, false]);
    expect(roleActions(message)).toEqual(['05 B', '04 A']);
  });
});

describe('units', () => {
  test('the primary one has 219, every other 222 (R-13)', () => {
    const message = messageOf(planFor(aWish({ entitlements: { unit: unitList(['100', '200', '300'], '200') } })));
    expect(message.units.map(({ id, roleCode }) => [id, roleCode])).toEqual([
      ['100', '222'],
      ['200', '219'],
      ['300', '222'],
    ]);
  });

  test('codes and end date are settings (R-29)', () => {
    const settings = someSettings({ endDate: '9999-01-01', codes: { primaryUnit: 'P', furtherUnit: 'F' } });
    const message = messageOf(planFor(aWish({ entitlements: { unit: unitList(['100', '200'], '100') } }), {}, settings));
    expect(message.units.map(({ roleCode, endDate }) => [roleCode, endDate])).toEqual([
      ['P', '9999-01-01'],
      ['F', '9999-01-01'],
    ]);
    expect(settings.codes).toEqual({ businessCharacter: '14', unitIdType: '917', primaryUnit: 'P', furtherUnit: 'F' });
  });

  test('no unit is no unit: the magic unit 1 of the old flow does not come back', () => {
    expect(messageOf(planFor(aWish({ entitlements: { unit: unitList([]) } }))).units).toEqual([]);
  });

  test('a second primary unit is refused', () => {
    const both = { complete: true, items: ['100', '200'].map((value) => ({ value, rules: [], primary: true })) };
    expect(planFor(aWish({ entitlements: { unit: both } }))).toMatchObject({ kind: 'refuse', failure: { field: 'entitlements.unit' } });
  });

  test('a unit keeps its first start date, a new one begins today (R-30)', () => {
    const message = messageOf(planFor(aWish({ entitlements: units(['100', '200']) }), { lastApplied: after(aWish({ entitlements: units(['100']) })) }));
    expect(message.units.map(({ id, startDate }) => [id, startDate])).toEqual([
      ['100', '2026-02-03'],
      ['200', TODAY],
    ]);
    expect(message.employeeType?.startDate).toBe('2026-02-03');
  });

  test('by end date a unit ends yesterday, and one of today is removed', () => {
    const settings = someSettings({ unitEnd: 'end-date' });
    const past = { lastApplied: after(aWish({ entitlements: units(['100']) })), attempted: [after(aWish({ entitlements: units(['200']) }), TODAY)] };
    const message = messageOf(planFor(aWish({ entitlements: units([]) }), past, settings));
    expect(message.units.map(({ action, id, endDate }) => [action, id, endDate])).toEqual([
      ['04', '100', '2026-11-21'],
      ['05', '200', '9999-12-31'],
    ]);
  });
});

describe('presence (R-33)', () => {
  const past = { lastApplied: after(aWish({ entitlements: { unit: unitList(['100'], '100'), role: list(['A']) } })) };

  test('locking says so and keeps roles and units', () => {
    const step = onlyStep(planFor(aWish({ presence: 'disabled', entitlements: { unit: unitList(['100'], '100'), role: list(['A']) } }), past));
    expect([step.name, step.losses, step.creates]).toEqual(['lock', ['disable'], false]);
    expect(messageOf(planFor(aWish({ presence: 'disabled' }), past)).identity?.inactive).toBe(true);
  });

  test('a lock does not wait for a name to be corrected', () => {
    const plan = planFor(aWish({ presence: 'disabled', entitlements: {} }, { name: {} }), past);
    expect(messageOf(plan)).toMatchObject({ identity: { inactive: true, roles: [] }, units: [] });
    expect(messageOf(plan).name).toBeUndefined();
    expect(steps(plan).warnings?.[0]).toContain('name.familyName');
    expect(steps(planFor(aWish({ presence: 'disabled' }, { name: {} }), { lastApplied: steps(plan).target })).steps).toEqual([]);
  });

  test('somebody who was never sent and shall be locked, with a wrong name, is refused', () => {
    expect(planFor(aWish({ presence: 'disabled' }, { name: {} })).kind).toBe('refuse');
  });

  test('unlocking is a step of its own name', () => {
    const locked = { lastApplied: steps(planFor(aWish({ presence: 'disabled' }), past)).target };
    expect(onlyStep(planFor(aWish(), locked)).name).toBe('unlock');
  });

  test('absent without any contact sends nothing', () => {
    expect(steps(planFor(aWish({ presence: 'absent' }))).steps).toEqual([]);
  });

  test('absent locks and takes every role and unit that may be there, whatever the attributes look like', () => {
    const manager = after(aWish({ entitlements: { role: list(['MANAGER']) } }));
    const plan = planFor(aWish({ presence: 'absent', entitlements: {} }, { userName: 'x'.repeat(99), name: {} }), { ...past, attempted: [manager] });
    const message = messageOf(plan);
    expect(message.identity).toMatchObject({ inactive: true, identityId: 'LNG' });
    expect([actions(message), roleActions(message)]).toEqual([['05 100'], ['05 A', '05 MANAGER']]);
    expect([onlyStep(plan).name, onlyStep(plan).losses, onlyStep(plan).creates]).toEqual(['end', ['remove', 'role', 'unit'], false]);
  });

  test('absent is sent even if only an attempt was ever made', () => {
    expect(onlyStep(planFor(aWish({ presence: 'absent' }), { attempted: [after()] })).name).toBe('end');
  });

  test('an accepted absent is not sent again, not even under other settings', () => {
    const gone = steps(planFor(aWish({ presence: 'absent' }), past)).target;
    expect(steps(planFor(aWish({ presence: 'absent' }), { lastApplied: gone }, someSettings({ deleteMode: 'remove' }))).steps).toEqual([]);
  });

  test('absent deletes with action 03 where that is set', () => {
    expect(messageOf(planFor(aWish({ presence: 'absent' }), past, someSettings({ deleteMode: 'remove' })))).toMatchObject({ action: '03', units: [], responsibilities: [] });
  });

  test('a rehire is written whole and keeps the first start date', () => {
    const gone = steps(planFor(aWish({ presence: 'absent' }), past)).target;
    const step = onlyStep(planFor(aWish(), { lastApplied: gone }));
    const message = messageOf(planFor(aWish(), { lastApplied: gone }));
    expect([step.name, step.creates, message.identity?.inactive, message.employeeType?.startDate]).toEqual(['unlock', true, false, '2026-02-03']);
    expect(message.units.map(({ startDate }) => startDate)).toEqual([TODAY]);
  });
});

describe('key and login (L20)', () => {
  test('a rename changes the login, never the key', () => {
    const message = messageOf(planFor(aWish({}, { userName: 'LCHEN' }), { lastApplied: after(), accountKey: 'LNG' }));
    expect([message.key, message.identity?.identityId]).toEqual(['LNG', 'LCHEN']);
  });

  test('without the value of the key nobody is opened, and the field is named', () => {
    const plan = planFor(aWish(), { accountKey: '' }, someSettings({ accountKey: 'employeeNumber' }));
    expect(plan).toMatchObject({ kind: 'refuse', failure: { code: 'field-missing', field: `${SCIM_URN.enterpriseUser}:employeeNumber` } });
  });

  test('a key fixed earlier is good enough when the value is gone', () => {
    expect(messageOf(planFor(aWish(), { accountKey: '700123', lastApplied: after(aWish({}, { userName: 'OLD' })) }, someSettings({ accountKey: 'employeeNumber' }))).key).toBe('700123');
  });
});

test('nothing changed, nothing is sent, in whatever order the wish lists its values', () => {
  const wish = (values: readonly string[]) => aWish({ entitlements: { unit: unitList(values, '100'), role: list(values) } });
  const { target } = steps(planFor(wish(['100', '200'])));
  expect(steps(planFor(wish(['200', '100', '200']), { lastApplied: target })).steps).toEqual([]);
});

test('other mapping or settings write the account once more (L13)', () => {
  const { target } = steps(planFor(aWish()));
  expect(onlyStep(planFor(aWish(), { lastApplied: { ...target, settings: 'older' } })).name).toBe('update');
});

test('the content of a call does not depend on its generation, so a plain repetition has the same body (L23)', () => {
  expect(onlyStep(planFor(aWish({ generation: 1 }))).body).toBe(onlyStep(planFor(aWish({ generation: 2 }))).body);
  expect(onlyStep(planFor(aWish())).body).not.toBe(onlyStep(planFor(aWish({}, { name: { familyName: 'Chen' } }))).body);
});
