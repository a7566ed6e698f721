import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@rolebridge/observability';
import { loadLandscape, resolveSecret, systemsOfKind } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'landscape-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = join(folder, 'systems.yaml');
  writeFileSync(file, text);
  return file;
}

function problems(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ''));
    throw error;
  }
  return [];
}

const SYSTEM = '- {name: sales-cloud, kind: sales-cloud, url: "https://my1.example.com"';

describe('a landscape file', () => {
  test('gets its defaults, shadow mode among them (L28)', () => {
    const { systems } = loadLandscape(fileWith(`systems:\n${SYSTEM}, limits: {perMinute: 200}}`));
    expect(systems).toEqual([
      { name: 'sales-cloud', kind: 'sales-cloud', mode: 'shadow', url: 'https://my1.example.com', settleMs: 5000, limits: { concurrency: 16, perMinute: 200, timeoutMs: 30_000 }, settings: {} },
    ]);
  });

  test('that is delivered as an example is right', () => {
    const { systems } = loadLandscape(fileURLToPath(new URL('../../../deploy/systems.example.yaml', import.meta.url)));
    expect(systems.map(({ name, mode }) => [name, mode])).toEqual([['sales-cloud', 'shadow'], ['fieldglass', 'shadow']]);
  });

  test('says where a brake differs from the default: that of one system, and the one over all', () => {
    const { systems, brake } = loadLandscape(fileWith(`brake: {share: 0.1}\nsystems:\n${SYSTEM}, brake: {approvals: 2, count: 3}}`));
    expect([brake, systems[0]?.brake]).toEqual([{ share: 0.1 }, { approvals: 2, count: 3 }]);
  });

  test.each([
    ['systems:\n  - name: Sales Cloud\n    kind: sales-cloud\n    url: https://x.example', 'systems.yaml:2: systems[0] (Sales Cloud).name must be 1 to 40 lower-case letters, digits and dashes, beginning with a letter, for example sales-cloud.'],
    ['systems:\n  - name: a\n    kind: sales-clod\n    url: https://x.example', 'systems.yaml:3: systems[0] (a).kind must be the kind of a connector: sales-cloud, fieldglass, s4hana-cloud, identity-authentication, scim, or x-… for one of your own.'],
    ['systems:\n  - name: a\n    kind: scim\n    url: my1.example.com', 'systems.yaml:4: systems[0] (a).url must be an address that begins with https:// or http://.'],
    ['systems:\n  - name: a\n    kind: scim\n    url: https://me:pw@x.example', 'systems.yaml:4: systems[0] (a).url must not hold a user or password; put credentials into settings, by reference.'],
    ['systems:\n  - name: a\n    kind: scim\n    url: https://x.example\n    moed: active', 'systems.yaml:5: systems[0] (a).moed is not a known key; did you mean mode?'],
    ['systems:\n  - name: a\n    kind: scim\n    url: https://x.example\n    colour: red', 'systems.yaml:5: systems[0] (a).colour is not a known key; known are name, kind, mode, url, operatorUrl, settleMs, limits, brake, proxy, settings.'],
    ['systems:\n  - name: a\n    kind: scim\n    url: https://x.example\n    limits:\n      concurrency: many', 'systems.yaml:6: systems[0] (a).limits.concurrency must be a whole number of calls in flight at once, from 1 to 1000.'],
    ['systems:\n  - name: a\n    url: https://x.example', 'systems.yaml:2: systems[0] (a).kind is missing; it must be the kind of a connector: sales-cloud, fieldglass, s4hana-cloud, identity-authentication, scim, or x-… for one of your own.'],
    ['systems:\n  - name: a\n    kind: scim\n    url: https://x.example\n    brake: {approvals: 3}', 'systems.yaml:5: systems[0] (a).brake.approvals must be 1 (the default) or 2: how many different operators must release what is held.'],
    ['brake: {share: 5}\nsystems:\n  - {name: a, kind: scim, url: "https://x.example"}', 'systems.yaml:1: brake.share must be a share of the active accounts from 0 to 1 that may lose something within the window; default 0.05.'],
    ['systems: []', 'systems.yaml:1: systems must be a list of at least one system.'],
    ['', 'systems.yaml: must be a mapping with the key systems.'],
    ['systems:\n  - {name: a', 'systems.yaml:2: is not valid YAML: Flow map in block collection must be sufficiently indented and end with a }'],
    ['systems: 1\nsystems: 2', 'systems.yaml:2: is not valid YAML: Map keys must be unique'],
  ])('%j is refused with one clear message', (text, expected) => {
    expect(problems(() => loadLandscape(fileWith(text)))).toEqual([expected]);
  });

  test('with several mistakes names each of them', () => {
    const text = `systems:\n${SYSTEM}}\n${SYSTEM}, mode: on, settleMs: -1}`;
    expect(problems(() => loadLandscape(fileWith(text)))).toHaveLength(2);
    expect(problems(() => loadLandscape(fileWith(`systems:\n${SYSTEM}}\n${SYSTEM}}`)))).toEqual(['systems.yaml:3: systems[1] (sales-cloud).name is used twice: sales-cloud is also systems[0]; names are unique.']);
  });

  test('that is missing is named', () => {
    expect(problems(() => loadLandscape(join(folder, 'none.yaml')))).toEqual(['none.yaml: does not exist; give the path of a readable YAML file.']);
  });
});

describe('a secret', () => {
  const text = `systems:\n${SYSTEM}, settings: {auth: {password: {env: PW}}, keys: [{file: key.txt}]}}`;

  test('that is missing stops the connector it belongs to, and names the field', () => {
    const landscape = loadLandscape(fileWith(text));
    expect(problems(() => systemsOfKind(landscape, 'sales-cloud', {}))).toEqual([
      'System sales-cloud, settings.auth.password: The secret {env: PW} is not set.',
      'System sales-cloud, settings.keys.0: The secret {file: key.txt} is missing, unreadable or empty.',
    ]);
    expect(problems(() => systemsOfKind(landscape, 'fieldglass', {}))).toEqual(['The landscape has no system of kind fieldglass; add one, or do not start its connector.']);
  });

  test('is read from the environment, or from a file beside the landscape', () => {
    writeFileSync(join(folder, 'key.txt'), 'k 1\n');
    const [system] = systemsOfKind(loadLandscape(fileWith(text)), 'sales-cloud', { PW: 'p' });
    expect(system?.settings['keys']).toEqual([{ file: join(folder, 'key.txt') }]);
    expect(resolveSecret({ file: join(folder, 'key.txt') })).toBe('k 1');
    expect(resolveSecret({ env: 'PW' }, { PW: 'p' })).toBe('p');
    expect(() => resolveSecret({ env: 'PW' }, {})).toThrow('{env: PW} is not set');
  });
});
