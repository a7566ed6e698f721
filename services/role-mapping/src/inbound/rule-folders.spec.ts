import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@rolebridge/observability';

import { hashOf } from '../decide/canonical.ts';
import { loadRules } from './rule-folders.ts';

const ACCOUNT = 'account: { when: { everybody: true } }\n';

describe('rule folders', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rules-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }

  function problems(systems: readonly string[] = ['one']): readonly string[] {
    try {
      loadRules(folder, systems);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return error.problems.map((problem) => problem.replace(`${folder}/`, ''));
    }
  }

  test('the files of a folder are one set of rules, in order of their names', async () => {
    const rule = (name: string) => `rules: [{ name: ${name}, when: { unit: "1" }, give: { roles: [R] } }]\n`;
    await write({ 'one/20.yaml': rule('later'), 'one/10.yml': ACCOUNT + rule('sooner'), 'one/notes.txt': 'not a rule', 'two/a.yaml': ACCOUNT });
    const { systems } = loadRules(folder, ['one', 'two']);
    expect(systems['one']?.rules?.map(({ name }) => name)).toEqual(['sooner', 'later']);
    expect(Object.keys(systems)).toEqual(['one', 'two']);
  });

  test('layout, comments and file names make no other rule set; another order of rules does', async () => {
    const rules = (...names: readonly string[]) => `rules:\n${names.map((name) => `  - { name: ${name}, when: { unit: "1" }, give: { roles: [R] } }\n`).join('')}`;
    await write({ 'one/a.yaml': `${ACCOUNT}# comment\n${rules('x', 'y')}` });
    const first = hashOf(loadRules(folder, ['one']));
    await rm(join(folder, 'one'), { recursive: true });
    await write({ 'one/b.yaml': rules('x', 'y'), 'one/c.yaml': 'account:\n  when:\n    everybody: true\n' });
    expect(hashOf(loadRules(folder, ['one']))).toBe(first);
    await write({ 'one/b.yaml': rules('y', 'x') });
    expect(hashOf(loadRules(folder, ['one']))).not.toBe(first);
  });

  test('a system without rules, and rules without a system, stop the start (L14)', async () => {
    await write({ 'one/a.yaml': ACCOUNT, 'stray/a.yaml': ACCOUNT });
    expect(problems(['one', 'two'])).toEqual([
      expect.stringMatching(/^two: does not exist, but the system two is configured; add the folder/),
      expect.stringMatching(/^stray: holds rules for a system that is not configured; add stray to the landscape, or remove the folder/),
    ]);
    await rm(folder, { recursive: true });
    expect(problems()[0]).toMatch(/^RULES_DIR: .* cannot be read/);
  });

  test.each<[string, string, RegExp]>([
    ['a number where a text belongs', `${ACCOUNT}rules:\n  - name: r\n    when: { unit: 1000 }\n    give: { roles: [R] }\n`, /^one\/a\.yaml:4: rules\[0\] \(r\)\.when\.unit must be a text in quotes \("1000"/],
    ['an unknown key', `${ACCOUNT}rules:\n  - name: r\n    wehn: { unit: "1" }\n    when: { unit: "1" }\n    give: { roles: [R] }\n`, /^one\/a\.yaml:4: rules\[0\] \(r\)\.wehn is not a known key; did you mean when\?/],
    ['a rule that gives nothing', `${ACCOUNT}rules:\n  - name: r\n    when: { unit: "1" }\n`, /^one\/a\.yaml:3: rules\[0\] \(r\)\.give is missing; it must be an object with roles, units or groups/],
    ['a policy that does not exist', `${ACCOUNT}settings: { primaryUnit: last }\n`, /^one\/a\.yaml:2: settings\.primaryUnit must be first, none \(default\) or reject/],
    ['a condition without content', `${ACCOUNT}rules: [{ name: r, when: {}, give: { roles: [R] } }]\n`, /rules\[0\] \(r\)\.when must be a condition: everybody, unit/],
    ['an attribute condition that says nothing', `${ACCOUNT}rules: [{ name: r, when: { attribute: { path: title } }, give: { roles: [R] } }]\n`, /when\.attribute says nothing about the value; add equals/],
    ['a path that is none', `${ACCOUNT}rules: [{ name: r, when: { attribute: [{ path: "a[b", present: true }] }, give: { roles: [R] } }]\n`, /when\.attribute\[0\]\.path must be an attribute path/],
    ['a day that does not exist', `${ACCOUNT}rules: [{ name: r, validTo: 2026-02-30, when: { unit: "1" }, give: { roles: [R] } }]\n`, /validTo must be a date that exists/],
    ['an end before the beginning', `${ACCOUNT}rules: [{ name: r, validFrom: 2026-03-01, validTo: 2026-02-01, when: { unit: "1" }, give: { roles: [R] } }]\n`, /validTo lies before validFrom/],
    ['{unit} without a unit condition', `${ACCOUNT}rules: [{ name: r, when: { everybody: true }, give: { units: ["{unit}"] } }]\n`, /give\.units\[0\] uses \{unit\}/],
    ['a name of ours', `${ACCOUNT}rules: [{ name: pass-through, when: { unit: "1" }, give: { roles: [R] } }]\n`, /name is "pass-through", under which the service itself gives/],
    ['a name twice', `${ACCOUNT}rules: [{ name: r, when: { unit: "1" }, give: { roles: [R] } }]\ndeny: [{ name: r, when: { unit: "1" }, take: { roles: [R] } }]\n`, /deny\[0\] \(r\)\.name is used twice in this folder/],
    ['nobody named who gets an account', 'rules: []\n', /^one: no file says who gets an account; add "account: \{ when: … \}"/],
    ['text that is not YAML', 'account: { when\n', /^one\/a\.yaml:\d+: is not valid YAML/],
    ['an empty file', '', /^one\/a\.yaml/],
  ])('%s is named with file, line and fix', async (_, text, expected) => {
    await write({ 'one/a.yaml': text });
    expect(problems()).toEqual([expect.stringMatching(expected)]);
  });

  test('the same part in two files is named at the second', async () => {
    await write({ 'one/a.yaml': ACCOUNT, 'one/b.yaml': ACCOUNT });
    expect(problems()).toEqual([expect.stringMatching(/^one\/b\.yaml:1: account stands in an earlier file/)]);
  });

  test('an empty folder holds no rules', async () => {
    await mkdir(join(folder, 'one'));
    expect(problems()).toEqual(['one: holds no rules; add at least one file *.yaml.']);
  });
});
