import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestAuthority } from '@rolebridge/local-stack';
import { createMetrics } from '@rolebridge/observability';
import { certificateOfHeader, clientCertificate, hashSecret, KeysUnavailableError, loadCallers, newToken, type CallerOptions, type TokenKey } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'book-'));
const file = join(folder, 'callers.yaml');
const authority = new TestAuthority();
afterAll(() => {
  rmSync(folder, { recursive: true });
  authority.remove();
});

const NOW = new Date('2026-11-22T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const [rsa, ec, ed] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ed25519')];
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
let published = [jwk(rsa.publicKey, 'rsa'), jwk(ec.publicKey, 'ec'), jwk(ed.publicKey, 'ed'), jwk(weak.publicKey, 'weak')];

function jwk(key: KeyObject, kid: string): object {
  return { ...key.export({ format: 'jwk' }), kid, use: 'sig' };
}

const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const CLAIMS = { iss: 'https://tenant.example', aud: ['other', 'rolebridge'], azp: 'client-1', sub: 'client-1', scope: 'a provision', iat: SECONDS, exp: SECONDS + 300 };

function signed(claims: object, alg: string, kid: string, make: (data: Buffer) => Buffer): string {
  const data = `${b64({ alg, kid })}.${b64(claims)}`;
  return `Bearer ${data}.${make(Buffer.from(data)).toString('base64url')}`;
}
const byRsa = (claims: object, kid = 'rsa', key = rsa.privateKey): string => signed(claims, 'RS256', kid, (data) => sign('sha256', data, key));

const keys: TokenKey[] = [{ id: 'k1', secret: Buffer.alloc(32, 1) }];
let reads = 0;
const answerKeys = async () => {
  reads += 1;
  return new Response(JSON.stringify({ keys: published }));
};

function book(callers: string, options: CallerOptions = {}) {
  writeFileSync(file, `issuers: [{name: tenant, issuer: 'https://tenant.example', audience: rolebridge, jwks: 'https://tenant.example/certs'}]\ncallers: [${callers}]`);
  const tokenKeys = { current: async () => keys[0] ?? Promise.reject(new Error('no key')), byId: async (id: string) => keys.find((key) => key.id === id) };
  return loadCallers(file, { refusalMs: 0, recheckMs: 0, now: () => NOW, fetch: answerKeys, tokenKeys, ...options });
}
const identify = async (known: ReturnType<typeof book>, authorization: string) => {
  const verdict = await known.identify({ authorization, source: 's' });
  return verdict.kind === 'known' ? verdict.caller.name : verdict.offered;
};

const TENANT = '{name: iag, rights: [read], tokens: [{issuer: tenant, client: client-1}]}';

describe('a token of an issuer', () => {
  test('lets in the caller whose client it names, by every kind of signature', async () => {
    const known = book(TENANT);
    expect(await identify(known, byRsa(CLAIMS))).toBe('iag');
    expect(await identify(known, signed(CLAIMS, 'ES256', 'ec', (data) => sign('sha256', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' })))).toBe('iag');
    expect(await identify(known, signed(CLAIMS, 'EdDSA', 'ed', (data) => sign(null, data, ed.privateKey)))).toBe('iag');
    expect(await identify(known, signed(CLAIMS, 'PS256', 'rsa', (data) => sign('sha256', data, { key: rsa.privateKey, padding: 6, saltLength: 32 })))).toBe('iag');
  });

  test.each([
    ['another issuer', byRsa({ ...CLAIMS, iss: 'https://evil.example' })],
    ['another audience', byRsa({ ...CLAIMS, aud: 'somebody-else' })],
    ['another client', byRsa({ ...CLAIMS, azp: 'client-2' })],
    ['a client that only a weaker claim names', byRsa({ ...CLAIMS, client_id: 'client-2' })],
    ['an end that has passed', byRsa({ ...CLAIMS, exp: SECONDS - 31 })],
    ['no end', byRsa({ ...CLAIMS, exp: undefined })],
    ['a beginning to come', byRsa({ ...CLAIMS, nbf: SECONDS + 31 })],
    ['a foreign key', byRsa(CLAIMS, 'rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
    ['a key that is too short', byRsa(CLAIMS, 'weak', weak.privateKey)],
    ['no signature', `Bearer ${b64({ alg: 'none' })}.${b64(CLAIMS)}.`],
    ['the algorithm none', `Bearer ${b64({ alg: 'none' })}.${b64(CLAIMS)}.AAAA`],
    ['an inherited algorithm', signed(CLAIMS, 'constructor', 'rsa', () => Buffer.from('x'))],
    ['the public key as a shared secret', signed(CLAIMS, 'HS256', 'rsa', (data) => createHmac('sha256', rsa.publicKey.export({ format: 'pem', type: 'spki' })).update(data).digest())],
    ['an algorithm of another kind of key', signed(CLAIMS, 'ES256', 'rsa', (data) => sign('sha256', data, rsa.privateKey))],
  ])('with %s lets nobody in', async (_, authorization) => {
    expect(await identify(book(TENANT), authorization)).toBe('token');
  });

  test('must carry the scope that the entry asks for', async () => {
    const scoped = (scope: string) => book(`{name: iag, rights: [read], tokens: [{issuer: tenant, client: client-1, scope: ${scope}}]}`);
    expect(await identify(scoped('provision'), byRsa(CLAIMS))).toBe('iag');
    expect(await identify(scoped('prov'), byRsa(CLAIMS))).toBe('token');
    expect(await identify(scoped('admin'), byRsa({ ...CLAIMS, roles: ['admin'] }))).toBe('iag');
  });

  test('by a new key is believed once the issuer publishes it; keys are not fetched for every token', async () => {
    const next = generateKeyPairSync('rsa', { modulusLength: 2048 });
    let clock = 0;
    const known = book(TENANT, { nowMs: () => clock });
    reads = 0;
    for (let n = 0; n < 5; n += 1) await identify(known, byRsa(CLAIMS));
    expect(reads).toBe(1);
    published = [...published, jwk(next.publicKey, 'next')];
    expect(await identify(known, byRsa(CLAIMS, 'next', next.privateKey))).toBe('token');
    clock = 31_000;
    expect(await identify(known, byRsa(CLAIMS, 'next', next.privateKey))).toBe('iag');
    expect(reads).toBe(2);
  });

  test('is neither right nor wrong while the keys cannot be had; keys read before stay valid', async () => {
    let [clock, down] = [0, true];
    const known = book(TENANT, { nowMs: () => clock, fetch: () => (down ? Promise.reject(new Error('down')) : answerKeys()) });
    await expect(identify(known, byRsa(CLAIMS))).rejects.toThrow(KeysUnavailableError);
    [clock, down] = [31_000, false];
    expect(await identify(known, byRsa(CLAIMS))).toBe('iag');
    [clock, down] = [31_000 + 601_000, true];
    expect(await identify(known, byRsa(CLAIMS))).toBe('iag');
  });
});

describe('a token of ours', () => {
  const [secret, second] = [newToken(), newToken()];
  const own = async (...secrets: readonly string[]) => `{name: idm, rights: [read], secrets: [${(await Promise.all(secrets.map((one) => hashSecret(one, 'sha256')))).map((hash) => `'${hash}'`).join(',')}]}`;

  test('is given for name and secret, and lets in on every instance with the same keys', async () => {
    const issued = await book(await own(secret)).issue('idm', secret, 's');
    if (!('token' in issued)) throw new Error('no token');
    expect(issued).toMatchObject({ seconds: 1800, caller: { name: 'idm' } });
    expect(await identify(book(await own(secret)), `Bearer ${issued.token}`)).toBe('idm');
    expect(await book(await own(secret)).issue('idm', 'wrong', 's')).toEqual({});
  });

  test('ends: after its time, with its key, with its entry, with the secret it was given for', async () => {
    const issued = await book(await own(secret)).issue('idm', secret, 's');
    const authorization = 'token' in issued ? `Bearer ${issued.token}` : '';
    expect(await identify(book(await own(second, secret)), authorization)).toBe('idm');
    expect(await identify(book(await own(second)), authorization)).toBe('token');
    expect(await identify(book((await own(secret)).replace('idm', 'other')), authorization)).toBe('token');
    expect(await identify(book(await own(secret), { now: () => new Date(NOW.getTime() + 1_831_000) }), authorization)).toBe('token');
    expect(await identify(book(await own(secret), { now: () => new Date(NOW.getTime() + 1_829_000) }), authorization)).toBe('idm');
    const others = { current: async () => ({ id: 'k1', secret: Buffer.alloc(32, 2) }), byId: async () => ({ id: 'k1', secret: Buffer.alloc(32, 2) }) };
    expect(await identify(book(await own(secret), { tokenKeys: others }), authorization)).toBe('token');
  });
});

describe('a client certificate', () => {
  const [client, stranger] = [authority.signed('client', '/C=DE/O=SAP, Inc/CN=ips'), authority.stranger('stranger', '/CN=ips')];
  const shown = (pem: string, verified = true) => clientCertificate(pem, { verified, now: new Date() });
  const name = async (callers: string, pem: string, verified = true) => {
    const verdict = await book(callers).identify({ source: 's', certificate: shown(pem, verified) });
    return verdict.kind === 'known' ? verdict.caller.name : verdict.offered;
  };
  const bySubject = `{name: ips, rights: [read], certificates: [{subject: 'CN=ips, O=SAP\\, Inc, C=DE'}]}`.replace('\\', '');

  test('stands for the entry with its fingerprint, whoever signed it', async () => {
    const byFingerprint = (pem: string) => `{name: ips, rights: [read], certificates: [{fingerprint: '${shown(pem)?.fingerprint.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:')}'}]}`;
    expect(await name(byFingerprint(client.pem), client.pem)).toBe('ips');
    expect(await name(byFingerprint(stranger.pem), stranger.pem, false)).toBe('ips');
    expect(await name(byFingerprint(client.pem), stranger.pem)).toBe('other');
  });

  test('stands for the entry with its subject only if its chain was verified', async () => {
    expect(await name(bySubject, client.pem)).toBe('ips');
    expect(await name(bySubject, client.pem, false)).toBe('other');
    expect(await name(`{name: ips, rights: [read], certificates: [{subject: 'CN=ips'}]}`, client.pem)).toBe('other');
  });

  test('that is not valid now is none', () => {
    expect(clientCertificate(client.pem, { verified: true, now: new Date(Date.now() + 3 * 86_400_000) })).toBeUndefined();
    expect(clientCertificate('nonsense', { verified: true, now: new Date() })).toBeUndefined();
  });

  test('is read from the header of each common proxy', () => {
    const how = { verified: true, now: new Date() };
    const der = client.pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
    for (const header of [encodeURIComponent(client.pem), client.pem.trim().replaceAll('\n', ' '), der, `:${der}:`, `By=spiffe://x;Hash=00;Cert="${encodeURIComponent(client.pem)}";Subject="CN=evil"`]) {
      expect(certificateOfHeader(header, how)).toEqual(shown(client.pem));
    }
    for (const header of ['', '%', 'x'.repeat(20_000), 'Cert="', '-----BEGIN CERTIFICATE-----']) expect(certificateOfHeader(header, how)).toBeUndefined();
  });
});

describe('who guesses', () => {
  test('waits longer each time, at each source apart, and is counted', async () => {
    const metrics = createMetrics('test');
    const known = book(TENANT, { refusalMs: 20, metrics });
    const took = async (source: string) => {
      const started = performance.now();
      await known.identify({ authorization: 'Bearer wrong', source });
      return performance.now() - started;
    };
    const waits = [await took('a'), await took('a'), await took('a'), await took('a')];
    expect(waits.map((wait) => wait >= 19)).toEqual([true, true, true, true]);
    expect(waits[3]).toBeGreaterThanOrEqual(159);
    expect(await took('b')).toBeLessThan(100);
    expect(await metrics.registry.metrics()).toContain('reason="wrong-secret",service="test"} 5');
  });

  test('from one source in crowds is sent away at once', async () => {
    const known = book(TENANT, { refusalMs: 50 });
    const verdicts = await Promise.all(Array.from({ length: 60 }, () => known.identify({ authorization: 'Bearer wrong', source: 'a' })));
    expect(verdicts.filter((verdict) => 'retryAfterSeconds' in verdict)).toHaveLength(10);
  });
});
