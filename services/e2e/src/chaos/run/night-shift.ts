import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './stage.ts';
import type { LinkRow, Tables } from './tables.ts';

const ROUND_MS = 1_500;
/** After the last fault nobody waits longer than this for a retry. */
const LONG_MS = 8_000;

/** An operator on duty: lets through what the brake holds, and once the faults are over sends again what waits long. */
export interface NightShift {
  readonly released: number;
  readonly redriven: number;
  /** From now on nobody waits long. */
  hurry(): void;
  end(): Promise<void>;
}

export function startNightShift(stage: Stage, tables: Tables): NightShift {
  const over = new AbortController();
  const duty = { released: 0, redriven: 0, hurrying: false };

  async function order(kind: 'release' | 'redrive', { system, userId }: LinkRow): Promise<boolean> {
    const answer = await fetch(`${stage.operators[system]}/operator/users/${userId}/${kind}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.landscape.secrets.operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ system, reason: 'A chaos run: the change is wanted.' }),
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    return answer?.ok === true;
  }

  async function round(): Promise<void> {
    const links = await tables.links();
    for (const link of links.filter(({ state }) => state === 'held')) if (await order('release', link)) duty.released += 1;
    if (!duty.hurrying) return;
    const waiting = links.filter(({ state, dueInMs }) => (state === 'pending' || state === 'waiting') && (dueInMs ?? 0) > LONG_MS);
    for (const link of waiting) if (await order('redrive', link)) duty.redriven += 1;
  }

  const working = (async () => {
    while (!over.signal.aborted) {
      await round().catch(() => undefined); // the database is down on purpose now and then
      await sleep(ROUND_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  return {
    get released() {
      return duty.released;
    },
    get redriven() {
      return duty.redriven;
    },
    hurry: () => void (duty.hurrying = true),
    async end() {
      over.abort();
      await working;
    },
  };
}
