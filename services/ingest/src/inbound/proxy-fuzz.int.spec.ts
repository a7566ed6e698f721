import { URN } from '@rolebridge/scim';
import * as fc from 'fast-check';
import { eventually, FrontDoor, PROXY_TOKEN } from '../test/front-door.ts';
import { seenAccount, seenGroup } from '../test/seen.ts';

let door: FrontDoor;
let known: { readonly user: string; readonly group: string };
beforeAll(async () => {
  door = await FrontDoor.open();
  const first = async (path: string): Promise<string> => (await door.call('GET', `/ipsproxy/service/api/v1/scim/fieldglass/${path}`, undefined, as)).body.Resources?.[0]?.id ?? '';
  await door.send(seenGroup(door.prefix, 'g1', { value: 'Approvers' }), seenAccount(door.prefix, 'fg-1', { attributes: { userName: 'fuzz' } }));
  await eventually(async () => (await first('Users')) !== '' && (await first('Groups')) !== '');
  known = { user: await first('Users'), group: await first('Groups') };
});
afterAll(() => door.close());

const as = { authorization: `Bearer ${PROXY_TOKEN}` };
const words = fc.constantFrom('add', 'replace', 'remove', 'members', 'members[value eq "x"]', 'members[value eq ""]', 'userName', 'displayName', 'active', 'a\u0000b', '\ud800', '', 'true', '9999-12-31T00:00:00Z', '((((', '../..', '%00', '__proto__', 'constructor');
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, words, fc.string({ unit: 'binary', maxLength: 12 }), fc.double(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(words, tie('value'), { maxKeys: 4 })),
})).value;
const members = fc.oneof(anyJson, fc.array(fc.record({ value: fc.oneof(words, fc.uuid(), fc.constant('KNOWN')) }), { maxLength: 3 }));
const operation = fc.record({ op: fc.oneof(fc.constantFrom('add', 'Replace', 'remove'), anyJson), path: fc.oneof(words, fc.constantFrom('members', 'title')), value: fc.oneof(members, fc.record({ members })) }, { requiredKeys: ['op'] });
const plainPatch = fc.record({ schemas: fc.constant([URN.patchOp]), Operations: fc.array(fc.record({ op: fc.constantFrom('add', 'remove'), path: fc.constant('members'), value: fc.constant([{ value: 'KNOWN' }]) }), { minLength: 1, maxLength: 2 }) });
const patches = fc.record({ schemas: fc.constant([URN.patchOp]), Operations: fc.array(operation, { maxLength: 3 }) });
const plain = fc.record({ userName: fc.uuid(), title: fc.constantFrom('Dr', '', 'a b'), active: fc.boolean(), emails: fc.constant([{ value: 'a@example.org' }]) }, { requiredKeys: ['userName'] });
const odd = fc.record({ userName: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, anyJson), title: words, active: fc.oneof(fc.boolean(), anyJson), groups: members, emails: anyJson, name: anyJson, [URN.sapUser]: anyJson, [URN.enterpriseUser]: anyJson }, { requiredKeys: ['userName'] });
const users = fc.oneof({ weight: 2, arbitrary: plain }, { weight: 3, arbitrary: odd });
const groups = fc.record({ displayName: fc.oneof(fc.constant('Approvers'), anyJson), members }, { requiredKeys: [] });
const filters = fc.oneof(words, fc.tuple(fc.constantFrom('userName', 'emails[0].value', 'displayName', 'meta.lastModified', 'x'), fc.constantFrom('eq', 'gt', 'sw'), fc.oneof(words, fc.string({ unit: 'binary', maxLength: 6 })).map((text) => JSON.stringify(text))).map((parts) => parts.join(' ')));
const query = fc.record({ filter: filters, startIndex: fc.oneof(fc.integer().map(String), words), count: fc.oneof(fc.integer().map(String), words), attributes: words, membersType: fc.oneof(words, fc.constant('group')) }, { requiredKeys: [] });
const requests = fc.oneof(
  fc.record({ method: fc.constant('GET'), path: fc.constantFrom('Users', 'Groups', 'Users/KNOWN', 'Groups/KNOWN', 'Schemas/x', 'ResourceTypes/User') }),
  fc.record({ method: fc.constant('POST'), path: fc.constantFrom('Users', 'Groups'), body: fc.oneof(users, anyJson) }),
  fc.record({ method: fc.constant('PUT'), path: fc.constantFrom('Users/KNOWN', 'Users/x'), body: fc.oneof({ weight: 3, arbitrary: users }, anyJson) }),
  fc.record({ method: fc.constant('PATCH'), path: fc.constant('Groups/KNOWN'), body: plainPatch }),
  fc.record({ method: fc.constantFrom('PUT', 'PATCH'), path: fc.constantFrom('Groups/KNOWN', 'Groups/%00'), body: fc.oneof(groups, patches, anyJson) }),
  fc.record({ method: fc.constant('DELETE'), path: fc.constantFrom('Users/x', 'Users/%00', 'Groups/KNOWN') }),
);
const systems = fc.oneof({ weight: 5, arbitrary: fc.constant('fieldglass') }, fc.constantFrom('sales-cloud', 'nowhere', '%00', '..'));

test('no request of any shape to the proxy API is answered with an error of ours', async () => {
  const statuses = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(systems, requests, query, async (system, request, parameters) => {
      const search = new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, value.isWellFormed() ? value : 'x'])).toString();
      const place = `${system}/${request.path.replace('KNOWN', request.path.startsWith('Groups') ? known.group : known.user)}`;
      const body = 'body' in request ? JSON.stringify(request.body).replaceAll('"KNOWN"', JSON.stringify(known.user)) : undefined;
      const response = await fetch(`${door.url}/ipsproxy/service/api/v1/scim/${place}?${search}`, { method: request.method, headers: { ...as, 'content-type': 'application/scim+json' }, ...(body !== undefined && { body }) });
      const answer = await response.text();
      const told = [request.method, place, search, body?.slice(0, 500)];
      expect([...told, response.status < 500 || response.status === 501 ? 'fine' : answer]).toEqual([...told, 'fine']);
      statuses.set(`${request.method} ${response.status}`, (statuses.get(`${request.method} ${response.status}`) ?? 0) + 1);
    }),
    { numRuns: 1000, endOnFailure: true },
  );
  // it is not only the entrance that refuses
  for (const seen of ['GET 200', 'POST 201', 'PUT 200', 'PATCH 200', 'PUT 400', 'GET 400']) expect([seen, (statuses.get(seen) ?? 0) > 1]).toEqual([seen, true]);
}, 240_000);
