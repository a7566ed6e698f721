import { run } from './program.ts';

async function help(...argv: readonly string[]): Promise<string> {
  let out = '';
  const write = (text: string): void => void (out += text);
  const code = await run([...argv, '--help'], { env: {}, out: write, err: write, stdin: () => Promise.resolve(''), nowMs: () => 0, untilInterrupted: () => new AbortController().signal, pause: () => Promise.resolve() });
  expect(code).toBe(0);
  return out;
}

const WHERE = 'Where the services are:';

test('commands stand together by what an operator wants', async () => {
  const all = await help();
  const words = ['Look:', '\n  status', '\n  audit', 'What could not be done, or waits for a decision:', '\n  dead-letters', '\n  redrive', 'Locking and forgetting people:', '\n  lock', 'Something was lost, or changed by hand:', '\n  reapply', 'Setting up:', '\n  hash-secret', 'Begin with rolebridge status'];
  const places = words.map((word) => all.indexOf(word));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});

test.each(['status', 'redrive', 'dead-letters list', 'dead-letters redrive', 'brake release', 'outbox release', 'lock', 'replay', 'reapply', 'republish', 'erasures accept'])('%s: its own options come first, where services are last, and what must be given is marked', async (command) => {
  const text = await help(...command.split(' '));
  const [own = '', where = ''] = text.split(WHERE);
  expect(own).toContain('\nOptions:\n');
  expect(own).not.toMatch(/--landscape|--timeout/);
  for (const option of ['--landscape', '--ingest', '--role-mapping', '--token-file', '--timeout']) expect(where).toContain(`  ${option} `);
  expect(text).not.toContain('(default: false)');
  if (own.includes('--reason <text>')) expect(own.replaceAll(/\s+/g, ' ')).toContain('--reason <text> why, in a sentence without personal data (required)');
  expect(where).toContain(`\nExamples:\n  $ rolebridge ${command}`);
});
