import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkRow, Tables } from './tables.ts';

/** States in which a link does not move by itself. */
const RESTING = new Set(['accepted', 'applied', 'unchanged', 'rejected', 'exhausted']);
/** A wish that was refused is not looked at again by itself: the next one is, whenever it comes. */
const REFUSED = new Set(['rejected', 'exhausted']);

const LOOK_MS = 500;

/** Waits until nothing is on its way any more; what still is when time is up. */
export async function untilQuiet(tables: Tables, withinMs: number, signal: AbortSignal): Promise<readonly string[]> {
  for (const end = Date.now() + withinMs; ; await sleep(LOOK_MS, undefined, { signal })) {
    const moving = await movingNow(tables).catch((error: unknown) => [`the database does not answer: ${String(error)}`]);
    if (moving.length === 0 || Date.now() > end) return moving;
  }
}

/** Looks from left to right: what has left one table has arrived in the next. */
async function movingNow(tables: Tables): Promise<readonly string[]> {
  const [accepted, judged] = [await tables.accepted(), await tables.judged()];
  const [overdue, wished] = [await tables.overdue(), await tables.wished()];
  const [links, unsent] = [await tables.links(), await tables.unsent()];
  return [
    ...behind(accepted, judged, 'has not been judged'),
    ...(overdue > 0 ? [`${overdue} people wait to be judged although a date has passed`] : []),
    ...behind(wished, new Map(links.map(({ system, userId, newestSeen }) => [`${system}/${userId}`, newestSeen])), 'has not reached its link'),
    ...links.filter(isMoving).map(described),
    ...unsent,
  ];
}

function behind(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>, what: string): readonly string[] {
  return [...left].filter(([key, generation]) => right.get(key) !== generation).map(([key, generation]) => `generation ${generation} of ${key} ${what}: there is ${right.get(key) ?? 'none'}`);
}

export function isMoving({ state, leased, verifying }: LinkRow): boolean {
  return !RESTING.has(state) || leased || (verifying && !REFUSED.has(state));
}

function described({ system, userId, state, attempt, dueInMs, failureCode, leased, verifying }: LinkRow): string {
  const due = dueInMs === null ? 'never due' : `due in ${Math.round(dueInMs / 1_000)} s`;
  return `the link of ${userId} at ${system} is ${state}${leased ? ', leased' : ''}${verifying ? ', to be verified' : ''}, attempt ${attempt}, ${due}${failureCode === null ? '' : `, ${failureCode}`}`;
}
