import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { mortal } from './crash/die.ts';
import { runChaos } from './run/run.ts';
import { openStage } from './run/stage.ts';

/**
 * A short run of `npm run chaos` on the broker and the database of this test run, which are left alone. Its seed speaks to the directory in
 * bundles and by full lists of groups; `crash/` has both ways.
 */
test('whatever is killed, lost or repeated meanwhile, every account ends as the stories say', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-chaos-'));
  const { signal } = new AbortController();
  const said: string[] = [];
  const stage = await openStage({ seed: 7, folder, backbone: await testStack(), name: uniqueSchema(), signal, preload: mortal(folder) });
  try {
    const { findings } = await runChaos({ seed: 7, people: 14, durationMs: 14_000, stage, say: (text) => void said.push(text), signal });
    expect(findings).toEqual([]);
    expect(said.filter((text) => text.includes('kill -9')).length).toBeGreaterThanOrEqual(2);
    expect(stage.exits.filter(({ how }) => how.includes('SIGKILL')).length).toBeGreaterThanOrEqual(2);
  } finally {
    await stage.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);
