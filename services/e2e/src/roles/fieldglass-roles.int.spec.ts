import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { ROOT } from '../landscape/composition.ts';
import { eventually, openWorld, type World } from '../proxy-life/world.ts';
import type { Person } from '../story/people.ts';
import { type Source, scimSource } from '../story/source.ts';

/** Two roles by unit, one for everybody with an account: so each person is in two groups, and many share them. */
const RULES = {
  rules: [
    { name: 'requisitions', when: { unit: '1000' }, give: { roles: ['Requisition Approvers'] } },
    { name: 'timesheets', when: { unit: '2000' }, give: { roles: ['Timesheet Approvers'] } },
    { name: 'everybody', when: { unit: ['1000', '2000'] }, give: { roles: ['Group 3'] } },
  ],
};

const person = (n: number, unit: string): Person => ({ userName: `role.${n}`, givenName: 'Role', familyName: `No${n}`, employeeNumber: `77${n}`, userType: 'employee', units: [unit] });
const PEOPLE = Array.from({ length: 30 }, (_, n) => n);
const unitOf = (n: number): string => (n % 2 === 0 ? '1000' : '2000');
/** Fewer than the brake lets through. */
const moves = (n: number): boolean => n < 6;
const leaves = (n: number): boolean => n === 10 || n === 21;
const laterUnitOf = (n: number): string => unitOf(moves(n) ? n + 1 : n);

let rulesFolder: string;
let world: World;
let source: Source;
beforeAll(async () => {
  rulesFolder = await mkdtemp(path.join(tmpdir(), 'rolebridge-roles-'));
  await cp(path.join(ROOT, 'deploy', 'rules'), rulesFolder, { recursive: true });
  await writeFile(path.join(rulesFolder, 'fieldglass', '20-roles.yaml'), stringify(RULES));
  world = await openWorld({
    groups: 4,
    rulesFolder,
    async before(administrator, side) {
      await administrator.openAccounts(['hand']);
      const { users, groups } = await side();
      await administrator.fillGroups(groups.slice(0, 3).map((group) => ({ ...group, members: users.map(({ id }) => id) })));
    },
  });
  source = scimSource(`http://127.0.0.1:${world.landscape.ports.ingest}`, world.landscape.secrets.callerToken);
}, 240_000);
afterAll(async () => {
  await world?.close();
  await rm(rulesFolder, { recursive: true, force: true });
});

/** Logins in each group, as the administrator of SAP Fieldglass sees them. */
async function membersByName(): Promise<Readonly<Record<string, readonly string[]>>> {
  const { users, groups } = await world.fieldglass();
  const loginOf = new Map(users.map(({ id, userName }) => [id, userName]));
  return Object.fromEntries(groups.map(({ displayName, members }) => [displayName, members.map((id) => loginOf.get(id) ?? id).toSorted()]));
}

async function expectGroups(expected: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(expected).map(([name, logins]) => [name, [...logins, 'hand'].toSorted()]));
  await eventually(async () => JSON.stringify(Object.entries(sorted)) === JSON.stringify(Object.entries(await membersByName()).slice(0, 3)), 60_000).catch(() => undefined);
  expect(await membersByName()).toEqual({ ...sorted, 'Group 4': [] });
}

const logins = (wanted: (n: number) => boolean): readonly string[] => PEOPLE.filter(wanted).map((n) => `role.${n}`);

test('roles that rules give are memberships at SAP Fieldglass: joiners, movers and leavers of shared groups, all at once', async () => {
  const ids = await Promise.all(PEOPLE.map((n) => source.join(person(n, unitOf(n)))));
  await expectGroups({ 'Requisition Approvers': logins((n) => unitOf(n) === '1000'), 'Timesheet Approvers': logins((n) => unitOf(n) === '2000'), 'Group 3': logins(() => true) });

  await Promise.all(PEOPLE.filter((n) => leaves(n) || moves(n)).map((n) => (leaves(n) ? source.leave(ids[n] ?? '') : source.change(person(n, laterUnitOf(n)), ids[n] ?? ''))));
  const stays = (n: number): boolean => !leaves(n);
  await expectGroups({
    'Requisition Approvers': logins((n) => stays(n) && laterUnitOf(n) === '1000'),
    'Timesheet Approvers': logins((n) => stays(n) && laterUnitOf(n) === '2000'),
    'Group 3': logins(stays),
  });
  expect((await world.fieldglass()).users.filter(({ active }) => !active).map(({ userName }) => userName).toSorted()).toEqual(logins(leaves).toSorted());
}, 240_000);
