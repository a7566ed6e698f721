import { readFileSync } from 'node:fs';
import { HINTS } from './fieldglass.hints.ts';

const SOURCES = ['fieldglass.errors.ts', 'audit-trail.client.ts', '../decide/account.ts', '../decide/plan.ts'].map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n');

test.each(Object.keys(HINTS))('the hint for %s is for a failure that can happen', (code) => {
  expect(SOURCES).toContain(`'${code}'`);
});

test('there are hints', () => {
  expect(Object.keys(HINTS).length).toBeGreaterThan(5);
});
