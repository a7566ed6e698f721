import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import type { DirectoryState, Told } from '../check/evidence.ts';
import { outcomesOf } from '../run/collect.ts';
import { untilQuiet } from '../run/quiet.ts';
import { openStage, type Stage } from '../run/stage.ts';
import { type Tables, tablesOf } from '../run/tables.ts';
import { tell } from '../run/tell.ts';
import type { Change, ChangeKind, PersonState } from '../stories/story.ts';
import { diesAt, mortal, wake } from './die.ts';
import type { CrashPoint } from './point.ts';

const CONNECTOR = 'connector-x-directory';
const { signal } = new AbortController();

let stage: Stage;
let tables: Tables;
let folder: string;
let number = 0;
let ids: ReadonlyMap<string, string> = new Map();

async function say(person: string, kind: ChangeKind, units: readonly string[]): Promise<number> {
  const after: PersonState = { login: person.toLowerCase(), active: true, userType: 'employee', units, manager: false, email: true };
  const change: Change = { number: (number += 1), person, kind, atMs: 0, after };
  const told = await tell({ strands: [{ theme: 'life', by: 'scim', changes: [change] }], endMs: 0 }, { frontDoor: stage.frontDoor, token: stage.landscape.secrets.callerToken, startMs: Date.now(), seed: 0, signal, ids });
  ids = told.ids;
  expect(told.problems).toEqual([]);
  return change.number;
}

async function shown(): Promise<DirectoryState> {
  return (await (await fetch(`${stage.targets['chaos-directory']}/_simulator/state`)).json()) as DirectoryState; // our own simulator
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 90_000; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 200))) if (Date.now() > end) throw new Error(`Not reached: ${holds.toString()}`);
}

const holds = async (person: string, groups: readonly string[]): Promise<boolean> => (await shown()).accounts.some((account) => account.owner === person && account.groups.join() === groups.join());

/** An instance falls asleep while it works on the second change; the other one takes over and brings the third; then the sleeper wakes. */
async function sleepThrough(person: string, point: CrashPoint): Promise<{ readonly second: number; readonly third: number; readonly told: readonly Told[] }> {
  await say(person, 'joiner', ['1000']);
  await until(() => holds(person, ['G-1000']));
  let second = 0;
  expect(await diesAt(CONNECTOR, { ...point, end: 'sleep' }, folder, async () => void (second = await say(person, 'mover', ['2000'])))).toBe(true);
  const third = await say(person, 'mover', ['3000']);
  await until(() => holds(person, ['G-3000']));
  await until(async () => (await tables.links()).some(({ userId, state }) => userId === ids.get(person) && (state === 'applied' || state === 'unchanged')));
  await wake(CONNECTOR, folder);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await untilQuiet(tables, 90_000, signal)).toEqual([]);
  expect(await holds(person, ['G-3000'])).toBe(true);
  return { second, third, told: (await outcomesOf(stage)).filter(({ userId }) => userId === ids.get(person)) };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-sleepers-'));
  stage = await openStage({ seed: 1, folder, backbone: await testStack(), name: uniqueSchema(), signal, systems: ['chaos-directory'], preload: mortal(folder, 2_500) });
  tables = tablesOf(stage);
  await stage.second(CONNECTOR);
}, 180_000);

afterAll(async () => {
  await tables.close();
  await stage.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

describe('an instance that slept longer than its lease', () => {
  test('tells nothing about what it had in hand: the other one has told of something newer (lease token)', async () => {
    const { told } = await sleepThrough('C-001', { wire: 'http', at: '^PATCH /accounts/', when: 'after' });
    const generations = told.map(({ generation }) => generation);
    expect(generations.length).toBeGreaterThanOrEqual(2);
    expect(generations).toEqual(generations.toSorted((one, other) => one - other));
  }, 240_000);

  test('may write once more, late; that is noticed and repaired (L24)', async () => {
    const { second, third } = await sleepThrough('C-002', { wire: 'http', at: '^PUT /accounts/', when: 'before' });
    const numbers = (await shown()).writes.filter(({ owner }) => owner === 'C-002').map((write) => write.number);
    const late = numbers.indexOf(second, numbers.indexOf(third));
    expect(late).toBeGreaterThan(0);
    expect(numbers.lastIndexOf(third)).toBeGreaterThan(late);
  }, 240_000);
});
