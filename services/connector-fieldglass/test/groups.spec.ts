import { failureOf } from '@rolebridge/contracts';
import { LinkRecord } from './link-record.ts';
import { Rig } from './rig.ts';
import { wish } from './wishes.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start({ groups: ['Approvers', 'Buyers', 'Auditors "A"'] });
});
afterEach(() => rig.close());

const PEOPLE = Array.from({ length: 8 }, (_, n) => `0000000${n}-0000-4000-8000-000000000000`);

function inGroups(userId: string, groups: readonly string[], more: { readonly generation?: number; readonly presence?: 'active' | 'absent'; readonly removed?: readonly string[] } = {}) {
  const { removed, ...parts } = more;
  const base = wish({ ...parts, userId, attributes: { userName: `u${userId.slice(7, 8)}`, emails: [{ value: `u${userId.slice(7, 8)}@example.org` }] } });
  return { ...base, entitlements: { group: { complete: false, items: groups.map((value) => ({ value, rules: ['request:iag'] })), ...(removed && { removed }) } } };
}

const membersOf = async (name: string) => (await rig.state()).groups.find((group) => group.displayName === name)?.members;

test('a privilege that is added and taken away is a membership that comes and goes; a repetition writes nothing', async () => {
  const connector = rig.connector();
  const [userId = ''] = PEOPLE;
  const kim = new LinkRecord(userId);
  expect(await kim.attempt(connector, inGroups(userId, ['Approvers', 'Auditors "A"']))).toMatchObject({ steps: ['create', 'join-group', 'join-group'] });
  expect([await membersOf('Approvers'), await membersOf('Auditors "A"'), await membersOf('Buyers')]).toEqual([['fg-1'], ['fg-1'], []]);
  expect(await kim.attempt(connector, inGroups(userId, ['Approvers', 'Auditors "A"']))).toMatchObject({ steps: [] });
  expect(await kim.attempt(connector, inGroups(userId, ['Buyers'], { generation: 2 }))).toMatchObject({ steps: ['leave-group', 'leave-group', 'join-group'] });
  expect([await membersOf('Approvers'), await membersOf('Auditors "A"'), await membersOf('Buyers')]).toEqual([[], [], ['fg-1']]);
  expect(await kim.attempt(connector, inGroups(userId, [], { generation: 3, presence: 'absent' }))).toMatchObject({ steps: ['lock', 'leave-group'] });
  expect(await membersOf('Buyers')).toEqual([]);
});

test('roles of the rules are groups of the same name, written as differences: who was put in by hand stays', async () => {
  const connector = rig.connector();
  const [byHand, ours] = [new LinkRecord(PEOPLE[0] ?? ''), new LinkRecord(PEOPLE[1] ?? '')];
  await byHand.attempt(connector, inGroups(byHand.userId, ['Approvers', 'Buyers']));
  const roles = (generation: number, ...names: readonly string[]) => wish({ generation, roles: names, userId: ours.userId });
  expect(await ours.attempt(connector, roles(1, 'Approvers', 'Buyers'))).toMatchObject({ steps: ['create', 'join-group', 'join-group'] });
  expect(await ours.attempt(connector, roles(2, 'Buyers'))).toMatchObject({ steps: ['leave-group'] });
  expect([await membersOf('Approvers'), await membersOf('Buyers')]).toEqual([['fg-1'], ['fg-1', 'fg-2']]);
  expect(await ours.attempt(connector, roles(2, 'Buyers'))).toMatchObject({ steps: [] });
  expect(await ours.attempt(connector, roles(3, 'Buyers', 'Ghost'))).toMatchObject({ failure: { kind: 'rejected', code: 'group-unknown', message: expect.stringContaining('"Ghost"') } });
});

test.each(['PUT', 'PATCH'])('a member comes and goes by %s', async (groupUpdateMethod) => {
  const connector = rig.connector({ groupUpdateMethod });
  const [userId = ''] = PEOPLE;
  const kim = new LinkRecord(userId);
  await kim.attempt(connector, inGroups(userId, ['Approvers']));
  expect(await membersOf('Approvers')).toEqual(['fg-1']);
  await kim.attempt(connector, inGroups(userId, [], { generation: 2 }));
  expect(await membersOf('Approvers')).toEqual([]);
  expect((await rig.calls()).filter(({ operation }) => operation === `${groupUpdateMethod} /Groups/{id}`)).toHaveLength(2);
});

test('a group that has changed since it was read is said to be stale, by both methods', async () => {
  for (const groupUpdateMethod of ['PUT', 'PATCH']) {
    const connector = rig.connector({ groupUpdateMethod });
    const call = { correlationId: '', wireId: '', signal: AbortSignal.timeout(10_000) };
    const userId = groupUpdateMethod === 'PUT' ? PEOPLE[0] : PEOPLE[1];
    const snapshot = await connector.groups?.read('Buyers', call);
    await new LinkRecord(userId ?? '').attempt(connector, inGroups(userId ?? '', ['Buyers']));
    const write = connector.groups?.write({ group: 'Buyers', snapshot: snapshot ?? { members: [] }, add: ['fg-1'], remove: [], members: ['fg-1'] }, call);
    await expect(write?.catch((error: unknown) => failureOf(error))).resolves.toMatchObject({ kind: 'transient', code: 'group-stale' });
  }
});

test('people who join one group at the same moment do not erase each other (L21)', async () => {
  const connector = rig.connector();
  const links = PEOPLE.map((userId) => new LinkRecord(userId));
  const attempts = await Promise.all(links.map((link) => link.attempt(connector, inGroups(link.userId, ['Approvers']))));
  expect(attempts.map(({ steps }) => steps)).toEqual(PEOPLE.map(() => ['create', 'join-group']));
  expect(await membersOf('Approvers')).toHaveLength(PEOPLE.length);
});

test('a group that does not exist refuses the wish', async () => {
  const [userId = ''] = PEOPLE;
  expect(await new LinkRecord(userId).attempt(rig.connector(), inGroups(userId, ['Nowhere']))).toMatchObject({ failure: { kind: 'rejected', code: 'group-unknown' } });
  expect((await rig.state()).users).toEqual([]);
});

test('everything is shown page by page: users with their groups, and the groups themselves', async () => {
  await rig.close();
  rig = await Rig.start({ groups: Array.from({ length: 230 }, (_, n) => `G${n}`) });
  const connector = rig.connector();
  const signal = AbortSignal.timeout(20_000);
  for (const [n, userId] of PEOPLE.entries()) await new LinkRecord(userId).attempt(connector, inGroups(userId, [`G${n}`, 'G229']));
  const groups: string[] = [];
  for await (const page of connector.listEntitlements?.(signal) ?? []) groups.push(...page.map(({ value }) => value));
  expect(groups).toHaveLength(230);
  const accounts = [];
  for await (const page of connector.listAccounts?.(signal) ?? []) accounts.push(...page);
  expect(accounts).toHaveLength(PEOPLE.length);
  expect(accounts[3]).toMatchObject({ accountId: 'fg-4', presence: 'active', attributes: { userName: 'u3', emails: [{ value: 'u3@example.org' }] }, entitlements: [{ type: 'group', value: 'G3' }, { type: 'group', value: 'G229' }] });
});

test('a look that fails is an error, never an empty list', async () => {
  await rig.order({ operation: 'GET /Users', kind: 'error-code', value: 503 });
  const look = async (): Promise<void> => {
    for await (const page of rig.connector().listAccounts?.(AbortSignal.timeout(10_000)) ?? []) expect(page).toBeUndefined();
  };
  await expect(look().catch((error: unknown) => failureOf(error))).resolves.toMatchObject({ kind: 'transient', code: 'http-503' });
});
