import type { RunningSimulator } from '@rolebridge/simulator-kit';
import { startFieldglassSimulator } from './fieldglass.simulator.ts';

const CREDENTIALS = { virtualPersonName: 'vp', licenseKey: 'key', uploadUsername: 'ws', uploadPassword: 'pw' };
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const E = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const KIM = { schemas: [CORE, E], userName: 'mora.k', emails: [{ value: 'kim@example.org' }] };

let simulator: RunningSimulator;
let now = 1_000_000;
let token = '';

beforeEach(async () => {
  now = 1_000_000;
  simulator = await startFieldglassSimulator({ port: 0, ...CREDENTIALS, tokenLifetimeS: 100, nowMs: () => now });
  token = await newToken();
});

afterEach(() => simulator.close());

async function newToken(): Promise<string> {
  const response = await fetch(`${simulator.url}/api/oauth2/v2.0/token?grant_type=client_credentials`, { method: 'POST', headers: { authorization: `Basic ${Buffer.from('vp:key').toString('base64')}` } });
  const { access_token: value } = (await response.json()) as { readonly access_token: string }; // our own simulator
  return value;
}

async function scim(method: string, path: string, content?: unknown, headers: object = {}): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const body = content === undefined ? {} : { body: JSON.stringify(content) };
  const response = await fetch(`${simulator.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}`, ...(content === undefined ? {} : { 'content-type': 'application/scim+json' }), ...headers }, ...body });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : {} };
}

test.each([
  ['no e-mail', { emails: undefined }, 400, 'invalidValue'],
  ['an e-mail without a value', { emails: [{ type: 'work' }] }, 400, 'invalidValue'],
  ['an unknown prefix', { name: { honorificPrefix: 'Prof.' } }, 400, 'invalidValue'],
  ['an attribute that the sheet does not have', { nickName: 'K' }, 400, 'invalidSyntax'],
  ['an extension that the sheet does not have', { 'urn:custom': { a: 1 } }, 400, 'invalidSyntax'],
  ['an unknown enterprise attribute', { [E]: { badge: '1' } }, 400, 'invalidSyntax'],
  ['active as a text', { active: 'true' }, 400, 'invalidValue'],
  ['foreign schemas', { schemas: ['urn:x'] }, 400, 'invalidSyntax'],
  ['no login', { userName: '' }, 400, 'invalidValue'],
])('a user with %s is refused', async (_, change, status, scimType) => {
  expect(await scim('POST', '/Users', { ...KIM, ...change })).toMatchObject({ status, body: { status: String(status), scimType } });
});

test('a login exists once, whatever its case, and never changes', async () => {
  const { body } = await scim('POST', '/Users', { ...KIM, [E]: { division: 'D1', costCenter: 'C1' } });
  expect(await scim('POST', '/Users', { ...KIM, userName: 'MORA.K' })).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
  const path = `/Users/${String(body['id'])}`;
  const { userName: _, ...rest } = KIM;
  expect(await scim('PUT', path, KIM)).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
  expect(await scim('PUT', path, { ...rest, [E]: { division: 'D2' } })).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
  expect(await scim('PATCH', path, patch({ op: 'replace', path: 'userName', value: 'x' }))).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
  expect(await scim('PUT', path, { ...rest, displayName: 'K' })).toMatchObject({ status: 200, body: { userName: 'mora.k', displayName: 'K', resourceExtensions: { [E]: { division: 'D1' } } } });
});

test('a PATCH needs known paths and allowed values, and a replacement without active lets in again', async () => {
  const { body } = await scim('POST', '/Users', { ...KIM, active: false });
  const path = `/Users/${String(body['id'])}`;
  expect(await scim('PATCH', path, patch({ op: 'replace', path: 'shoeSize', value: 1 }))).toMatchObject({ status: 400, body: { scimType: 'invalidPath' } });
  expect(await scim('PATCH', path, patch({ op: 'Replace', path: 'active', value: true }))).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } });
  expect(await scim('PATCH', path, patch({ op: 'remove', path: 'emails' }))).toMatchObject({ status: 400 });
  const { userName: _, ...rest } = KIM;
  expect(await scim('PUT', path, rest)).toMatchObject({ status: 200, body: { active: true } });
});

test('only a search by login is understood; others are refused', async () => {
  await scim('POST', '/Users', KIM);
  expect(await scim('GET', `/Users?filter=${encodeURIComponent('userName eq "MORA.K"')}`)).toMatchObject({ status: 200, body: { totalResults: 1 } });
  expect(await scim('GET', `/Users?filter=${encodeURIComponent('userName sw "m"')}`)).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  expect(await scim('GET', '/Users?startIndex=2&count=1')).toMatchObject({ status: 200, body: { totalResults: 1, Resources: [] } });
});

test('a token ends with its time, and with the next one', async () => {
  const first = token;
  token = await newToken();
  expect(await scim('GET', '/Users', undefined, { authorization: `Bearer ${first}` })).toMatchObject({ status: 401 });
  expect(await scim('GET', '/Users')).toMatchObject({ status: 200 });
  now += 100_000;
  expect(await scim('GET', '/Users')).toMatchObject({ status: 401 });
});

test('groups can be looked at and not created; other media types and paths are refused', async () => {
  expect(await scim('GET', '/Groups')).toMatchObject({ status: 200 });
  expect(await scim('POST', '/Groups', { displayName: 'X' })).toMatchObject({ status: 501 });
  expect(await scim('POST', '/Users', KIM, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  expect(await scim('GET', '/Nothing')).toMatchObject({ status: 404 });
});

describe('the upload', () => {
  const NS = 'insite:soapws:connectorn:v1';
  const good = { csv: 'Modification Type,Username,Business Units\nU,mora.k,A~B', password: 'pw', connector: 'User Business Unit Association Upload', soap: 'http://schemas.xmlsoap.org/soap/envelope/', ns: NS, extra: '' };

  async function upload(change: Partial<typeof good> = {}, type = 'text/xml; charset=utf-8'): Promise<string> {
    const { csv, password, connector, soap, ns, extra } = { ...good, ...change };
    const body = `<s:Envelope xmlns:s="${soap}"><s:Body><c:dataTransferRequestType xmlns:c="${ns}"><c:login><username>ws</username><password>${password}</password></c:login><connector>${connector}</connector>${extra}<c:upload c:dataFormat="csvCommaSeparated" c:dataEncoding="none"><c:data><dataText><![CDATA[${csv}]]></dataText></c:data></c:upload></c:dataTransferRequestType></s:Body></s:Envelope>`;
    const response = await fetch(`${simulator.url}/ws2/services/connectorn`, { method: 'POST', headers: { 'content-type': type }, body });
    return `${response.status} ${await response.text()}`;
  }

  test('sets the units of a user who exists, in one list', async () => {
    await scim('POST', '/Users', KIM);
    expect(await upload()).toContain('<returnCode>0</returnCode>');
    expect(await (await fetch(`${simulator.url}/_simulator/state`)).json()).toMatchObject({ users: [{ units: ['A', 'B'] }], effects: [{ kind: 'create' }, { kind: 'units', units: ['A', 'B'] }] });
  });

  test.each([
    ['a user nobody knows', {}, '106', 'User mora.k does not exist'],
    ['a wrong password', { password: 'x' }, '100', 'authentication failed'],
    ['an unknown connector', { connector: 'Other' }, '255', 'unknown connector'],
    ['other columns', { csv: 'Modification_Type,Username,Business_Units\nU,mora.k,A' }, '106', 'the columns must be'],
    ['no row', { csv: 'Modification Type,Username,Business Units' }, '107', 'no data'],
    ['an unknown modification', { csv: 'Modification Type,Username,Business Units\nX,mora.k,A' }, '106', 'modification type'],
    ['a broken quote', { csv: 'Modification Type,Username,Business Units\nU,"mora.k,A' }, '106', 'RFC 4180'],
    ['a bare carriage return', { csv: 'Modification Type,Username,Business Units\nU,mo]]>&#13;<![CDATA[ra.k,A' }, '106', 'RFC 4180'],
    ['a header block where none is expected', { csv: 'Type=X\n\nModification Type,Username,Business Units\nU,mora.k,A' }, '106', ''],
    ['an empty unit', { csv: 'Modification Type,Username,Business Units\nU,mora.k,A~' }, '106', 'business unit'],
  ])('with %s is a failure with status 200', async (_, change, returnCode, explanation) => {
    const answer = await upload(change);
    expect(answer).toContain(`<returnCode>${returnCode}</returnCode>`);
    expect(answer).toContain(explanation);
    expect(answer).toMatch(/^200 /);
  });

  test('in another SOAP version, namespace, order or media type is a fault or refused', async () => {
    expect(await upload({ soap: 'http://www.w3.org/2003/05/soap-envelope' })).toContain('VersionMismatch');
    expect(await upload({ ns: 'insite:other' })).toContain('Fault');
    expect(await upload({ extra: '<more/>' })).toContain('Fault');
    expect(await upload({}, 'application/json')).toMatch(/^415 /);
  });
});

function patch(...operations: readonly object[]): object {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
}
