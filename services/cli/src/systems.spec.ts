import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'cli-systems-'));
const landscape = join(folder, 'systems.yaml');
writeFileSync(landscape, 'systems:\n  - {name: fieldglass, kind: fieldglass, url: "https://x.example"}\n  - {name: s4-test, kind: s4hana-cloud, url: "https://y.example"}\n');
afterAll(() => rmSync(folder, { recursive: true }));

async function told(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const written = { out: '', err: '' };
  const code = await run(['systems', 'export', ...argv, '--landscape', landscape], { env: {}, out: (text) => void (written.out += text), err: (text) => void (written.err += text), stdin: () => Promise.resolve(''), nowMs: () => 0, untilInterrupted: () => new AbortController().signal, pause: () => Promise.resolve() });
  return { code, ...written };
}

function columns(csv: string): ReadonlyMap<string, string> {
  const [header = '', row = ''] = csv.split('\n');
  const [names, values] = [header, row].map((line) => line.split(','));
  expect(values?.length).toBe(names?.length);
  return new Map((names ?? []).map((name, at) => [name, values?.[at] ?? '']));
}

test('a system becomes a repository file for SAP IDM: where it is, how members are written, no credentials', async () => {
  const { code, out } = await told('fieldglass', '--url', 'https://rolebridge.example.org');
  expect(code).toBe(0);
  expect(out.split('\n').slice(0, 2).every((line) => line.endsWith(','))).toBe(true);
  expect(Object.fromEntries(columns(out))).toMatchObject({
    Name: '"FIELDGLASS"',
    TypeQN: '"com.sap.idm.connector.scim:reptype.SCIM"',
    SCIM_PROTOCOL: '"https"',
    SCIM_HOST: '"rolebridge.example.org"',
    SCIM_PORT: '"443"',
    SCIM_PATH: '"/ipsproxy/service/api/v1/scim/fieldglass"',
    SCIM_ASSIGNMENT_METHOD: '"PUT"',
    SYSTEM_PRIVILEGE: '"PRIV:SYSTEM:FIELDGLASS"',
    AUTH_TYPE: '"basic"',
    AUTH_USER: '',
    AUTH_PASSWORD: '',
  });
});

test('the method follows the kind of the system; name, port and path follow the options', async () => {
  const { out } = await told('s4-test', '--url', 'http://10.1.2.3:8080/bridge/', '--name', 'S4 "T"');
  expect(Object.fromEntries(columns(out))).toMatchObject({ Name: '"S4 ""T"""', SCIM_ASSIGNMENT_METHOD: '"PATCH"', SCIM_PORT: '"8080"', SCIM_PATH: '"/bridge/ipsproxy/service/api/v1/scim/s4-test"' });
});

test('a system that does not exist and a missing address are wrong usage, in one sentence', async () => {
  expect(await told('nowhere', '--url', 'https://x.example')).toMatchObject({ code: 2, out: '', err: 'There is no system nowhere; there are fieldglass, s4-test.\n' });
  expect(await told('fieldglass', '--url', 'ftp://x')).toMatchObject({ code: 2, err: expect.stringContaining('--url (or PUBLIC_URL) must be') });
});
