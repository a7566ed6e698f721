import { eventually, openWorld, type World } from './world.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const SAP = 'urn:ietf:params:scim:schemas:extension:sap:2.0:User';
const UUID = '0b2f7a52-6c65-4c83-9a77-0c2f6f1f8f11';

let world: World;
beforeAll(async () => {
  world = await openWorld({
    groups: 4,
    async before(administrator, side) {
      await administrator.openAccounts(['kim', 'lou', 'max']);
      const { users, groups } = await side();
      const [approvers] = groups;
      if (approvers) await administrator.fillGroups([{ ...approvers, members: users.slice(0, 2).map(({ id }) => id) }]);
    },
  });
}, 180_000);
afterAll(() => world?.close());

const li = (more: object = {}) => ({ schemas: [USER], userName: 'li.ng', name: { givenName: 'Li', familyName: 'Ng' }, emails: [{ value: 'li.ng@example.org', primary: true }], ...more });
const atTarget = async (userName: string) => (await world.fieldglass()).users.find((user) => user.userName === userName);
const membersAtTarget = async (group: string) => (await world.fieldglass()).groups.find(({ displayName }) => displayName === group)?.members;

/** One repository of SAP IDM for each system; this one can be read, so IDM knows what stands there. */
test('a whole life of a person in SAP IDM, against a system that can be read and one that cannot', async () => {
  const { idm } = world;

  // initial load: everything that stands at the target, also what nobody here asked for
  await eventually(async () => (await idm.readAll('fieldglass/Users', 2)).length === 3 && (await idm.readAll('fieldglass/Groups', 2)).length === 4);
  const loaded = await idm.readAll('fieldglass/Users', 2);
  const groups = await idm.readAll('fieldglass/Groups', 3);
  const approvers = groups.find(({ displayName }) => displayName === 'Requisition Approvers');
  expect(loaded.map(({ userName }) => userName).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(['kim', 'lou', 'max']);
  expect(approvers?.members).toHaveLength(2);
  expect((await idm.call('GET', 'sales-cloud/Users')).status).toBe(501);

  // joiner in two systems: the id is ours, the answer comes when the target has it
  const created = await idm.call('POST', 'fieldglass/Users', li());
  expect([created.status, created.state, created.body.userName]).toEqual([201, 'applied', 'li.ng']);
  expect(await atTarget('li.ng')).toMatchObject({ active: true, attributes: { name: { familyName: 'Ng' } } });
  const elsewhere = await idm.call('POST', 'sales-cloud/Users', li());
  expect([elsewhere.status, elsewhere.state]).toEqual([201, 'accepted']);
  const { id } = created.body;

  // a privilege is added and removed: the whole list, as IDM writes it with SCIM_ASSIGNMENT_METHOD = PUT
  const list = (...more: readonly string[]) => ({ schemas: [GROUP], displayName: 'Requisition Approvers', members: [...(approvers?.members ?? []).map(({ value }) => ({ value })), ...more.map((value) => ({ value }))] });
  const added = await idm.call('PUT', `fieldglass/Groups/${approvers?.id}`, list(id));
  expect([added.status, added.state, added.body.members?.length]).toEqual([200, 'applied', 3]);
  const account = (await atTarget('li.ng'))?.id ?? '';
  expect(await membersAtTarget('Requisition Approvers')).toEqual(['fg-1', 'fg-2', account]);
  const removed = await idm.call('PUT', `fieldglass/Groups/${approvers?.id}`, list());
  expect([removed.status, removed.state]).toEqual([200, 'applied']);
  expect(await membersAtTarget('Requisition Approvers')).toEqual(['fg-1', 'fg-2']);

  // MX_USER_UUID is known now: a modify with the Global User ID; the same again writes nothing
  const modified = await idm.call('PUT', `fieldglass/Users/${id}`, li({ displayName: 'Li Ng', [SAP]: { userUuid: UUID } }));
  expect([modified.status, modified.state, modified.body['displayName']]).toEqual([200, 'applied', 'Li Ng']);
  expect((await atTarget('li.ng'))?.attributes).toMatchObject({ displayName: 'Li Ng', [SAP]: { userUuid: UUID } });
  const { effects } = await world.fieldglass();
  expect((await idm.call('PUT', `fieldglass/Users/${id}`, li({ displayName: 'Li Ng', [SAP]: { userUuid: UUID } }))).state).toBe('applied');
  expect((await world.fieldglass()).effects).toEqual(effects);

  // leaver: the accounts end, one after the other, each by itself
  expect((await idm.call('DELETE', `fieldglass/Users/${id}`)).status).toBe(204);
  expect((await atTarget('li.ng'))?.active).toBe(false);
  expect((await idm.call('DELETE', `sales-cloud/Users/${elsewhere.body.id}`)).status).toBe(204);

  // the next initial load shows what stands at the target: the product keeps a deactivated user
  await eventually(async () => (await idm.readAll('fieldglass/Users', 100)).some((user) => user.userName === 'li.ng' && user.active === false));
  expect((await idm.readAll('fieldglass/Users', 100)).filter((user) => user.active !== false)).toHaveLength(3);
  expect((await idm.call('GET', `fieldglass/Users/${id}`)).body).toMatchObject({ id, active: false });
}, 180_000);

test('what the target refuses is told in IDM\'s own form, and what stood there by hand can be taken over', async () => {
  const { idm } = world;
  const refused = await idm.call('POST', 'fieldglass/Users', { schemas: [USER], userName: 'no.mail', name: { familyName: 'Mail' } });
  expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('emails is missing')]);
  const kim = (await idm.readAll('fieldglass/Users', 100)).find(({ userName }) => userName === 'kim');
  const taken = await idm.call('PUT', `fieldglass/Users/${kim?.id}`, { ...kim, displayName: 'Kim M.' });
  expect([taken.status, taken.state, taken.body.id]).toEqual([200, 'applied', kim?.id]);
  expect((await atTarget('kim'))?.attributes).toMatchObject({ displayName: 'Kim M.' });
  expect(await membersAtTarget('Requisition Approvers')).toContain('fg-1');
}, 120_000);
