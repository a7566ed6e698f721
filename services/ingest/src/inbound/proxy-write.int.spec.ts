import type { IdentityUser } from '@rolebridge/contracts';
import { URN } from '@rolebridge/scim';
import { APPLIED_TOKEN, eventually, FrontDoor, PROXY_TOKEN } from '../test/front-door.ts';
import type { Answer } from '../test/front-door.ts';
import { seenAccount, seenGroup } from '../test/seen.ts';
import { delivered, evaluated } from '../test/told.ts';

const ROOT = '/ipsproxy/service/api/v1/scim';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
  await eventually(async () => (await door.call('GET', '/readyz')).status === 200);
  await door.send(seenGroup(door.prefix, 'g1', { value: 'Approvers' }), seenGroup(door.prefix, 'g2', { value: 'Buyers' }), seenGroup(door.prefix, 'g3', { value: 'Auditors' }));
  await eventually(async () => (await groups()).size === 3);
});
afterAll(() => door.close());

type Resource = Record<string, unknown> & { readonly id: string };
const call = (method: string, path: string, body?: unknown): Promise<Answer> => door.call(method, `${ROOT}/${path}`, body, { authorization: `Bearer ${PROXY_TOKEN}` });
const bodyOf = (answer: Answer) => answer.body as unknown as Resource;
const groups = async () => new Map(((await call('GET', 'fieldglass/Groups?count=100')).body.Resources as unknown as { id: string; displayName: string }[]).map(({ id, displayName }) => [displayName, id]));
const user = (userName: string, more: object = {}) => ({ schemas: [URN.user], userName, name: { familyName: 'Ek' }, emails: [{ value: `${userName}@example.org` }], ...more });
const told = async (userName: string, matches: (last: IdentityUser) => boolean = () => true): Promise<IdentityUser> => {
  let found: IdentityUser | undefined;
  await eventually(() => ((found = door.of(userName).at(-1)), found !== undefined && matches(found)));
  if (found === undefined) throw new Error('nobody');
  return found;
};
const patch = (...Operations: readonly object[]) => ({ schemas: [URN.patchOp], Operations });

/** Somebody whose account was seen at the target, given by rules. */
async function employee(userName: string, held: readonly { readonly value: string; readonly rules?: readonly string[] }[] = []): Promise<{ readonly userId: string; readonly id: string }> {
  const { body } = await door.post(user(userName));
  await door.send(seenAccount(door.prefix, `fg-${userName}`, { userId: body.id, accountGeneration: 1, attributes: { ...user(userName) }, entitlements: held.map((one) => ({ type: 'group', ...one })) }));
  const find = async () => (await call('GET', `fieldglass/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`)).body.Resources[0];
  await eventually(async () => (await find()) !== undefined);
  return { userId: body.id, id: (await find())?.id ?? '' };
}

describe('a new account', () => {
  test('is a request in the person\'s own state; its id is ours and known before the target answers', async () => {
    const { body: known } = await door.post(user('anna'));
    const answer = await call('POST', 'fieldglass/Users', user('anna', { groups: [{ value: (await groups()).get('Approvers') }] }));
    expect([answer.status, answer.headers.get('rolebridge-state')]).toEqual([201, 'accepted']);
    expect(answer.headers.get('location')).toBe(`${door.url}${ROOT}/fieldglass/Users/${answer.body.id}`);
    expect(bodyOf(answer)).toMatchObject({ userName: 'anna', active: true, groups: [{ display: 'Approvers' }] });
    const anna = await told('anna', ({ generation }) => generation === 2);
    expect(anna).toMatchObject({ id: known.id, requested: { fieldglass: { presence: 'active', grants: [{ type: 'group', value: 'Approvers', by: 'idm', since: 2 }], revokes: [] } } });
    expect(anna).not.toHaveProperty('accounts');
    expect((await call('GET', `fieldglass/Users/${answer.body.id}`)).body).toEqual(answer.body);
    expect(await call('POST', 'fieldglass/Users', user('anna'))).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
  });

  test('that is sent again under the same key is told the first outcome; another body under it is refused (L9)', async () => {
    const keyed = (body: object) => door.call('POST', `${ROOT}/fieldglass/Users`, body, { authorization: `Bearer ${PROXY_TOKEN}`, 'idempotency-key': 'k-1' });
    const [first, again] = [await keyed(user('kay')), await keyed(user('kay'))];
    expect([first.status, again.status, again.body.id]).toEqual([201, 201, first.body.id]);
    expect((await keyed(user('kay', { title: 'Dr' }))).status).toBe(422);
    await told('kay');
    expect(door.of('kay')).toHaveLength(1);
  });

  test('of somebody unknown makes the person, known through this request alone', async () => {
    expect((await call('POST', 'sales-cloud/Users', user('stranger'))).status).toBe(201);
    expect(await told('stranger')).toMatchObject({ accounts: 'requested', cause: { operation: 'create', by: 'idm' }, requested: { 'sales-cloud': { presence: 'active' } } });
    expect((await call('POST', 'fieldglass/Users', user('stranger', { emails: [{ value: 'other@example.org' }] }))).status).toBe(201);
    const both = await told('stranger', ({ generation }) => generation === 2);
    expect(both).toMatchObject({ accounts: 'requested', resource: { emails: [{ value: 'stranger@example.org' }] }, requested: { 'sales-cloud': { presence: 'active' }, fieldglass: { presence: 'active', attributes: { emails: [{ value: 'other@example.org' }] } } } });
  });

  test('keeps its id when the target shows it, and shows what the target has once that is applied', async () => {
    const created = await call('POST', 'fieldglass/Users', user('carla', { title: 'Dr' }));
    const { id: userId, generation } = await told('carla');
    const seen = seenAccount(door.prefix, 'fg-carla', { userId, accountGeneration: 1, attributes: { userName: 'carla', title: 'DR.' } });
    await door.send(evaluated(door.prefix, userId, { userGeneration: generation, systems: { fieldglass: 1 } }), seen);
    await eventually(async () => bodyOf(await call('GET', `fieldglass/Users/${created.body.id}`))['title'] === 'DR.');
    expect(bodyOf(await call('GET', `fieldglass/Users/${created.body.id}`))).not.toHaveProperty('emails');
  });

  test('is shown as wished until it is applied, also when the target is seen meanwhile', async () => {
    const { id } = await employee('dora');
    await call('PUT', `fieldglass/Users/${id}`, user('dora', { title: 'Dr' }));
    const { id: userId } = await told('dora', ({ generation }) => generation === 2);
    await door.send(seenAccount(door.prefix, 'fg-dora', { generation: 2, userId, accountGeneration: 1, attributes: { ...user('dora'), displayName: 'by hand' } }));
    await eventually(async () => bodyOf(await call('GET', `fieldglass/Users/${id}`))['displayName'] === 'by hand');
    expect(bodyOf(await call('GET', `fieldglass/Users/${id}`))).toMatchObject({ title: 'Dr', displayName: 'by hand' });
  });
});

describe('a change', () => {
  test('of a whole account is the difference to what was shown: what rules give does not become a grant (L10)', async () => {
    const { id } = await employee('emil', [{ value: 'Approvers', rules: ['managers'] }, { value: 'Buyers' }]);
    const shown = bodyOf(await call('GET', `fieldglass/Users/${id}`));
    const answer = await call('PUT', `fieldglass/Users/${id}`, shown);
    expect([answer.status, door.of('emil').length]).toEqual([200, 1]);
    const ids = await groups();
    const next = { ...shown, displayName: 'Emil E.', groups: [{ value: ids.get('Approvers') }, { value: ids.get('Auditors') }] };
    expect(bodyOf(await call('PUT', `fieldglass/Users/${id}`, next))).toMatchObject({ displayName: 'Emil E.' });
    const emil = await told('emil', ({ generation }) => generation === 2);
    expect(emil.resource).not.toHaveProperty('displayName');
    expect(emil.requested['fieldglass']).toEqual({
      attributes: { displayName: 'Emil E.' },
      grants: [{ type: 'group', value: 'Auditors', by: 'idm', since: 2 }],
      revokes: [{ type: 'group', value: 'Buyers', by: 'idm', since: 2 }],
    });
  });

  test('that takes what a rule gives is refused naming the rule, and nothing is stored', async () => {
    const { id } = await employee('frida', [{ value: 'Approvers', rules: ['managers'] }]);
    expect(await call('PUT', `fieldglass/Users/${id}`, user('frida', { groups: [] }))).toMatchObject({ status: 400, body: { scimType: 'mutability', detail: expect.stringContaining('"managers"') } });
    expect(door.of('frida')).toHaveLength(1);
  });

  test('locks and unlocks one account, with the cause that passes the brake', async () => {
    const { id } = await employee('gerd');
    expect(bodyOf(await call('PUT', `fieldglass/Users/${id}`, user('gerd', { active: false })))['active']).toBe(false);
    expect(await told('gerd', ({ generation }) => generation === 2)).toMatchObject({ presence: 'active', cause: { operation: 'lock' }, requested: { fieldglass: { locked: true } } });
    expect(bodyOf(await call('PUT', `fieldglass/Users/${id}`, user('gerd', { active: true })))['active']).toBe(true);
    expect((await told('gerd', ({ generation }) => generation === 3)).requested['fieldglass']).toEqual({ grants: [], revokes: [] });
  });

  test('of an account that nobody asked for takes the person of that login, or makes one', async () => {
    await door.send(seenAccount(door.prefix, 'fg-hand', { attributes: { userName: 'hand', title: 'by hand' } }));
    const find = async () => (await call('GET', `fieldglass/Users?filter=${encodeURIComponent('userName eq "hand"')}`)).body.Resources[0];
    await eventually(async () => (await find()) !== undefined);
    const id = (await find())?.id ?? '';
    expect(bodyOf(await call('PUT', `fieldglass/Users/${id}`, user('hand', { title: 'Dr' })))).toMatchObject({ id, title: 'Dr' });
    const hand = await told('hand');
    expect(hand).toMatchObject({ accounts: 'requested', requested: { fieldglass: { attributes: { title: 'Dr' } } } });
    await door.send(seenAccount(door.prefix, 'fg-hand', { generation: 2, userId: hand.id, accountGeneration: 1, attributes: { userName: 'hand', title: 'Dr' } }));
    await eventually(async () => (await door.sql('select 1 from proxy_account where id = $1 and account_generation = 1', [id])).length === 1);
    expect((await find())?.id).toBe(id);
  });

  test('with an unknown id is 404', async () => {
    expect((await call('PUT', 'fieldglass/Users/nobody', user('nobody'))).status).toBe(404);
    expect((await call('DELETE', 'fieldglass/Users/6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01')).status).toBe(404);
  });

  test('that many make at once gives each generation once, and loses nothing', async () => {
    const { id } = await employee('mona');
    const ids = await groups();
    const answers = await Promise.all([...ids].map(([, group]) => call('PATCH', `fieldglass/Groups/${group}`, patch({ op: 'add', path: 'members', value: [{ value: id }] }))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const mona = await told('mona', ({ generation }) => generation === 4);
    expect(mona.requested['fieldglass']?.grants.map(({ value }) => value).toSorted((a, b) => a.localeCompare(b))).toEqual(['Approvers', 'Auditors', 'Buyers']);
    expect(door.of('mona').map(({ generation }) => generation)).toEqual([1, 2, 3, 4]);
  });
});

describe('the end of an account', () => {
  test('ends this account only, with what was granted for it; the id is known no more', async () => {
    const { id } = await employee('nora', [{ value: 'Buyers', rules: ['request:idm'] }]);
    expect((await call('DELETE', `fieldglass/Users/${id}`)).status).toBe(204);
    expect(await told('nora', ({ generation }) => generation === 2)).toMatchObject({ presence: 'active', cause: { operation: 'delete' }, requested: { fieldglass: { presence: 'absent', grants: [], revokes: [] } } });
    expect((await call('GET', `fieldglass/Users/${id}`)).status).toBe(404);
    expect((await call('PUT', `fieldglass/Users/${id}`, user('nora'))).status).toBe(404);
    const again = await call('POST', 'fieldglass/Users', user('nora'));
    expect([again.status, again.body.id]).toEqual([201, id]);
  });

  test('of a person who has left is no error, and nobody comes back because of a write', async () => {
    const { id, userId } = await employee('olga');
    await call('PUT', `fieldglass/Users/${id}`, user('olga', { title: 'Prof' }));
    expect((await told('olga', ({ generation }) => generation === 2)).requested).toHaveProperty('fieldglass');
    await door.call('DELETE', `/scim/v2/Users/${userId}`);
    await told('olga', ({ presence }) => presence === 'absent');
    expect((await call('PUT', `fieldglass/Users/${id}`, user('olga', { title: 'Dr' }))).status).toBe(404);
    expect((await call('DELETE', `fieldglass/Users/${id}`)).status).toBe(204);
    expect(door.of('olga').at(-1)).toMatchObject({ presence: 'absent', requested: {} });
  });
});

describe('members of a group', () => {
  test('come and go by PATCH and by PUT of the whole list; each is a request of that person', async () => {
    const [one, two] = [await employee('paul'), await employee('rosa', [{ value: 'Buyers' }])];
    const id = (await groups()).get('Buyers') ?? '';
    const members = async () => (bodyOf(await call('GET', `fieldglass/Groups/${id}`))['members'] as { value: string }[]).map(({ value }) => value);
    expect(bodyOf(await call('PATCH', `fieldglass/Groups/${id}`, patch({ op: 'add', path: 'members', value: [{ value: one.id }] })))['members']).toEqual(expect.arrayContaining([expect.objectContaining({ value: one.id, display: 'paul' })]));
    expect((await told('paul', ({ generation }) => generation === 2)).requested['fieldglass']?.grants).toMatchObject([{ value: 'Buyers', by: 'idm' }]);
    await call('PATCH', `fieldglass/Groups/${id}`, patch({ op: 'remove', path: `members[value eq "${one.id}"]` }));
    expect((await told('paul', ({ generation }) => generation === 3)).requested['fieldglass']).toEqual({ grants: [], revokes: [] });
    const rest = (await members()).filter((member) => member !== two.id).map((value) => ({ value }));
    await call('PUT', `fieldglass/Groups/${id}`, { schemas: [GROUP], displayName: 'Buyers', members: [...rest, { value: one.id }] });
    expect((await told('rosa', ({ generation }) => generation === 2)).requested['fieldglass']?.revokes).toMatchObject([{ value: 'Buyers' }]);
    expect(await members()).toContain(one.id);
    expect(await members()).not.toContain(two.id);
  });

  test('that no account has, another name, and a new group are refused', async () => {
    const id = (await groups()).get('Buyers') ?? '';
    expect(await call('PATCH', `fieldglass/Groups/${id}`, patch({ op: 'add', path: 'members', value: [{ value: '6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01' }] }))).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect(await call('PATCH', `fieldglass/Groups/${id}`, patch({ op: 'replace', path: 'displayName', value: 'Other' }))).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
    expect((await call('POST', 'fieldglass/Groups', { displayName: 'New' })).headers.get('allow')).toBe('GET, PUT, PATCH');
    expect((await call('POST', 'fieldglass/Groups', { displayName: 'New' })).status).toBe(405);
  });
});

test('each back end has its own methods, and says which', async () => {
  const answer = await call('PATCH', 'fieldglass/Users/1', patch({ op: 'remove', path: 'title' }));
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, PUT, DELETE']);
});

describe('an answer that means applied', () => {
  const APPLIED = { authorization: `Bearer ${APPLIED_TOKEN}` };
  const create = (userName: string): Promise<Answer> => door.call('POST', `${ROOT}/fieldglass/Users`, user(userName), APPLIED);

  test('comes when the account generation that covers the request is applied (L15)', async () => {
    const waiting = create('sara');
    const { id, generation } = await told('sara');
    await door.send(evaluated(door.prefix, id, { userGeneration: generation, systems: { fieldglass: 7 } }), delivered(door.prefix, id, { userGeneration: generation, accountGeneration: 6, state: 'rejected' }));
    await eventually(async () => (await door.sql(`select 1 from proxy_account where user_id = $1 and covering = 7 and (delivered->>'generation')::bigint = 6`, [id])).length === 1);
    expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300, 'still waiting'))])).toBe('still waiting');
    await door.send(delivered(door.prefix, id, { userGeneration: generation, accountGeneration: 7, state: 'applied' }));
    const answer = await waiting;
    expect([answer.status, answer.headers.get('rolebridge-state')]).toEqual([201, 'applied']);
  });

  test('comes at whichever instance was asked, also when another one reads the outcome', async () => {
    const second = await door.serve();
    await eventually(async () => (await door.call('GET', `${second.url}/readyz`)).status === 200);
    const names = ['zoe-1', 'zoe-2', 'zoe-3', 'zoe-4', 'zoe-5', 'zoe-6'];
    const answers = await Promise.all(names.map(async (userName, at) => {
      const waiting = door.call('POST', `${at % 2 === 0 ? second.url : door.url}${ROOT}/fieldglass/Users`, user(userName), APPLIED);
      const { id, generation } = await told(userName);
      await door.send(evaluated(door.prefix, id, { userGeneration: generation, systems: { fieldglass: 1 } }), delivered(door.prefix, id, { userGeneration: generation, accountGeneration: 1, state: 'applied' }));
      const since = Date.now();
      const answer = await waiting;
      return [answer.status, answer.headers.get('rolebridge-state'), Date.now() - since < 4500 ? 'by news' : 'by the end of the wait'];
    }));
    expect(answers).toEqual(names.map(() => [201, 'applied', 'by news']));
  });

  test('is an error in the caller\'s form when the target refuses, and the request stays stored', async () => {
    const waiting = create('tina');
    const { id, generation } = await told('tina');
    const failure = { kind: 'rejected', code: 'http-400', message: 'SAP Fieldglass answered create with 400.' } as const;
    await door.send(evaluated(door.prefix, id, { userGeneration: generation, systems: { fieldglass: 1 } }), delivered(door.prefix, id, { userGeneration: generation, accountGeneration: 1, state: 'rejected', failure }));
    expect(await waiting).toMatchObject({ status: 400, body: { status: '400', detail: expect.stringContaining('answered create with 400') } });
    expect(door.of('tina').at(-1)?.requested['fieldglass']?.presence).toBe('active');
  });

  test('says so when it is held back, and when the time is up; nothing is lost', async () => {
    const waiting = create('uwe');
    const { id, generation } = await told('uwe');
    await door.send(evaluated(door.prefix, id, { userGeneration: generation, systems: { fieldglass: 1 } }), delivered(door.prefix, id, { userGeneration: generation, accountGeneration: 1, state: 'held' }));
    const held = await waiting;
    expect([held.status, held.headers.get('rolebridge-state')]).toEqual([202, 'held']);
    const late = await create('vera');
    expect([late.status, late.headers.get('rolebridge-state'), late.body.userName]).toEqual([202, 'pending', 'vera']);
    expect(await told('vera')).toMatchObject({ requested: { fieldglass: { presence: 'active' } } });
  });
});
