import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testStack, uniquePrefix, uniqueSchema } from '@rolebridge/local-stack';
import { type Composition, ROOT, SERVICE_NAMES, stopAll } from '../landscape/composition.ts';
import { emptyDatabase } from '../landscape/empty-database.ts';
import { freePorts } from '../landscape/free-ports.ts';
import { launch } from '../landscape/launch.ts';
import { localLandscape, type Ports } from '../landscape/local-landscape.ts';
import { play } from '../start/play.ts';

/** The whole landscape as `npm start` runs it, as processes, on the broker and the database of this test run. */
async function tellStory(kill: string | undefined): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-story-'));
  const [ingest = 0, roleMapping = 0, connectorSalesCloud = 0, connectorFieldglass = 0, salesCloud = 0, fieldglass = 0] = await freePorts(6);
  const ports: Ports = { ingest, roleMapping, connectorSalesCloud, connectorFieldglass, salesCloud, fieldglass };
  const landscape = await localLandscape({ folder, rulesFolder: path.join(ROOT, 'deploy', 'rules'), ports });
  const { brokers, databaseUrl } = await testStack();
  const ground = { backbone: { brokers, databaseUrl: await emptyDatabase({ databaseUrl }, uniqueSchema()) }, topicPrefix: uniquePrefix() };
  const { signal } = new AbortController();
  const shown: string[] = [];
  const screen = { line: (text: string) => void shown.push(text), draw: () => undefined, settle: () => undefined };
  let composition: Composition = new Map();
  try {
    composition = await launch({ landscape, ...ground, onRestart: (name, how) => void shown.push(`${name}: ${how}`) }, signal);
    await play({ landscape, composition, ...ground, screen, options: { once: true, ...(kill === undefined ? {} : { kill }) }, signal });
  } finally {
    await stopAll(composition);
    await rm(folder, { recursive: true, force: true });
  }
  return shown;
}

describe('twenty people join, move, change their name, leave and come back', () => {
  test('both targets end exactly as written down, although one of them was down for ten seconds', async () => {
    const shown = await tellStory(undefined);
    expect(shown.at(-1)).toContain('Both targets hold exactly what the story expects.');
    expect(shown.filter((line) => line.includes('killed by'))).toEqual([]);
  }, 240_000);

  test.each(SERVICE_NAMES)('the same when %s is killed with SIGKILL again and again', async (service) => {
    const shown = await tellStory(service);
    expect(shown.at(-1)).toContain('Both targets hold exactly what the story expects.');
    expect(shown.filter((line) => line === `${service}: killed by SIGKILL`).length).toBeGreaterThanOrEqual(2);
  }, 240_000);
});
