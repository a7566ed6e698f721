import { connectKafka } from '@rolebridge/kafka';
import type { Backbone, Composition } from '../landscape/composition.ts';
import { drainOf } from '../landscape/drained.ts';
import type { LocalLandscape } from '../landscape/local-landscape.ts';
import { differences, type Difference } from '../story/check.ts';
import { scimSource } from '../story/source.ts';
import { STORY, type World } from '../story/story.ts';
import { simulatedTargets } from '../story/targets.ts';
import type { StartOptions } from './options.ts';
import type { Screen } from './screen.ts';
import { table } from './table.ts';
import { type Watch, watchOf } from './watch.ts';

export interface Stage {
  readonly landscape: LocalLandscape;
  readonly composition: Composition;
  readonly backbone: Backbone;
  readonly topicPrefix: string;
  readonly screen: Screen;
  readonly options: StartOptions;
  readonly signal: AbortSignal;
}

const REDRAW_MS = 500;
const REACHED_WITHIN_MS = 90_000;

/** Plays the story with the live table; true when both targets end exactly as expected. */
export async function play(stage: Stage): Promise<boolean> {
  const { landscape, screen, signal } = stage;
  const { backbone, topicPrefix } = stage;
  const drain = drainOf({ backbone, admin: await connectKafka({ brokers: backbone.brokers, clientId: 'npm-start' }).admin(), systems: landscape.systems, topicPrefix });
  const watch = watchOf(landscape, drain);
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const world: World = {
    source: scimSource(at(landscape.ports.ingest), landscape.secrets.callerToken),
    targets: simulatedTargets({ salesCloud: at(landscape.ports.salesCloud), fieldglass: at(landscape.ports.fieldglass) }),
    ids: new Map(),
    quiet: () => watch.quiet(AbortSignal.any([signal, AbortSignal.timeout(REACHED_WITHIN_MS)])),
  };
  const stop = new AbortController();
  const redrawing = redraw(world, watch, screen, stop.signal);
  try {
    await tell(stage, world);
    await world.quiet();
    const wrong = await reached(world, signal);
    stop.abort();
    await redrawing;
    screen.draw(await picture(world, watch, landscape.systems));
    screen.settle();
    report(wrong, screen);
    return wrong.length === 0;
  } finally {
    stop.abort();
    await redrawing;
    await drain.close();
  }
}

async function tell({ screen, options, composition, signal }: Stage, world: World): Promise<void> {
  for (const [number, chapter] of STORY.entries()) {
    signal.throwIfAborted();
    screen.line(`${number + 1}. ${chapter.title}`);
    const telling = chapter.tell(world);
    if (options.kill && number % 2 === 0) killSoon(composition, options.kill);
    await telling;
  }
}

/** In the middle of the work, as a crash would. */
function killSoon(composition: Composition, name: string): void {
  const program = composition.get(name);
  if (!program) throw new Error(`--kill: no service is called ${name}; there are ${[...composition.keys()].join(', ')}.`);
  setTimeout(() => program.kill('SIGKILL'), 150);
}

async function redraw(world: World, watch: Watch, screen: Screen, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const names = [...world.ids.keys()];
    if (names.length > 0) screen.draw(await picture(world, watch, ['sales-cloud', 'fieldglass']));
    await new Promise((resolve) => setTimeout(resolve, REDRAW_MS));
  }
}

async function picture({ ids }: World, watch: Watch, systems: readonly string[]): Promise<string> {
  const rows = await Promise.all([...ids].map(async ([who, id]) => ({ who, links: await watch.links(id) })));
  return table(rows, systems);
}

/** Messages to a one-way target take effect later and out of sight, so the targets are looked at until they agree or time is up. */
async function reached(world: World, signal: AbortSignal): Promise<readonly Difference[]> {
  const end = Date.now() + REACHED_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const wrong = await differences(world.targets);
    if (wrong.length === 0 || Date.now() > end) return wrong;
    await new Promise((resolve) => setTimeout(resolve, REDRAW_MS));
  }
}

function report(wrong: readonly Difference[], screen: Screen): void {
  if (wrong.length === 0) return screen.line('\nBoth targets hold exactly what the story expects.');
  screen.line(`\n${wrong.length} accounts are not as the story expects:`);
  for (const { who, system, expected, found } of wrong) screen.line(`  ${who} at ${system}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}
