import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { judgeRun } from '../check/judge.ts';
import type { Finding } from '../check/evidence.ts';
import { generateSchedule, type Strike } from '../faults/schedule.ts';
import { generateStory } from '../stories/generate.ts';
import { oracleOf } from '../stories/oracle.ts';
import type { Story } from '../stories/story.ts';
import { collect } from './collect.ts';
import { eventSender } from './event-sender.ts';
import { startNightShift } from './night-shift.ts';
import { untilQuiet } from './quiet.ts';
import { replayAll } from './replay.ts';
import type { Servers } from './servers.ts';
import type { Stage } from './stage.ts';
import { strikeAll, type Struck } from './strike.ts';
import { type Tables, tablesOf } from './tables.ts';
import { tell, type Told } from './tell.ts';

export interface RunOptions {
  readonly seed: number;
  readonly people: number;
  readonly durationMs: number;
  readonly stage: Stage;
  /** Given when broker and database may be killed. */
  readonly servers?: Servers;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

const QUIET_WITHIN_MS = 150_000;

/** Tells the stories while things break, waits until all is quiet, and judges what is left. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const { seed, people, durationMs, stage, say, servers } = options;
  const story = generateStory({ seed, people, durationMs });
  const schedule = generateSchedule({ seed, durationMs, infrastructure: servers !== undefined });
  say(summary(story, schedule));
  const tables = tablesOf(stage);
  const nightShift = startNightShift(stage, tables);
  try {
    const { told, struck } = await perform(story, schedule, { ...options, tables });
    say(`The story is told, the faults are over: ${told.accepted} changes were accepted, ${told.repeats} requests were repeated. Waiting until all is quiet.`);
    nightShift.hurry();
    const quiet = await untilQuiet(tables, QUIET_WITHIN_MS, options.signal);
    await nightShift.end();
    const replayed = await replayAll(stage, seed);
    const restless = quiet.length > 0 ? quiet : await untilQuiet(tables, QUIET_WITHIN_MS, options.signal);
    const evidence = await collect({ stage, tables, struck, restless, replayed });
    await writeFile(path.join(stage.landscape.folder, 'evidence.json'), JSON.stringify({ story, ...evidence }, readable, 1));
    const { findings, notes } = judgeRun(oracleOf(story), evidence);
    const spoken = [...told.problems.map((text) => ({ checker: 'front door', text })), ...struck.missed.map((text) => ({ checker: 'harness', text: `a fault could not be brought about: ${text}` }))];
    return { findings: [...spoken, ...findings], notes: [...notes, `the night shift released ${nightShift.released} and sent ${nightShift.redriven} again`, ...exitsOf(stage)] };
  } finally {
    await nightShift.end();
    await tables.close();
  }
}

async function perform(story: Story, schedule: readonly Strike[], { seed, stage, servers, tables, say, signal }: RunOptions & { readonly tables: Tables }): Promise<{ readonly told: Told; readonly struck: Struck }> {
  const startMs = Date.now();
  const abort = new AbortController();
  const memory = { lost: false };
  const together = AbortSignal.any([signal, abort.signal]);
  const striking = strikeAll(schedule, { stage, tables, seed, startMs, say, onPutBack: () => void (memory.lost = true), signal: together, ...(servers ? { servers } : {}) });
  const sender = eventSender(stage.backbone.brokers, together);
  const topic = { topicPrefix: stage.topicPrefix, sender };
  const telling = tell(story, { frontDoor: stage.frontDoor, token: stage.landscape.secrets.callerToken, startMs, seed, signal: together, topic, answersMayBeForgotten: () => memory.lost });
  try {
    const [told, struck] = await Promise.all([telling, striking]);
    return { told, struck };
  } catch (error) {
    abort.abort();
    await Promise.allSettled([telling, striking]);
    throw error;
  } finally {
    await sender.close();
  }
}

function summary({ strands, endMs }: Story, schedule: readonly Strike[]): string {
  const changes = strands.flatMap((strand) => strand.changes);
  const people = new Set(changes.map(({ person }) => person)).size;
  return `${people} people, ${changes.length} changes, ${schedule.length} faults within ${Math.round(endMs / 1_000)} s.`;
}

function exitsOf({ exits }: Stage): readonly string[] {
  const counted = Map.groupBy(exits, ({ program, how }) => `${program} ended (${how})`);
  return [...counted].map(([text, all]) => `${text} ${all.length} times and was started again`);
}

/** Maps as objects, for people who look into the file. */
function readable(_: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
