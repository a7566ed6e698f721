import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import type { DirectoryState } from '../check/evidence.ts';
import { untilQuiet } from '../run/quiet.ts';
import { openStage, type Stage } from '../run/stage.ts';
import { tablesOf } from '../run/tables.ts';
import { tell } from '../run/tell.ts';
import type { Change, ChangeKind, PersonState } from '../stories/story.ts';
import { diesAt, mortal } from './die.ts';
import { CRASH_STEPS, type CrashStep } from './steps.ts';

const { signal } = new AbortController();
const QUIET_WITHIN_MS = 120_000;

/** One person for each step. */
const personOf = (step: CrashStep): string => `C-${String(CRASH_STEPS.indexOf(step) + 1).padStart(3, '0')}`;

const AT_FIRST = (person: string): PersonState => ({ login: person.toLowerCase(), active: true, userType: 'employee', units: ['1000', '2000'], manager: false, email: true });

const AFTER: Readonly<Record<CrashStep['needs'], (state: PersonState) => PersonState | null>> = {
  joiner: (state) => state,
  mover: (state) => ({ ...state, units: ['3000'] }),
  rename: (state) => ({ ...state, login: `${state.login}.renamed` }),
  leaver: () => null,
};

let stage: Stage;
let folder: string;
let directory: DirectoryState;
let restless: readonly string[];
const died = new Map<CrashStep, boolean>();
let number = 0;

async function say(person: string, kind: ChangeKind, after: PersonState | null, ids: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const change: Change = { number: (number += 1), person, kind, atMs: 0, after };
  const told = await tell({ strands: [{ theme: 'life', by: 'scim', changes: [change] }], endMs: 0 }, { frontDoor: stage.frontDoor, token: stage.landscape.secrets.callerToken, startMs: Date.now(), seed: 0, signal, ids });
  if (told.problems.length > 0) throw new Error(told.problems.join('; '));
  return told.ids;
}

/** The death itself; a change of somebody who is there already is told only once the account is opened. */
async function meet(step: CrashStep): Promise<void> {
  const person = personOf(step);
  const state = AT_FIRST(person);
  if (step.needs === 'joiner') return void died.set(step, await diesAt(step.service, step.point, folder, () => say(person, 'joiner', state, new Map())));
  const ids = await say(person, 'joiner', state, new Map());
  await opened(person);
  died.set(step, await diesAt(step.service, step.point, folder, () => say(person, step.needs, AFTER[step.needs](state), ids)));
}

async function opened(person: string): Promise<void> {
  for (const end = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    if ((await shown()).accounts.some(({ owner, groups }) => owner === person && groups.length > 0)) return;
    if (Date.now() > end) throw new Error(`${person} has no account.`);
  }
}

async function shown(): Promise<DirectoryState> {
  return (await (await fetch(`${stage.targets['chaos-directory']}/_simulator/state`)).json()) as DirectoryState; // our own simulator
}

/** Services die side by side, each at one point after the other. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-crash-'));
  stage = await openStage({ seed: 1, folder, backbone: await testStack(), name: uniqueSchema(), signal, systems: ['chaos-directory'], preload: mortal(folder, 2_500) });
  const lanes = Map.groupBy(CRASH_STEPS, ({ service }) => service);
  await Promise.all([...lanes.values()].map(async (steps) => {
    for (const step of steps) await meet(step);
  }));
  const tables = tablesOf(stage);
  restless = await untilQuiet(tables, QUIET_WITHIN_MS, signal);
  await tables.close();
  directory = await shown();
}, 600_000);

afterAll(async () => {
  await stage.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

describe('a service that is killed between two durable writes', () => {
  test.each(CRASH_STEPS.map((step) => [step.service, step.title, step] as const))('%s, %s: the change is made all the same, once', (_service, _title, step) => {
    expect(died.get(step)).toBe(true);
    const person = personOf(step);
    const wished = AFTER[step.needs](AT_FIRST(person));
    const held = directory.accounts.filter(({ owner }) => owner === person).map(({ login, active, groups }) => ({ login, active, groups }));
    expect(held).toEqual(wished === null ? [] : [{ login: wished.login, active: true, groups: wished.units.map((unit) => `G-${unit}`) }]);
    expect(directory.writes.filter(({ owner, kind }) => owner === person && kind === 'create')).toHaveLength(1);
  });

  test('nothing is left in a queue or under a lease, and nobody wrote what is not theirs', () => {
    expect(restless).toEqual([]);
    expect(directory.violations).toEqual([]);
  });
});
