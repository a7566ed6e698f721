import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

interface Report {
  readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string } }[]; readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] } };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const rules = (require('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] }).forbidden.map((rule) => rule.name);

async function violated(folder: string): Promise<ReadonlySet<string>> {
  const program = `${root}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`;
  const parameters = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', folder];
  const run = promisify(execFile)(process.execPath, parameters, { cwd: root, maxBuffer: 2 ** 26 });
  // A report with errors ends with the number of errors as exit code; the report itself is on standard output all the same.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const report = JSON.parse(stdout) as Report;
  return new Set(report.summary.violations.map((violation) => violation.rule.name));
}

describe('dependencies point down only', () => {
  let bitten: ReadonlySet<string>;
  beforeAll(async () => {
    bitten = await violated('tools/boundaries/fixture');
  });

  test.each(rules)('the rule %s bites', (rule) => {
    expect([...bitten]).toContain(rule);
  });
});
