import { readFileSync } from 'node:fs';
import { readMessage } from './received-message.ts';
import { Tenant } from './tenant.ts';

/** The table of action codes and the business errors, seen only in the tenant. */

const joiner = readFileSync(new URL('../test/golden/joiner.xml', import.meta.url), 'utf8');
const employeeAction = (code: string) => (text: string) => text.replace('<Employee actionCode="04"', `<Employee actionCode="${code}"`);
const unitAction = (code: string) => (text: string) => text.replace('<OrganizationalAssignment actionCode="04"', `<OrganizationalAssignment actionCode="${code}"`);
const roleAction = (code: string) => (text: string) => text.replace('<BusinessRole actionCode="04"', `<BusinessRole actionCode="${code}"`);
const same = (text: string) => text;

let tenant: Tenant;
let arrival = 0;
beforeEach(() => {
  tenant = new Tenant({ senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM', nowIso: () => '2026-11-22T08:00:00.000Z' });
});

function take(change: (text: string) => string = same, generation = String((arrival += 1))): void {
  const reading = readMessage(change(joiner));
  if (!reading.ok) throw new Error(reading.fault.text);
  tenant.process({ message: reading.message, arrival, generation });
}

interface Shown {
  readonly employees: readonly { readonly key: string; readonly roles: readonly string[]; readonly activeUnits: readonly string[] }[];
  readonly messageMonitoring: readonly { readonly code: string }[];
  readonly backwardsSteps: readonly object[];
}
const state = () => tenant.state() as Shown; // the simulator's own JSON
const errors = () => state().messageMonitoring.map(({ code }) => code);

test.each([
  ['01', [], 1],
  ['02', ['does-not-exist'], 0],
  ['03', ['does-not-exist'], 0],
  ['04', [], 1],
  ['05', [], 0],
  ['06', [], 0],
])('employee action %s where nobody is: errors %j, %d left', (code, expected, left) => {
  take(employeeAction(code));
  expect([errors(), state().employees.length]).toEqual([expected, left]);
});

test.each([
  ['01', ['already-exists'], 1],
  ['02', [], 1],
  ['03', [], 0],
  ['04', [], 1],
  ['05', [], 0],
  ['06', [], 1],
])('employee action %s where somebody is: errors %j, %d left', (code, expected, left) => {
  take();
  take(employeeAction(code));
  expect([errors(), state().employees.length]).toEqual([expected, left]);
});

test.each([
  ['01', ['already-exists'], ['100']],
  ['02', [], ['100']],
  ['03', [], []],
  ['04', [], ['100']],
  ['05', [], []],
  ['06', [], ['100']],
])('action %s on a unit that is there: errors %j, units %j', (code, expected, unitsLeft) => {
  take();
  take(unitAction(code));
  expect([errors(), state().employees[0]?.activeUnits]).toEqual([expected, unitsLeft]);
});

test.each([
  ['02', ['does-not-exist'], 0],
  ['03', ['does-not-exist'], 0],
  ['05', [], 1],
])('action %s on a role that is not there: errors %j; a message with an error has no effect at all', (code, expected, employees) => {
  take(roleAction(code));
  expect([errors(), state().employees.length]).toEqual([expected, employees]);
});

test('a list sent as complete replaces what was there', () => {
  take((text) => text.replace('<ID>FIELD_SALES</ID>', '<ID>BY_HAND</ID>'));
  take();
  expect(state().employees[0]?.roles).toEqual(['BY_HAND', 'FIELD_SALES']);
  take((text) => text.replace('businessRoleListCompleteTransmissionIndicator="false"', 'businessRoleListCompleteTransmissionIndicator="true"'));
  expect(state().employees[0]?.roles).toEqual(['FIELD_SALES']);
});

test('a login that somebody else has is an error nobody sees on the wire', () => {
  take();
  take((text) => text.replaceAll('>LNG</EmployeeID>', '>OTHER</EmployeeID>'));
  expect([state().employees.length, errors()]).toEqual([1, ['alias-exists']]);
});

test('a login that was given up is free', () => {
  take();
  take((text) => text.replace('<IdentityID>LNG<', '<IdentityID>NEW<'));
  take((text) => text.replaceAll('>LNG</EmployeeID>', '>OTHER</EmployeeID>'));
  expect([state().employees.map(({ key }) => key), errors()]).toEqual([['LNG', 'OTHER'], []]);
});

test('a sender without arrangement and an employee without family name are errors', () => {
  take((text) => text.replace('>ROLEBRIDGE<', '>SOMEBODY<'));
  take((text) => text.replace(/<FamilyName>.*<\/FamilyName>/, ''));
  expect([state().employees, errors()]).toEqual([[], ['unknown-party', 'family-name-missing']]);
});

test('an older generation after a newer one is noted as a step backwards', () => {
  take(same, '5');
  take(same, '3');
  expect(state().backwardsSteps).toMatchObject([{ key: 'LNG', from: '5', to: '3' }]);
});
