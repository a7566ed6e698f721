import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import type { DirectoryState } from '../check/evidence.ts';
import { BY_HAND } from '../directory/groups.ts';
import type { Dialect } from '../directory/plan.ts';
import { eventSender, type EventSender } from '../run/event-sender.ts';
import { untilQuiet } from '../run/quiet.ts';
import { openStage, type Stage } from '../run/stage.ts';
import { tablesOf } from '../run/tables.ts';
import { tell } from '../run/tell.ts';
import type { Change, PersonState } from '../stories/story.ts';
import { diesAt, mortal } from './die.ts';
import { CRASH_STEPS, type CrashStep } from './steps.ts';

const { signal } = new AbortController();
const QUIET_WITHIN_MS = 120_000;

/** One person for each step. */
const personOf = (step: CrashStep): string => `C-${String(CRASH_STEPS.indexOf(step) + 1).padStart(3, '0')}`;

/** Nobody shares a group with another: whoever dies as its writer would hold it until the lease ends. */
const AT_FIRST = (person: string): PersonState => ({ login: person.toLowerCase(), active: true, userType: 'employee', units: ['1', '2'].map((unit) => unit + person.slice(-3)), manager: false, email: true });

const AFTER: Readonly<Record<CrashStep['needs'], (state: PersonState) => PersonState | null>> = {
  joiner: (state) => state,
  mover: (state) => ({ ...state, units: ['3000'] }),
  rename: (state) => ({ ...state, login: `${state.login}.renamed` }),
  leaver: () => null,
};

/** A landscape for each way of speaking to the directory, and what was left there. */
interface Scene {
  readonly stage: Stage;
  readonly folder: string;
  readonly sender: EventSender;
  directory?: DirectoryState;
  restless?: readonly string[];
}

const SEEDS: Readonly<Record<Dialect, number>> = { single: 1, shared: 3 };

const scenes = new Map<Dialect, Scene>();
const died = new Map<CrashStep, boolean>();
let number = 0;

async function say({ stage, sender }: Scene, step: CrashStep, { kind, after }: Pick<Change, 'kind' | 'after'>, ids: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const change: Change = { number: (number += 1), person: personOf(step), kind, atMs: 0, after };
  const { frontDoor, landscape, topicPrefix } = stage;
  const told = await tell({ strands: [{ theme: 'life', by: step.by, changes: [change] }], endMs: 0 }, { frontDoor, token: landscape.secrets.callerToken, startMs: Date.now(), seed: 0, signal, ids, topic: { topicPrefix, sender } });
  if (told.problems.length > 0) throw new Error(told.problems.join('; '));
  return told.ids;
}

/** The death itself; a change of somebody who is there already is told only once the account is opened. */
async function meet(step: CrashStep, scene: Scene): Promise<void> {
  const person = personOf(step);
  const state = AT_FIRST(person);
  const joins = (): Promise<ReadonlyMap<string, string>> => say(scene, step, { kind: 'joiner', after: state }, new Map());
  if (step.needs === 'joiner') return void died.set(step, await diesAt(step.service, step.point, scene.folder, joins));
  const ids = await joins();
  await opened(person, scene);
  died.set(step, await diesAt(step.service, step.point, scene.folder, () => say(scene, step, { kind: step.needs, after: AFTER[step.needs](state) }, ids)));
}

async function opened(person: string, scene: Scene): Promise<void> {
  for (const end = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    if ((await shown(scene)).accounts.some(({ owner, groups }) => owner === person && groups.length > 0)) return;
    if (Date.now() > end) throw new Error(`${person} has no account.`);
  }
}

async function shown({ stage }: Scene): Promise<DirectoryState> {
  return (await (await fetch(`${stage.targets['chaos-directory']}/_simulator/state`)).json()) as DirectoryState; // our own simulator
}

/** Services die side by side, each at one point after the other. */
async function play(dialect: Dialect): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-crash-'));
  const backbone = await testStack();
  const stage = await openStage({ seed: SEEDS[dialect], folder, backbone, name: uniqueSchema(), signal, systems: ['chaos-directory'], preload: mortal(folder, 2_500) });
  const scene: Scene = { stage, folder, sender: eventSender(backbone.brokers, signal) };
  scenes.set(dialect, scene);
  const lanes = Map.groupBy(CRASH_STEPS.filter((step) => step.dialect === dialect), ({ service }) => service);
  await Promise.all([...lanes.values()].map(async (steps) => {
    for (const step of steps) await meet(step, scene);
  }));
  const tables = tablesOf(stage);
  scene.restless = await untilQuiet(tables, QUIET_WITHIN_MS, signal);
  await tables.close();
  scene.directory = await shown(scene);
}

function left(dialect: Dialect): { readonly directory: DirectoryState; readonly restless: readonly string[] } {
  const { directory, restless } = scenes.get(dialect) ?? {};
  if (!directory || !restless) throw new Error('The play did not come to its end.');
  return { directory, restless };
}

beforeAll(async () => {
  await Promise.all([play('single'), play('shared')]);
}, 600_000);

afterAll(async () => {
  await Promise.all([...scenes.values()].map(async ({ stage, folder, sender }) => {
    await sender.close();
    await stage.stop();
    await rm(folder, { recursive: true, force: true });
  }));
}, 60_000);

describe('a service that is killed between two durable writes', () => {
  test.each(CRASH_STEPS.map((step) => [step.service, step.title, step] as const))('%s, %s: the change is made all the same, once', (_service, _title, step) => {
    expect(died.get(step)).toBe(true);
    const { directory } = left(step.dialect);
    const person = personOf(step);
    const wished = AFTER[step.needs](AT_FIRST(person));
    const held = directory.accounts.filter(({ owner }) => owner === person).map(({ login, active, groups }) => ({ login, active, groups }));
    expect(held).toEqual(wished === null ? [] : [{ login: wished.login, active: true, groups: wished.units.map((unit) => `G-${unit}`) }]);
    expect(directory.writes.filter(({ owner, kind }) => owner === person && kind === 'create')).toHaveLength(1);
  });

  test.each(['single', 'shared'] as const)('nothing is left in a queue or under a lease, nobody wrote what is not theirs, no membership of others is lost (%s)', (dialect) => {
    const { restless, directory } = left(dialect);
    expect(restless).toEqual([]);
    expect(directory.violations).toEqual([]);
    expect(directory.groups.length).toBeGreaterThan(0);
    expect(directory.groups.filter(({ members }) => !BY_HAND.every((member) => members.includes(member)))).toEqual([]);
  });
});
