import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICE_NAMES } from '../landscape/composition.ts';
import { simulatedTargets } from '../story/targets.ts';
import { Ground } from './ground.ts';
import { hits, places, seeded } from './seeded.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await Ground.open();
}, 180_000);
afterAll(() => ground.close());

async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await isSo()); await sleep(250)) if (Date.now() > end) throw new Error(`Not within ${timeoutMs / 1000} s: ${what}`);
}

const count = async (sql: string, parameters: readonly unknown[] = []): Promise<number> => (await ground.database.query<{ n: number }>(`select count(*)::int as n from ${sql}`, parameters))[0]?.n ?? 0;
const idOf = async (login: string): Promise<string> => (await ground.database.query<{ id: string }>('select id from ingest.users where user_name_key = $1', [login]))[0]?.id ?? '';
const SETTLED = `state in ('applied', 'unchanged', 'accepted')`;
const settled = (userId: string) => until('both accounts are settled', async () => (await count(`connector_sales_cloud.link where user_id = $1 and ${SETTLED}`, [userId])) + (await count(`connector_fieldglass.link where user_id = $1 and ${SETTLED}`, [userId])) === 2);
const forgotten = (userId: string) => until('both links are erased', async () => (await count(`connector_sales_cloud.link where user_id = $1 and erasure = 'erased'`, [userId])) + (await count(`connector_fieldglass.link where user_id = $1 and erasure = 'erased'`, [userId])) === 2, 150_000);
const patch = (operations: readonly object[]) => ({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations });

async function nothingFound(values: readonly string[]): Promise<void> {
  let found: readonly string[] = [];
  const isSo = async () => (found = hits(values, await ground.logFiles())).length === 0 && (found = Object.values(await places(ground, values)).flat()).length === 0;
  await until('nothing is found', isSo, 150_000).catch((error: unknown) => {
    throw new Error(`Still found: ${found.join(', ')}`, { cause: error });
  });
}

async function fault(body: object | undefined): Promise<void> {
  const url = `http://127.0.0.1:${ground.landscape.ports.fieldglass}/_simulator/faults`;
  const answer = await fetch(url, body === undefined ? { method: 'DELETE' } : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The simulator does not take it: ${answer.status} ${await answer.text()}`);
}

test('a person who joined, changed, was refused, left and is erased is found nowhere any more; only something newer is a rehire (L30)', async () => {
  const { values, user, change } = seeded('q7xk2');
  const [login = ''] = values.filter((value) => value.startsWith('login'));
  const sent = [change('create', { user })];
  await ground.send(...sent);
  await until('the person is there', async () => (await idOf(login)) !== '');
  const id = await idOf(login);
  await settled(id);
  const targets = simulatedTargets({ salesCloud: `http://127.0.0.1:${ground.landscape.ports.salesCloud}`, fieldglass: `http://127.0.0.1:${ground.landscape.ports.fieldglass}` });
  const atSalesCloud = async () => [...(await targets.salesCloud()).values()].find((account) => account.login.toLowerCase() === login.toLowerCase());
  await until('both accounts are usable', async () => (await atSalesCloud())?.locked === false && (await targets.fieldglass()).get(login)?.active === true);

  const more = [change('patch', { patch: [{ op: 'replace', path: 'nickName', value: user.nickName }] }), change('replace', { user: { ...user, emails: 'none' } as never })];
  const parked = change('patch', { sequence: 7, patch: [{ op: 'replace', path: 'title', value: `${user.title} later` }] });
  await ground.send(...more, parked);
  await until('a change is parked and one is refused', async () => (await count('ingest.parked_change')) === 1 && (await count('ingest.dead_letter')) > 0);
  await fault({ kind: 'refuse', user: login });
  expect((await ground.call('PATCH', `/scim/v2/Users/${id}`, patch([{ op: 'replace', path: 'displayName', value: `${user.displayName} new` }]), { 'idempotency-key': 'k-1' })).status).toBe(200);
  await until('a connector has a dead letter', async () => (await count('connector_fieldglass.dead_letter')) > 0);
  await fault(undefined);
  const before = await places(ground, values);
  for (const where of [before.tables, before.topics, before.files]) expect(new Set(where.map((hit) => hit.split(': ')[1])).size).toBe(values.length);
  for (const topic of ['identity.user.v1', 'provisioning.fieldglass.desired-account.v1', 'provisioning.fieldglass.observed-account.v1', 'ingest.dead-letter.v1', 'connector-fieldglass.dead-letter.v1']) expect(before.topics.filter((hit) => hit.startsWith(topic)).length).toBeGreaterThan(0);
  expect(before.topics.filter((hit) => hit.startsWith('provisioning.outcome'))).toEqual([]);
  const letters = await ground.records(ground.topics().filter((topic) => topic.includes('dead-letter')));
  expect(hits(values, letters.map(({ topic, key, headers }) => [topic, Buffer.from(JSON.stringify([key, headers]))] as const))).toEqual([]);

  const leave = change('delete', { sequence: 9 });
  await ground.send(leave);
  await until('the person is erased', async () => (await count(`ingest.users where id = $1 and presence = 'erased'`, [id])) === 1);
  await forgotten(id);
  const isEnded = async (): Promise<boolean> => {
    const { locked = true, roles = [] } = (await atSalesCloud()) ?? {};
    return locked && roles.length === 0 && (await targets.fieldglass()).get(login)?.active !== true;
  };
  await until('both accounts are ended', isEnded);

  await nothingFound(values);
  expect(hits(values, await ground.serviceLogs())).toEqual([]);
  expect((await ground.records()).length).toBeLessThan(60);

  await ground.database.query('delete from ingest.idempotency');
  const again = [...sent, ...more, parked, leave];
  const read = (): Promise<number> => count(`(select sum(next_offset) as n from ingest.consumer_offset where topic like '%idm.user-change.v1') t, generate_series(1, t.n)`);
  const readBefore = await read();
  await ground.send(...again);
  await until('ingest has read the changes again', async () => (await read()) === readBefore + again.length);
  await sleep(2_000);
  expect(await count(`ingest.users where presence <> 'erased'`)).toBe(0);
  expect([await count('ingest.parked_change'), await count('ingest.source_identity')]).toEqual([0, 0]);
  expect(await isEnded()).toBe(true);
  expect(hits(values, (await ground.rows()).map(([table, row]) => [table, Buffer.from(row)] as const))).toEqual([]);

  await ground.send(change('create', { sequence: 10, user }));
  await until('the rehired person is there', async () => (await idOf(login)) !== '');
  const rehired = await idOf(login);
  expect(rehired).not.toBe(id);
  await settled(rehired);
  expect((await targets.fieldglass()).get(login)?.active).toBe(true);
  expect(await count(`connector_fieldglass.link where user_id = $1 and erasure = 'erased'`, [id])).toBe(1);
}, 480_000);

test('an erasure is completed although every service is killed while it is under way', async () => {
  const { values, user, change } = seeded('z3pw9');
  const [login = ''] = values.filter((value) => value.startsWith('login'));
  await ground.send(change('create', { user }));
  await until('the person is there', async () => (await idOf(login)) !== '');
  const id = await idOf(login);
  await settled(id);
  for (const name of ['role-mapping', 'connector-fieldglass', 'connector-sales-cloud']) ground.composition.get(name)?.kill('SIGSTOP');
  expect((await ground.call('DELETE', `/scim/v2/Users/${id}`)).status).toBe(204);
  expect((await ground.call('POST', `/operator/users/${id}/erase`, { reason: 'asked for' })).status).toBe(200);
  for (const name of ['ingest', 'role-mapping', 'connector-fieldglass', 'connector-sales-cloud']) ground.composition.get(name)?.kill('SIGKILL');
  for (let round = 0; round < 6; round++) {
    await sleep(900);
    for (const name of SERVICE_NAMES.filter((_, at) => at % 2 === round % 2)) ground.composition.get(name)?.kill('SIGKILL');
  }
  await forgotten(id);
  await nothingFound(values);
  expect(await count(`ingest.users where id = $1 and presence = 'erased'`, [id])).toBe(1);
}, 480_000);
