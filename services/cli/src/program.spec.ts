import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectorStatus, LinkStatus, OutboxListing, SystemStatus, UserIdentity, UserStatus } from '@rolebridge/contracts';
import { run } from './program.ts';

const NOW = Date.parse('2026-02-03T08:15:00Z');
const ID = '6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01';
const folder = mkdtempSync(join(tmpdir(), 'cli-'));
const landscape = join(folder, 'systems.yaml');

const NO_LINKS = { pending: 0, applying: 0, accepted: 0, applied: 0, unchanged: 0, waiting: 0, held: 0, rejected: 0, exhausted: 0, superseded: 0 };
const SALES: SystemStatus = { system: 'sales-cloud', kind: 'sales-cloud', mode: 'active', backlog: 12, oldestPendingSeconds: 63, states: { ...NO_LINKS, pending: 12, rejected: 1, exhausted: 2 }, breaker: 'closed', lastSuccessAt: '2026-02-03T08:14:48Z', ready: true };
const FIELDGLASS: SystemStatus = { system: 'fieldglass', kind: 'fieldglass', mode: 'shadow', backlog: 0, oldestPendingSeconds: null, states: { ...NO_LINKS, held: 3 }, breaker: 'halted', breakerReason: 'credentials refused\u001b[31m', lastSuccessAt: null, ready: false };
const LI: UserIdentity = { id: ID, userName: 'li.ng', presence: 'active', generation: 8 };
const LINK: LinkStatus = {
  system: 'sales-cloud',
  state: 'accepted',
  presence: 'active',
  wishedGeneration: 3,
  appliedGeneration: 2,
  userGeneration: 7,
  accountKey: 'li.ng',
  attempt: 2,
  nextAttemptAt: '2026-02-03T08:17:00Z',
  failure: { kind: 'transient', code: 'http-503', message: 'The target is away.' },
  confirmable: false,
  entitlements: { unit: { complete: true, items: [{ value: '200', rules: ['units-direct'], primary: true }] }, role: { complete: false, items: [{ value: 'FIELD_SALES', rules: ['field-sales', 'pass-through'] }] }, group: { complete: true, items: [] } },
  updatedAt: '2026-02-03T08:14:00Z',
};

const EMPTY: OutboxListing = { rows: 0, oldestSeconds: 0, aside: 0, keys: [] };
const NOTHING_WAITS = [200, EMPTY] as const;

type Answers = Readonly<Record<string, readonly [status: number, body: unknown]>>;

const servers: Server[] = [];

/** A service as far as the operator interface shows it: fixed answers for one good token. */
async function service(answers: Answers): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = request.headers.authorization === 'Bearer good' ? ({ '/operator/outbox': NOTHING_WAITS, ...answers }[request.url ?? ''] ?? [404, {}]) : [401, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** Ingest and role-mapping, where nothing waits unless a test says otherwise. */
let frontUrl = '';
const place = { place: 'role-mapping', held: 0, dropped: 0, listing: null, enabled: true, windowMs: 600_000, share: 0.05, fromAccounts: 100, count: 10, approvals: 1 };
const front = (deadLetters: number, held: number, changes: readonly object[] = []): Answers => {
  const listing = [200, { places: [{ ...place, held }], changes }] as const;
  const brake = ['limit=1', 'dropped=true&limit=1', 'dropped=true&limit=10000'].map((query) => [`/operator/brake?${query}`, listing] as const);
  return { '/operator/dead-letters?limit=1': [200, { letters: [], total: deadLetters, next: null }], ...Object.fromEntries(brake) };
};

beforeEach(async () => {
  frontUrl = await service(front(0, 0));
});
afterEach(() => servers.splice(0).forEach((server) => server.close()));
afterAll(() => rmSync(folder, { recursive: true }));

const status = (...systems: SystemStatus[]): readonly [number, ConnectorStatus] => [200, { systems }];
const links = (...systems: LinkStatus[]): readonly [number, UserStatus] => [200, { userId: ID, systems }];
const NOBODY = 'http://127.0.0.1:65529';

function writeLandscape(salesUrl: string, fieldglassUrl: string): void {
  const entry = (name: string, url: string) => `  - {name: ${name}, kind: ${name}, url: "https://x.example", operatorUrl: "${url}"}\n`;
  writeFileSync(landscape, `systems:\n${entry('sales-cloud', salesUrl)}${entry('fieldglass', fieldglassUrl)}`);
}

async function rolebridge(...argv: string[]) {
  return rolebridgeAs('good', ...argv);
}

async function rolebridgeAs(token: string, ...argv: string[]) {
  let [out, err] = ['', ''];
  const atFront = (option: string): readonly string[] => (argv[0] !== 'status' || argv.includes(option) ? [] : [option, frontUrl]);
  const code = await run(argv[0] === 'status' ? [...argv, '--landscape', landscape, ...atFront('--ingest'), ...atFront('--role-mapping')] : argv, {
    env: token ? { ROLEBRIDGE_TOKEN: token } : {},
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    stdin: () => Promise.resolve('a long password\n'),
    nowMs: () => NOW,
    untilInterrupted: () => new AbortController().signal,
    pause: () => Promise.resolve(),
  });
  return { code, out, err };
}

describe('rolebridge status', () => {
  test('shows a row per system and what needs somebody', async () => {
    writeLandscape(await service({ '/operator/status': status(SALES) }), await service({ '/operator/status': status(FIELDGLASS) }));
    const { code, out, err } = await rolebridge('status');
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      'SYSTEM       KIND         MODE    BREAKER  BACKLOG     OLDEST  WAITING  HELD  DEAD  LAST SUCCESS',
      'sales-cloud  sales-cloud  active  closed        12  1 min 3 s        0     0     3  12 s ago',
      'fieldglass   fieldglass   shadow  halted         0          —        0     3     0  —',
      '',
      'sales-cloud: 3 dead: rolebridge dead-letters list --target sales-cloud; --all shows those dismissed, too',
      'fieldglass: the breaker is halted, so everybody waits and nobody is buried; it goes on by itself once this is mended: credentials refused�[31m',
      'fieldglass: in shadow mode nothing is sent; set mode: active in the landscape file to send.',
      'fieldglass: 3 held back by the brake: rolebridge brake list --system fieldglass',
      '',
    ]);
  });

  test('tells what waits at the front door and at the brake over all systems, which no row of a system shows', async () => {
    const url = await service({ '/operator/status': status({ ...SALES, states: NO_LINKS }, { ...SALES, system: 'fieldglass', states: { ...NO_LINKS, waiting: 2 } }) });
    writeLandscape(url, url);
    frontUrl = await service(front(5, 4));
    const { code, out } = await rolebridge('status');
    expect([code, out.split('\n').slice(4)]).toEqual([0, [
      'ingest: 5 dead: rolebridge dead-letters list --consumer ingest',
      'role-mapping: 4 held back by the brake over all systems: rolebridge brake list --system role-mapping',
      'role-mapping: 5 dead: rolebridge dead-letters list --consumer role-mapping',
      'fieldglass: 2 wait for something else to be there first; looked at again by itself, rolebridge status <user> tells for what.',
      '',
    ]]);
    const { out: json } = await rolebridge('status', '--json');
    expect(JSON.parse(json)).toMatchObject({ services: [{ service: 'ingest', deadLetters: 5, held: 0 }, { service: 'role-mapping', deadLetters: 5, held: 4 }] });
    expect(await rolebridge('status', '--ingest', NOBODY)).toMatchObject({ code: 5, out: expect.stringContaining('role-mapping: 4 held'), err: expect.stringContaining('Ingest cannot be reached') });
  });

  test('asks a connector that serves two systems once', async () => {
    const url = await service({ '/operator/status': status(SALES, FIELDGLASS) });
    writeLandscape(url, url);
    const { code, out } = await rolebridge('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ systems: [{ system: 'sales-cloud', status: SALES }, { system: 'fieldglass', status: FIELDGLASS }] });
  });

  test('shows the others when one connector is down, and says so', async () => {
    writeLandscape(await service({ '/operator/status': status(SALES) }), NOBODY);
    const { code, out, err } = await rolebridge('status');
    expect(code).toBe(5);
    expect(out).toContain('fieldglass   ?            ?       no answer');
    expect(err).toBe(`The connector of fieldglass cannot be reached at ${NOBODY} (ECONNREFUSED); is it running?\n`);
  });

  test('names a system that its connector does not serve', async () => {
    const url = await service({ '/operator/status': status(SALES) });
    writeLandscape(url, url);
    expect(await rolebridge('status')).toMatchObject({ code: 1, err: `The connector at ${url} does not serve fieldglass; restart it with the landscape file of now.\n` });
  });

  test.each<[string, readonly [number, unknown], number, string]>([
    ['does not permit', [403, {}], 4, 'needs the right read'],
    ['cannot answer now', [503, {}], 5, 'cannot answer now (503)'],
    ['is something else', [200, '<html>'], 1, 'does not understand'],
    ['is much older', [200, { systems: [{ ...SALES, states: {} }] }], 1, 'does not understand'],
    ['fails', [500, {}], 1, 'answered 500'],
    ['has no such route', [404, {}], 1, 'has no operator interface'],
  ])('ends with one sentence when a service %s', async (_, answer, code, sentence) => {
    const url = await service({ '/operator/status': answer });
    writeLandscape(url, url);
    const result = await rolebridge('status');
    expect(result).toMatchObject({ code, out: expect.stringContaining('no answer'), err: expect.stringContaining(sentence) });
    expect(result.err.trim().split('\n')).toHaveLength(1);
  });

  test('ends with one sentence for a wrong token, none, or a missing landscape file', async () => {
    const url = await service({});
    writeLandscape(url, url);
    expect(await rolebridgeAs('bad', 'status')).toMatchObject({ code: 4, out: '', err: expect.stringContaining('The connector of sales-cloud, fieldglass refused the operator token; check ROLEBRIDGE_TOKEN or --token-file.\n') });
    expect(await rolebridgeAs('', 'status')).toMatchObject({ code: 2, err: 'No operator token: set ROLEBRIDGE_TOKEN or give --token-file <file>.\n' });
    expect(await rolebridge('status', '--token-file', join(folder, 'none'))).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
    rmSync(landscape);
    expect(await rolebridge('status')).toMatchObject({ code: 1, err: `${landscape}: does not exist; give the path of a readable YAML file.\nThe landscape file is named by --landscape or LANDSCAPE_FILE.\n` });
  });
});

describe('rolebridge status <user>', () => {
  const query = '/operator/users?userName=li.ng';

  test('tells per system what is wished, applied, by which rule, and what comes next', async () => {
    const url = await service({ [query]: [200, LI], [`/operator/users/${ID}`]: links(LINK) });
    writeLandscape(url, url);
    const { code, out } = await rolebridge('status', 'li.ng', '--ingest', url);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `li.ng (${ID}): active, generation 8`,
      '',
      'sales-cloud: accepted, not confirmable here, 1 min ago',
      '  account       key li.ng',
      '  presence      active',
      '  generation    wished 3, applied 2; from user generation 7 (the user is at 8)',
      '  next attempt  in 2 min (2026-02-03T08:17:00Z), after 2 failed attempts',
      '  unit          200 (primary)  by units-direct',
      '  role          FIELD_SALES  by field-sales, pass-through',
      '  group         none; whatever is there is taken away',
      '  last failure  transient, http-503: The target is away.',
      '                The target is busy or away; it is tried again by itself.',
      '',
    ]);
  });

  test('tells that the newest change is held over all systems, and why what is due waits', async () => {
    const due: LinkStatus = { ...LINK, system: 'fieldglass', state: 'pending', attempt: 0, nextAttemptAt: '2026-02-03T08:14:30Z' };
    const url = await service({ [query]: [200, LI], [`/operator/users/${ID}`]: links(due), '/operator/status': status({ ...FIELDGLASS, mode: 'active' }) });
    writeLandscape(url, url);
    const change = { place: 'role-mapping', userId: ID, generation: 8, number: 1, since: '2026-02-03T08:13:00Z', losses: [{ system: 'fieldglass', loss: 'disable' }], cause: { operation: 'patch', at: '2026-02-03T08:13:00Z', by: 'ips', correlationId: 'c' }, approvedBy: ['olga'] };
    frontUrl = await service(front(0, 1, [{ ...change, userId: 'somebody else' }, change]));
    const { code, out } = await rolebridge('status', 'li.ng', '--ingest', url);
    expect(code).toBe(0);
    expect(out.split('\n')[1]).toBe('The newest change is held by the brake over all systems, 2 min ago, approved by olga (fieldglass: disable): rolebridge brake list --system role-mapping');
    expect(out).toContain('  next attempt  due for 30 s (2026-02-03T08:14:30Z)\n');
    expect(out).toContain('  waits         the breaker of fieldglass is halted, so everybody waits and nobody is buried');
    frontUrl = await service(front(0, 1, [{ ...change, droppedBy: 'anna' }]));
    expect((await rolebridge('status', 'li.ng', '--ingest', url)).out).toContain('dropped by anna');
  });

  test('takes a user id as well, and prints JSON', async () => {
    const url = await service({ [`/operator/users/${ID}`]: links(LINK) });
    writeLandscape(url, url);
    const { code, out } = await rolebridge('status', ID.toUpperCase(), '--json', '--ingest', NOBODY);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ user: { id: ID }, systems: [LINK], heldOverAll: [] });
  });

  test('says when a known user has no account anywhere', async () => {
    const url = await service({ [query]: [200, LI] });
    writeLandscape(url, url);
    expect(await rolebridge('status', 'li.ng', '--ingest', url)).toMatchObject({ code: 0, out: expect.stringContaining('No system has an account for this user') });
  });

  test('ends with exit code 3 for somebody unknown', async () => {
    const url = await service({});
    writeLandscape(url, url);
    expect(await rolebridge('status', 'no body&x', '--ingest', url)).toMatchObject({ code: 3, out: '', err: 'Nobody has the user name no body&x.\n' });
    expect(await rolebridge('status', ID)).toMatchObject({ code: 3, err: `No system knows a user with the id ${ID}.\n` });
  });

  test('ends with exit code 5 when ingest is down, and shows what is left when a connector is', async () => {
    const url = await service({ [query]: [200, LI], [`/operator/users/${ID}`]: links(LINK) });
    writeLandscape(url, NOBODY);
    expect(await rolebridge('status', 'li.ng', '--ingest', NOBODY)).toMatchObject({ code: 5, out: '', err: expect.stringContaining('Ingest cannot be reached') });
    expect(await rolebridge('status', 'li.ng', '--ingest', url)).toMatchObject({ code: 5, out: expect.stringContaining('FIELD_SALES'), err: expect.stringContaining('fieldglass cannot be reached') });
  });
});

describe('the command line', () => {
  test.each([[['staus']], [['status', '--nope']], [['status', '--timeout', 'soon']], [['status', '--ingest', 'localhost:80']], [[]]])('%j is wrong usage', async (argv) => {
    expect(await rolebridge(...argv)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/\S/) });
  });

  test('explains itself', async () => {
    expect(await rolebridge('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes') });
    expect(await rolebridge('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect((await rolebridge('staus')).err).toContain('Add --help');
    expect(await rolebridge('status', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('Examples') });
  });

  test('makes hashes for the files of callers and operators', async () => {
    expect((await rolebridge('hash-secret')).out).toMatch(/^scrypt\$16384\$8\$5\$/);
    expect((await rolebridge('hash-secret', '--new-token')).out).toMatch(/^token: [\w-]{43}\nhash: {2}sha256\$[0-9a-f]{64}\n$/);
  });
});
