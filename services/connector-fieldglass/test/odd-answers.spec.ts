import { createLogger } from '@rolebridge/observability';
import { fieldglassConnector } from '../src/fieldglass.connector.ts';
import { CannedTarget, type Canned } from './canned-target.ts';
import { LinkRecord, type FieldglassConnector } from './link-record.ts';
import { SECRETS, systemAt, tokenShelf } from './rig.ts';
import { wish } from './wishes.ts';

let target: CannedTarget;
let connector: FieldglassConnector;

afterEach(async () => {
  await connector.close?.();
  await target.close();
});

const json = (content: unknown, status = 200): Canned => ({ status, body: JSON.stringify(content) });
const users = (...logins: readonly string[]): Canned => json({ totalResults: logins.length, Resources: logins.map((userName, index) => ({ id: `id-${index}`, userName, active: true })) });
const NOBODY = users();

async function answering(answer: Parameters<typeof CannedTarget.start>[0]): Promise<void> {
  for (const [name, value] of Object.entries(SECRETS)) process.env[name] = value;
  target = await CannedTarget.start(answer);
  connector = fieldglassConnector(systemAt(target.url), { log: createLogger({ service: 'test', level: 'silent' }), sharedToken: tokenShelf() });
}

const failureOf = async (parts: Parameters<typeof wish>[0] = {}) => (await new LinkRecord('u').attempt(connector, wish(parts))).failure;

test('a search that answers with somebody else hands nobody over', async () => {
  await answering(() => users('somebody.else'));
  expect(await failureOf()).toMatchObject({ kind: 'halting', code: 'search-not-understood' });
});

test('a search is matched without regard to case, and several hits are a case for a person', async () => {
  await answering(() => users('MORA.K', 'other'));
  expect((await new LinkRecord('u').attempt(connector, wish({ presence: 'absent' }))).plan).toMatchObject({ accountId: 'id-0' });
  await connector.close?.();
  await target.close();
  await answering(() => users('mora.k', 'Mora.K'));
  expect(await failureOf()).toMatchObject({ kind: 'rejected', code: 'ambiguous-account' });
});

test('a login with quotes and ampersands is searched for as it is', async () => {
  await answering(() => NOBODY);
  await failureOf({ presence: 'absent', attributes: { userName: 'a"b&c=\\d é' } });
  expect(decodeURIComponent(target.requests[0] ?? '')).toBe('GET /api/v1/Users?filter=userName eq "a\\"b&c=\\\\d é"');
});

test('a create answered without an id is in doubt', async () => {
  await answering(({ method }) => (method === 'POST' ? json({}, 201) : NOBODY));
  expect(await failureOf()).toMatchObject({ kind: 'in-doubt', code: 'reply-not-understood' });
});

test('a login page with status 200 is not an empty system', async () => {
  await answering(() => ({ status: 200, body: '<html>Please sign in</html>' }));
  expect(await failureOf()).toMatchObject({ kind: 'unclassified', code: 'reply-not-understood' });
});

test('a redirect is not followed', async () => {
  await answering(() => ({ status: 302, headers: { location: 'https://elsewhere.example.org' } }));
  expect(await failureOf()).toMatchObject({ kind: 'halting', code: 'http-302' });
});

test('Retry-After may be a date', async () => {
  await answering(() => ({ status: 429, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } }));
  const failure = await failureOf();
  expect(failure?.retryAfterMs).toBeGreaterThan(50_000);
  expect(failure?.retryAfterMs).toBeLessThanOrEqual(60_000);
});

test('a refusal is told without the person it is about', async () => {
  await answering(({ method }) => (method === 'POST' ? json({ status: '400', scimType: 'invalidValue', detail: 'Kim Mora <kim.mora@example.org> (mora.k) is under age' }, 400) : NOBODY));
  expect((await failureOf())?.message).toBe('SAP Fieldglass answered create with 400. It refused the content. It says: invalidValue: … … <…> (…) is under age');
});

test('without published capabilities the probe searches for nobody', async () => {
  const soap = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><returnCode>107</returnCode></e:Body></e:Envelope>';
  await answering(({ url = '' }) => (url.includes('connectorn') ? { status: 200, body: soap } : url.includes('ServiceProviderConfig') ? { status: 404 } : NOBODY));
  await connector.probe(AbortSignal.timeout(5_000));
  expect(target.requests.map((request) => request.split('?')[0])).toEqual(['GET /api/v1/ServiceProviderConfig', 'GET /api/v1/Users', 'POST /ws2/services/connectorn']);
});

describe('an upload answered', () => {
  const upload = async (answer: Canned) => {
    await answering(({ url = '', method }) => (url.includes('connectorn') ? answer : method === 'POST' ? json({ id: '1', userName: 'mora.k' }, 201) : NOBODY));
    return failureOf({ units: ['PLANT10'] });
  };
  const soap = (content: string) => `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${content}</e:Body></e:Envelope>`;

  test.each([
    ['with a page of a gateway', { status: 200, body: '<html/>' }, 'unclassified', 'reply-not-understood'],
    ['without a return code', { status: 200, body: soap('<ok/>') }, 'unclassified', 'reply-not-understood'],
    ['with 401 in front of the service', { status: 401, body: soap('<e:Fault><faultcode>e:Server</faultcode></e:Fault>') }, 'halting', 'http-401'],
    ['with a fault that carries a return code', { status: 500, body: soap('<e:Fault><faultcode>e:Server</faultcode><detail><returnCode>100</returnCode></detail></e:Fault>') }, 'halting', 'upload-credentials'],
    ['with a fault of the server', { status: 500, body: soap('<e:Fault><faultcode>e:Server</faultcode><faultstring>NullPointerException</faultstring></e:Fault>') }, 'in-doubt', 'soap-server'],
    ['with a fault although the code is 0', { status: 500, body: soap('<e:Fault><faultcode>e:Client</faultcode><detail><returnCode>0</returnCode></detail></e:Fault>') }, 'rejected', 'soap-client'],
    ['with 500 and nothing else', { status: 500 }, 'in-doubt', 'http-500'],
  ])('%s', async (_, answer, kind, code) => {
    expect(await upload(answer)).toMatchObject({ kind, code });
  });
});
