import { connect } from 'node:net';
import { URN } from '@rolebridge/scim';
import * as fc from 'fast-check';
import { eventually, FrontDoor, TOKEN } from '../test/front-door.ts';

let door: FrontDoor;
let known: readonly string[];
beforeAll(async () => {
  door = await FrontDoor.open();
  const user = await door.post({ userName: 'fuzz' });
  const group = await door.call('POST', '/scim/v2/Groups', { displayName: 'fuzz', members: [{ value: user.body.id }] });
  known = [user.body.id, group.body.id];
});
afterAll(() => door.close());

const names = ['userName', 'active', 'emails', 'members', 'groups', 'name', 'meta', 'id', 'schemas', 'displayName', 'externalId', 'value', 'type', 'primary', '$ref', '__proto__', 'constructor', 'toString', 'Operations', 'op', 'path', 'filter', 'startIndex', 'count', 'sortBy', 'attributes', 'cursor', 'method', 'bulkId', 'data', 'version', 'failOnErrors', URN.enterpriseUser, URN.sapUser, URN.sapCustomUser];
const words = fc.constantFrom('add', 'replace', 'remove', 'POST', 'PUT', 'PATCH', 'DELETE', '/Users', '/Groups', '/Users/bulkId:a', 'bulkId:a', 'emails[type eq "work"].value', 'members[value eq "x"]', 'members', 'active', 'a\u0000b', '\ud800', 'true', '', 'W/"1"', '9999-12-31', '0000-00-00T99:99:99Z', '99999999999999999999', '(((((((((', 'userName eq "', URN.patchOp, URN.searchRequest, URN.bulkRequest, '../../operator', '%00');
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, words, fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 20 }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 5 })), tie('value'), { maxKeys: 6 })),
})).value;

/** Close to what is asked for, with something odd in it. */
const plainOperation = fc.record({ op: fc.constantFrom('add', 'Replace'), path: fc.constantFrom('title', 'displayName', 'externalId', 'nickName', 'emails[type eq "work"].display', `${URN.enterpriseUser}:department`), value: fc.oneof(fc.uuid(), words) });
const oddOperation = fc.record({ op: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('add', 'replace', 'remove') }, { weight: 1, arbitrary: anyJson }), path: fc.oneof(words, fc.constantFrom(...names), anyJson), value: anyJson }, { requiredKeys: ['op'] });
const patches = fc.record({ schemas: fc.constant([URN.patchOp]), Operations: fc.array(fc.oneof({ weight: 2, arbitrary: plainOperation }, { weight: 1, arbitrary: oddOperation }), { minLength: 1, maxLength: 3 }) });
const users = fc.record({ userName: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, { weight: 1, arbitrary: anyJson }), title: words, emails: anyJson, name: anyJson, active: anyJson, externalId: anyJson, [URN.enterpriseUser]: anyJson, [URN.sapUser]: anyJson, [URN.sapCustomUser]: anyJson }, { requiredKeys: ['userName'] });
const groups = fc.record({ displayName: fc.oneof(fc.uuid(), words, anyJson), externalId: words, members: anyJson, [URN.sapGroup]: anyJson }, { requiredKeys: ['displayName'] });
const text = fc.oneof(words, fc.string({ unit: 'binary', maxLength: 8 })).map((value) => JSON.stringify(value));
const filters = fc.oneof(words, fc.tuple(fc.constantFrom(...names, 'members.value', 'meta.created', 'emails.primary'), fc.constantFrom('eq', 'ne', 'co', 'gt', 'pr'), text).map((parts) => parts.join(' ')));
const searches = fc.record({ schemas: fc.constant([URN.searchRequest]), filter: filters, sortBy: fc.oneof(words, fc.constantFrom(...names)), startIndex: fc.oneof(fc.integer(), anyJson), count: fc.integer(), cursor: words }, { requiredKeys: ['schemas'] });
const bulks = fc.record({ schemas: fc.constant([URN.bulkRequest]), Operations: fc.array(fc.record({ method: fc.constantFrom('POST', 'PUT', 'PATCH'), path: words, bulkId: fc.constantFrom('a', 'b'), data: fc.oneof(users, groups, patches, anyJson) }), { minLength: 1, maxLength: 5 }), failOnErrors: fc.constantFrom(1, 2) }, { requiredKeys: ['schemas', 'Operations'] });
const nearly = fc.oneof(patches, users, groups, searches, bulks);

/** Where such a body is expected. */
const aimed = fc.oneof(
  users.map((body) => ({ method: 'POST', path: ['Users'], body })),
  users.map((body) => ({ method: 'PUT', path: ['Users', 0], body })),
  patches.map((body) => ({ method: 'PATCH', path: ['Users', 0], body })),
  groups.map((body) => ({ method: 'POST', path: ['Groups'], body })),
  groups.map((body) => ({ method: 'PUT', path: ['Groups', 1], body })),
  patches.map((body) => ({ method: 'PATCH', path: ['Groups', 1], body })),
  fc.tuple(fc.constantFrom('Users', 'Groups', ''), searches).map(([collection, body]) => ({ method: 'POST', path: [...(collection === '' ? [] : [collection]), '.search'], body })),
  bulks.map((body) => ({ method: 'POST', path: ['Bulk'], body })),
).map(({ method, path, body: aim }) => ({ method, path, body: JSON.stringify(aim) }));
const body = fc.oneof({ weight: 4, arbitrary: nearly.map((value) => JSON.stringify(value)) }, { weight: 3, arbitrary: anyJson.map((value) => JSON.stringify(value)) }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) });
const piece = fc.oneof(fc.constantFrom('Users', 'Groups', '.search', 'Bulk', 'Me', 'Schemas', 'ResourceTypes', 'ServiceProviderConfig', 'bulkId:a', '..', '%2e%2e', '%00', '%ff', '%'), fc.nat(1).map((at) => known[at] ?? ''), fc.string({ maxLength: 6 }).map(encodeURIComponent));
const query = fc.dictionary(fc.constantFrom('filter', 'startIndex', 'count', 'sortBy', 'sortOrder', 'attributes', 'excludedAttributes', 'cursor', 'x[]', '__proto__'), fc.oneof(words, fc.constantFrom(...names), fc.string({ unit: 'grapheme', maxLength: 12 }), fc.integer().map(String)), { maxKeys: 4 });
const header = fc.dictionary(fc.constantFrom('if-match', 'if-none-match', 'idempotency-key', 'x-correlation-id', 'content-type', 'accept'), fc.oneof(fc.constantFrom('*', 'W/"1"', '"', 'application/scim+json', 'application/json; charset=utf-16', 'text/plain', '"a", W/"2"'), fc.stringMatching(/^[!-~]{1,40}$/)), { maxKeys: 2 });

const wild = fc.record({ method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'), path: fc.array(piece, { minLength: 1, maxLength: 3 }), body });
const NO_HEADERS = fc.constant<Record<string, string>>({});

test('no request of any shape is answered with an error of ours', async () => {
  const statuses = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 3, arbitrary: aimed }, { weight: 1, arbitrary: wild }), query, fc.oneof({ weight: 3, arbitrary: NO_HEADERS }, { weight: 1, arbitrary: header }), async ({ method, path, body: content }, parameters, headers) => {
      const search = new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, value.isWellFormed() ? value : 'x'])).toString();
      const place = path.map((part) => (typeof part === 'number' ? known[part] : part)).join('/');
      const url = `${door.url}/scim/v2/${place}${search === '' ? '' : `?${search}`}`;
      // what the others are aimed at must not be deleted
      const safe = method === 'DELETE' && known.some((id) => url.includes(id)) ? 'GET' : method;
      const bodied = safe !== 'GET' && safe !== 'HEAD';
      const response = await fetch(url, { method: safe, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/scim+json', ...headers }, ...(bodied && { body: content as string }) });
      const answer = await response.text();
      const told = [safe, place, search, String(content).slice(0, 500)];
      expect([...told, response.status === 501 || response.status < 500 ? 'fine' : answer]).toEqual([...told, 'fine']);
      // an address that cannot be decoded is refused by the web server, before anybody knows that SCIM was meant
      const undecodable = answer.includes('FST_ERR_BAD_URL');
      if (response.status >= 400 && safe !== 'HEAD' && answer !== '' && url.includes('/scim/v2/Users') && !undecodable) expect(JSON.parse(answer)).toMatchObject({ status: String(response.status) });
      if (place.startsWith('Bulk') && response.status === 200) expect(answer).not.toContain('"status":"5');
      statuses.set(`${safe} ${response.status}`, (statuses.get(`${safe} ${response.status}`) ?? 0) + 1);
    }),
    { numRuns: 2000, endOnFailure: true },
  );
  // it is not only the entrance that refuses
  for (const seen of ['POST 201', 'PUT 200', 'PATCH 200', 'PATCH 204', 'POST 200', 'POST 400', 'PATCH 400']) expect([seen, (statuses.get(seen) ?? 0) > 3]).toEqual([seen, true]);
}, 240_000);

test('deep nesting, many keys, long lists and keys that mean something to the machine are bounded', async () => {
  const deep = (open: string, close: string, times: number) => `{"userName":"deep","name":${open.repeat(times)}1${close.repeat(times)}}`;
  const bodies = [
    deep('[', ']', 200_000), deep('{"a":', '}', 100_000), `{${Array.from({ length: 60_000 }, (_, at) => `"k${at}":1`).join(',')},"userName":"keys"}`,
    `{"userName":"polluted-${Date.now()}","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`, `{"userName":"a","userName":"twice-${Date.now()}"}`,
    JSON.stringify({ userName: 'long', emails: Array.from({ length: 30_000 }, (_, at) => ({ value: `${at}@example.org` })) }),
  ];
  for (const content of bodies) expect((await door.post(content)).status).toBeLessThan(500);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  const slow = `userName eq "${'a'.repeat(1900)}" or ${'('.repeat(10)}title co "${'a'.repeat(50)}"${')'.repeat(10)}`;
  expect((await door.call('GET', `/scim/v2/Users?filter=${encodeURIComponent(slow)}`)).status).toBeLessThan(500);
  expect((await door.call('GET', `/scim/v2/Users?filter=${encodeURIComponent(Array.from({ length: 200 }, () => 'title pr').join(' or ').slice(0, 2040))}`)).status).toBeLessThan(500);
});

test('random bytes on the line end in an answer or an end, and the door stays open', async () => {
  const { hostname, port } = new URL(door.url);
  const says = (bytes: Buffer) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.end(bytes));
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', () => resolve(''));
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
      socket.setTimeout(3000, () => socket.destroy());
    });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, begins) => {
      const answer = await says(Buffer.concat([Buffer.from(begins ? 'POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n' : ''), Buffer.from(bytes)]));
      expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    }),
    { numRuns: 60 },
  );
  await eventually(async () => (await door.call('GET', '/scim/v2/Users?count=0')).status === 200);
});
