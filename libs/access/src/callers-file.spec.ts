import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@rolebridge/observability';
import { forbidden, hashSecret, loadCallers, newToken, subjectKey, type Caller } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'callers-'));
const file = join(folder, 'callers.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const token = newToken();

async function caller(more: string): Promise<Caller | undefined> {
  writeFileSync(file, `callers: [{name: idm, rights: [read, write], secrets: ['${await hashSecret(token, 'sha256')}'], ${more}}]`);
  return loadCallers(file).authenticate(`Bearer ${token}`);
}

describe('an entry of callers.yaml', () => {
  test('says which parts, which systems, which dialect, when to answer and how often', async () => {
    expect(await caller('resources: [proxy], systems: [fieldglass], dialect: sap, answer: applied, limit: {perMinute: 150, burst: 10}')).toEqual({
      name: 'idm',
      rights: ['read', 'write'],
      resources: ['proxy'],
      systems: ['fieldglass'],
      dialect: 'sap',
      answer: 'applied',
      limit: { perMinute: 150, burst: 10 },
    });
  });

  test('that says less may use every part, no path of a system, and speaks as the RFC', async () => {
    const known = await caller('limit: {perMinute: 60}');
    expect(known).toMatchObject({ systems: [], resources: ['users', 'groups', 'events', 'proxy', 'old-paths'], dialect: 'rfc', limit: { perMinute: 60, burst: 60 } });
    expect(known).not.toHaveProperty('answer');
  });

  test.each([
    ['dialect: german', 'dialect must be rfc, entra, okta or sap'],
    ['limit: {perMinute: 0}', 'limit.perMinute must be a number of requests per minute, 1 or more'],
    ['resources: [everything]', 'resources[0] must be users, groups, events, proxy or old-paths'],
    ['certificates: [{}]', 'certificates[0] must have a fingerprint or a subject'],
    ['certificates: [{fingerprint: abc}]', 'certificates[0].fingerprint must be the SHA-256 fingerprint'],
    ['tokens: [{issuer: tenant, client: c}]', 'tokens[0].issuer must be the name of an issuer of this file'],
  ])('is refused for %s with the field and the fix', async (more, problem) => {
    await expect(caller(more)).rejects.toThrow(ConfigurationError);
    await expect(caller(more)).rejects.toThrow(`callers[0] (idm).${problem}`);
  });

  test('needs some kind of credentials, not necessarily secrets', () => {
    writeFileSync(file, 'callers: [{name: idm, rights: [read]}]');
    expect(() => loadCallers(file)).toThrow('callers[0] (idm).secrets is missing; a caller needs secrets, certificates or tokens');
    writeFileSync(file, `callers: [{name: idm, rights: [read], certificates: [{subject: 'CN=idm,O=SAP SE'}]}]`);
    expect(() => loadCallers(file)).not.toThrow();
  });
});

describe('what a caller may do', () => {
  const known: Caller = { name: 'idm', rights: ['write'], resources: ['proxy'], systems: ['fieldglass'], dialect: 'sap' };

  test('follows from right, part and system together', () => {
    expect(forbidden(known, { right: 'write', resource: 'proxy', system: 'fieldglass' })).toBeUndefined();
    expect(forbidden(known, { right: 'read', resource: 'proxy', system: 'fieldglass' })).toBe('This needs the right read, which idm does not have.');
    expect(forbidden(known, { right: 'write', resource: 'users' })).toBe('This needs the resource users, which idm may not use.');
    expect(forbidden(known, { right: 'write', resource: 'proxy', system: 'sales-cloud' })).toBe('This needs the system sales-cloud, which idm may not use.');
  });
});

test('a subject is the same in whatever order and spacing its parts are written', () => {
  expect(subjectKey('CN=ips, o=SAP, Inc ,C=DE')).toBe(subjectKey('C=DE,O=SAP, Inc,cn=ips'));
  expect(subjectKey('CN=ips,O=x')).not.toBe(subjectKey('CN=ips,O=X'));
});
