import { setTimeout as sleep } from 'node:timers/promises';
import { BRAKE_PATHS, type BrakeListing, type BrakeOrderResult } from '@rolebridge/contracts';
import type { Stage } from './stage.ts';
import type { LinkRow, Tables } from './tables.ts';

const REASON = 'A chaos run: the change is wanted.';
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

  const call = callsOf(stage);

  async function order(kind: 'release' | 'redrive', { system, userId }: LinkRow): Promise<boolean> {
    const answer = await call(`${stage.operators[system]}/operator/users/${userId}/${kind}`, { system, reason: REASON });
    return answer?.ok === true;
  }

  async function round(): Promise<void> {
    duty.released += await releaseOverAll(stage, call);
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

type Call = (url: string, body?: object) => Promise<Response | undefined>;

function callsOf(stage: Stage): Call {
  const headers = { authorization: `Bearer ${stage.landscape.secrets.operatorToken}`, 'content-type': 'application/json' };
  return (url, body) => fetch(url, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }), signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
}

/** What the brake over all systems holds is not at the systems yet. */
async function releaseOverAll(stage: Stage, call: Call): Promise<number> {
  const url = `http://127.0.0.1:${stage.landscape.ports.roleMapping}${BRAKE_PATHS.list}`;
  const listed = await call(url);
  if (!listed?.ok) return 0;
  const { places } = (await listed.json()) as BrakeListing; // our own service
  let released = 0;
  for (const { place, listing } of places.filter((one) => one.listing !== null)) {
    const answer = await call(`${url}/release`, { place, listing, reason: REASON });
    if (answer?.ok) released += ((await answer.json()) as BrakeOrderResult).done; // our own service
  }
  return released;
}
