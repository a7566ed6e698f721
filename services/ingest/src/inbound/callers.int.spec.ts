import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateOfHeader, hashSecret } from '@rolebridge/access';
import { TestAuthority } from '@rolebridge/local-stack';
import { stringify } from 'yaml';
import { eventually, FrontDoor } from '../test/front-door.ts';

let door: FrontDoor;
const authority = new TestAuthority();
beforeAll(async () => {
  door = await FrontDoor.open({ TRUSTED_PROXIES: '127.0.0.1', CLIENT_CERTIFICATE_HEADER: 'X-Client-Cert', CLIENT_CERTIFICATE_VERIFY_HEADER: 'X-Client-Verify' });
}, 120_000);
afterAll(async () => {
  authority.remove();
  await door.close();
});

const secretOf = (name: string): string => `${name}-token-of-this-test-0123456789abcdefghij`;

/** Adds callers beside those of every test, and waits until the service has seen them. */
async function addCallers(callers: readonly { readonly name: string; readonly rights: readonly string[]; readonly [more: string]: unknown }[]): Promise<void> {
  const entries = await Promise.all(callers.map(async (caller) => ({ secrets: [await hashSecret(secretOf(caller.name), 'sha256')], ...caller })));
  await writeFile(join(door.folder, 'callers.yaml'), stringify({ callers: entries }));
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the file is looked at once a second
}

const as = (name: string, method = 'GET', path = '/scim/v2/ServiceProviderConfig') => {
  const answer = door.call(method, path, undefined, { authorization: `Bearer ${secretOf(name)}` });
  return { answer, status: answer.then(({ status }) => status) };
};

describe('the door', () => {
  test('cannot be walked around by writing the address in another way', async () => {
    for (const path of ['/scim/v2/Users', '/%73cim/v2/Users', '/scim%2Fv2/Users', '/scim/v2/%55sers', '//scim/v2/Users', '/scim/v2/../v2/Users', '/x;/scim/v2/Users', '/SCIM/v2/Users']) {
      const { status } = await door.call('GET', path, undefined, { authorization: '' });
      expect([path, [401, 404].includes(status)]).toEqual([path, true]);
    }
    expect((await door.call('GET', '/%73cim/v2/Users', undefined, { authorization: '' })).status).toBe(401);
  });

  test('says in the form of the interface that an address cannot be read', async () => {
    const answers = await Promise.all(['/scim/v2/Users/%ff', '/events/%ff'].map((path) => fetch(`${door.url}${path}`)));
    expect(answers.map(({ status, headers }) => [status, headers.get('content-type')?.split(';')[0]])).toEqual([
      [400, 'application/scim+json'],
      [400, 'application/problem+json'],
    ]);
    expect(await answers[0]?.json()).toEqual({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '400', detail: 'The address cannot be read: its %-encoding is wrong.' });
  });

  test('lets a caller into the parts of its entry only', async () => {
    await addCallers([
      { name: 'probe', rights: ['read', 'write'] },
      { name: 'events-only', rights: ['read', 'write'], resources: ['events'] },
    ]);
    expect(await as('events-only').status).toBe(200);
    const refused = await as('events-only', 'GET', '/scim/v2/Users').answer;
    expect([refused.status, refused.body.detail]).toEqual([403, 'This needs the resource users, which events-only may not use.']);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(await as('events-only', 'GET', '/scim/v2/%55sers').status).toBe(403);
    expect(await as('probe', 'GET', '/scim/v2/%55sers').status).toBe(200);
  });
});

describe('wrong credentials', () => {
  test.each([
    ['none', {}, 'Bearer realm="rolebridge", Basic realm="rolebridge", charset="UTF-8"'],
    ['a wrong token', { authorization: 'Bearer wrong' }, 'Bearer realm="rolebridge", error="invalid_token", error_description="The token is unknown, expired or not for here.", Basic realm="rolebridge", charset="UTF-8"'],
    ['a wrong password', { authorization: `Basic ${Buffer.from('ips:wrong').toString('base64')}` }, 'Bearer realm="rolebridge", Basic realm="rolebridge", charset="UTF-8"'],
  ])('are answered with the challenge of their kind: %s', async (_, headers, challenge) => {
    const answer = await fetch(`${door.url}/scim/v2/Users`, { headers });
    expect([answer.status, answer.headers.get('www-authenticate'), answer.headers.get('content-type')]).toEqual([401, challenge, expect.stringContaining('application/scim+json')]);
    expect(await answer.json()).toEqual({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401', detail: 'The credentials are missing or wrong.' });
  });
});

describe('a caller above its limit', () => {
  test('is told when to come again; others are not concerned', async () => {
    await addCallers([
      { name: 'probe', rights: ['read', 'write'] },
      { name: 'hasty', rights: ['read'], limit: { perMinute: 6, burst: 2 } },
    ]);
    const statuses = [await as('hasty').status, await as('hasty').status];
    const third = await as('hasty').answer;
    expect([...statuses, third.status, third.body.status]).toEqual([200, 200, 429, '429']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThanOrEqual(9);
    expect(await as('probe').status).toBe(200);
  });
});

describe('the token endpoint', () => {
  const ask = (form: string | Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${door.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(form), headers });
  const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });
  const GRANT = { grant_type: 'client_credentials' };

  test('gives a token, by header or by body, that every instance takes, also after a restart', async () => {
    await addCallers([{ name: 'probe', rights: ['read', 'write'] }]);
    for (const answer of [await ask(GRANT, basic('probe', secretOf('probe'))), await ask({ ...GRANT, client_id: 'probe', client_secret: secretOf('probe') })]) {
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
      const body = (await answer.json()) as { access_token: string };
      expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 1800, scope: 'read write' });
      const other = await door.serve();
      const use = (url: string) => fetch(`${url}/scim/v2/Users?count=0`, { headers: { authorization: `Bearer ${body.access_token}` } });
      expect([(await use(door.url)).status, (await use(other.url)).status]).toEqual([200, 200]);
      await door.stop();
      await door.serve();
      expect((await use(door.url)).status).toBe(200);
    }
    expect(await door.sql('select id from token_key')).toHaveLength(1);
  });

  test.each([
    ['a wrong secret', GRANT, basic('probe', 'wrong'), [401, 'invalid_client']],
    ['no client', GRANT, {}, [401, 'invalid_client']],
    ['no grant', {}, basic('probe', 'x'), [400, 'invalid_request']],
    ['another grant', { grant_type: 'password' }, basic('probe', 'x'), [400, 'unsupported_grant_type']],
    ['secrets in both places', { ...GRANT, client_id: 'probe', client_secret: 'x' }, basic('probe', 'x'), [400, 'invalid_request']],
    ['a parameter twice', 'grant_type=client_credentials&grant_type=client_credentials', basic('probe', 'x'), [400, 'invalid_request']],
  ] as const)('refuses %s as RFC 6749 says', async (_, form, headers, [status, error]) => {
    const answer = await ask(form, headers);
    expect([answer.status, await answer.json(), answer.headers.has('www-authenticate')]).toEqual([status, expect.objectContaining({ error, error_description: expect.any(String) }), status === 401]);
  });
});

describe('a client certificate in the header of a trusted proxy', () => {
  const client = authority.signed('client', '/O=SAP/CN=ips');
  const header = encodeURIComponent(client.pem);
  const fingerprint = certificateOfHeader(header, { verified: true, now: new Date() })?.fingerprint;
  const status = async (headers: Record<string, string>) => (await fetch(`${door.url}/scim/v2/Users?count=0`, { headers })).status;

  test('stands for its caller; its subject only if the proxy verified it', async () => {
    await addCallers([
      { name: 'probe', rights: ['read'] },
      { name: 'pinned', rights: ['read'], certificates: [{ fingerprint }] },
    ]);
    expect(await status({ 'x-client-cert': header })).toBe(200);
    expect(await status({ 'x-other-cert': header })).toBe(401);
    expect(await status({ 'x-client-cert': encodeURIComponent(authority.stranger('stranger', '/O=SAP/CN=ips').pem) })).toBe(401);
    await addCallers([
      { name: 'probe', rights: ['read', 'write'] },
      { name: 'named', rights: ['read'], certificates: [{ subject: 'CN=ips,O=SAP' }] },
    ]);
    await eventually(async () => (await status({ 'x-client-cert': header, 'x-client-verify': 'SUCCESS' })) === 200);
    expect(await status({ 'x-client-cert': header, 'x-client-verify': 'FAILED:self signed' })).toBe(401);
    expect(await status({ 'x-client-cert': header })).toBe(401);
  });
});
