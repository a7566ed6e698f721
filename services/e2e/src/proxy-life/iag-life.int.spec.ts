import { eventually, openWorld, type World } from './world.ts';

const USERS = 5_000;
const GROUPS = 300;
/** Each user in one group, spread evenly; one group with many members. */
const LARGE = 1_000;

const byText = (a = '', b = ''): number => (a < b ? -1 : Number(a > b));

let world: World;
beforeAll(async () => {
  world = await openWorld({
    groups: GROUPS,
    async before(administrator, side) {
      await administrator.openAccounts(Array.from({ length: USERS }, (_, n) => `user-${String(n).padStart(4, '0')}`));
      const { users, groups } = await side();
      const [large, ...others] = groups;
      if (large) await administrator.fillGroups([{ ...large, members: users.slice(0, LARGE).map(({ id }) => id) }]);
      await administrator.fillGroups(others.map((group, n) => ({ ...group, members: users.filter((_, at) => at % others.length === n).map(({ id }) => id) })));
    },
  });
}, 300_000);
afterAll(() => world?.close());

test(`SAP IAG's repository sync reads ${USERS} users and ${GROUPS} groups, each once and with its members`, async () => {
  const { iag } = world;
  await eventually(async () => (await iag.call('GET', 'fieldglass/Users?count=1')).body['totalResults'] === USERS && (await iag.call('GET', 'fieldglass/Groups?count=1')).body['totalResults'] === GROUPS, 120_000);
  const users = await iag.readAll('fieldglass/Users', 100);
  const groups = await iag.readAll('fieldglass/Groups', 25);
  expect([users.length, new Set(users.map(({ id }) => id)).size, groups.length, new Set(groups.map(({ id }) => id)).size]).toEqual([USERS, USERS, GROUPS, GROUPS]);

  // the same as its own administrator sees, by names
  const target = await world.fieldglass();
  const loginOf = new Map(target.users.map((user) => [user.id, user.userName]));
  const nameOf = new Map(users.map((user) => [user.id, user.userName]));
  const asRead = new Map(groups.map(({ displayName, members = [] }) => [displayName, members.map(({ value }) => nameOf.get(value)).toSorted(byText)]));
  expect(asRead).toEqual(new Map(target.groups.map(({ displayName, members }) => [displayName, members.map((id) => loginOf.get(id)).toSorted(byText)])));
  expect(asRead.get('Requisition Approvers')).toHaveLength(LARGE);
}, 180_000);

test('an access request adds a member and the next one removes it again; the other members stay', async () => {
  const { iag } = world;
  const [group] = (await iag.readAll('fieldglass/Groups', 100)).filter(({ displayName }) => displayName === 'Group 7');
  const account = (await iag.call('GET', `fieldglass/Users?filter=${encodeURIComponent('userName eq "user-0001"')}`)).body['Resources'] as readonly { readonly id: string }[];
  const id = account[0]?.id ?? '';
  const atTarget = async () => (await world.fieldglass()).groups.find(({ displayName }) => displayName === 'Group 7')?.members ?? [];
  const before = await atTarget();
  const added = await iag.patchMembers('fieldglass', group?.id ?? '', 'add', id);
  expect([added.status, added.state]).toEqual([200, 'applied']);
  expect(await atTarget()).toEqual([...before, 'fg-2']);
  const removed = await iag.patchMembers('fieldglass', group?.id ?? '', 'remove', id);
  expect([removed.status, removed.state]).toEqual([200, 'applied']);
  expect(await atTarget()).toEqual(before);
}, 120_000);
