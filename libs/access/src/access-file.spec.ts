import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, createLogger, createMetrics } from '@rolebridge/observability';
import { hashSecret, loadCallers, loadOperators, newToken, type Refusal } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'access-'));
const file = join(folder, 'callers.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const token = newToken();
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
/** A cheap cost, so that the tests are fast; the form is the real one. */
const SCRYPT_PW = 'scrypt$16$8$1$c2FsdHNhbHRzYWx0$';
let passwordHash = '';

beforeAll(async () => {
  const { scryptSync } = await import('node:crypto');
  passwordHash = SCRYPT_PW + scryptSync('p:w ü', Buffer.from('c2FsdHNhbHRzYWx0', 'base64url'), 32, { N: 16, r: 8, p: 1 }).toString('base64url');
});

async function callers(options: Parameters<typeof loadCallers>[1] = {}) {
  const tokenHash = await hashSecret(token, 'sha256');
  writeFileSync(file, `callers:\n  - {name: ips, user: ips-user, rights: [read, write], systems: [fieldglass], secrets: ['${passwordHash}']}\n  - {name: idm, rights: [read], secrets: ['${tokenHash}']}\n`);
  return loadCallers(file, { refusalMs: 0, recheckMs: 0, ...options });
}

describe('a caller', () => {
  test('is known by user and password, with rights and systems', async () => {
    expect(await (await callers()).authenticate(basic('ips-user', 'p:w ü'))).toEqual({ name: 'ips', rights: ['read', 'write'], systems: ['fieldglass'], resources: ['users', 'groups', 'events', 'proxy', 'old-paths'], dialect: 'rfc' });
  });

  test('is known by a random token, as bearer or as password', async () => {
    const known = await callers();
    expect(await known.authenticate(`Bearer ${token}`)).toMatchObject({ name: 'idm', rights: ['read'], systems: [] });
    expect(await known.authenticate(basic('idm', token))).toMatchObject({ name: 'idm' });
    expect(await known.authenticate(`bearer  ${token} `)).toMatchObject({ name: 'idm' });
  });

  test.each([
    ['Bearer wrong', 'wrong-secret'],
    [basic('ips-user', 'wrong'), 'wrong-secret'],
    [basic('ips', 'p:w ü'), 'unknown-user'],
    ['Basic !!!', 'malformed'],
    [`Basic ${Buffer.from('no colon').toString('base64')}`, 'malformed'],
    ['Digest abc', 'malformed'],
    [`Bearer ${'x'.repeat(10_000)}`, 'malformed'],
  ])('with wrong credentials is refused, and counted: %s', async (header, reason) => {
    const refusals: Refusal[] = [];
    const known = await callers({ onRefused: (refusal) => refusals.push(refusal) });
    expect(await known.authenticate(header)).toBeUndefined();
    expect(refusals).toEqual([reason]);
  });

  test('guessed at often is counted each time, logged now and then, and never quoted', async () => {
    const lines: string[] = [];
    const metrics = createMetrics('test');
    const known = await callers({ metrics, log: createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } }) });
    for (let n = 0; n < 5; n += 1) await known.authenticate(basic('ips-user', `guess-${n}`));
    expect(await metrics.registry.metrics()).toContain('rolebridge_credentials_refused_total{file="callers",reason="wrong-secret",service="test"} 5');
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toMatch(/guess|ips-user/);
  });

  test('without credentials is refused at once, and not counted', async () => {
    const refusals: Refusal[] = [];
    expect(await (await callers({ refusalMs: 60_000, onRefused: (refusal) => refusals.push(refusal) })).authenticate(undefined)).toBeUndefined();
    expect(refusals).toEqual([]);
  });

  test('who guesses waits; others do not', async () => {
    const known = await callers({ refusalMs: 20 });
    const started = performance.now();
    const answered: string[] = [];
    const guesses = Array.from({ length: 40 }, (_, n) => known.authenticate(basic('ips-user', `guess ${n}`)).then((who) => answered.push(who ? 'let in' : 'refused')));
    await known.authenticate(`Bearer ${token}`).then((who) => answered.push(who?.name ?? 'refused'));
    expect(answered).toEqual(['idm']);
    await Promise.all(guesses);
    expect(answered).toEqual(['idm', ...Array.from({ length: 40 }, () => 'refused')]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(639);
  });

  test('with a slow password hash can send a thousand requests a second', async () => {
    const slow = await hashSecret('a password');
    writeFileSync(file, `callers: [{name: ips, rights: [write], secrets: ['${slow}']}]`);
    const known = loadCallers(file);
    await Promise.all(Array.from({ length: 20 }, () => known.authenticate(basic('ips', 'a password'))));
    const before = process.cpuUsage();
    for (let n = 0; n < 1000; n += 1) expect(await known.authenticate(basic('ips', 'a password'))).toBeDefined();
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});

describe('the file', () => {
  test('takes effect when it changes: two secrets during a rotation, then the old one ends', async () => {
    const known = await callers();
    const next = newToken();
    writeFileSync(file, `callers: [{name: idm, rights: [read], secrets: ['${await hashSecret(token, 'sha256')}', '${await hashSecret(next, 'sha256')}']}]`);
    expect(await known.authenticate(`Bearer ${token}`)).toBeDefined();
    expect(await known.authenticate(`Bearer ${next}`)).toBeDefined();
    writeFileSync(file, `callers: [{name: idm, rights: [read], secrets: ['${await hashSecret(next, 'sha256')}']}]`);
    expect(await known.authenticate(`Bearer ${token}`)).toBeUndefined();
    expect(await known.authenticate(`Bearer ${next}`)).toBeDefined();
  });

  test('ends a remembered password at once', async () => {
    const known = await callers();
    expect(await known.authenticate(basic('ips-user', 'p:w ü'))).toBeDefined();
    writeFileSync(file, `callers: [{name: ips, user: ips-user, rights: [read], secrets: ['${await hashSecret(newToken(), 'sha256')}']}]`);
    expect(await known.authenticate(basic('ips-user', 'p:w ü'))).toBeUndefined();
  });

  test('that becomes wrong or vanishes locks nobody out, and is reported without its content', async () => {
    const lines: string[] = [];
    const known = await callers({ log: createLogger({ service: 'test', destination: { write: (line) => void lines.push(line) } }) });
    writeFileSync(file, 'callers: [{name: ips, secrets: ["hunter2"]}]');
    expect(await known.authenticate(`Bearer ${token}`)).toBeDefined();
    unlinkSync(file);
    expect(await known.authenticate(`Bearer ${token}`)).toBeDefined();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('rights is missing');
    expect(lines.join('')).not.toContain('hunter2');
  });

  test('names every mistake with its line, and never a secret', async () => {
    const hash = await hashSecret(token, 'sha256');
    writeFileSync(file, `operators:\n  - {name: anna, rights: [read, fly], secrets: [hunter2]}\n`);
    expect(problems()).toEqual([expect.stringContaining('operators.yaml:2: operators[0] (anna).rights[1] must be read, operate or approve.')]);
    writeFileSync(file, `operators:\n  - {name: anna, rights: [read], secrets: [hunter2]}\n  - {name: anna, rights: [read], secrets: ['${hash}']}\n  - {name: bob, rights: [read], secrets: ['${hash}']}\n`);
    expect(problems()).toEqual([
      expect.stringContaining('operators.yaml:2: operators[0] (anna).secrets[0] must be a hash'),
      expect.stringContaining('operators.yaml:3: operators[1] (anna).name is used twice'),
      expect.stringContaining('operators.yaml:4: operators[2] (bob).secrets[0] belongs to an earlier entry too'),
    ]);
    expect(problems().join('')).not.toContain('hunter2');
  });
});

function problems(): readonly string[] {
  try {
    loadOperators(file);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map((problem) => problem.replace(file, 'operators.yaml'));
    throw error;
  }
  return [];
}
