import { connect } from 'node:net';
import { ConfigurationError } from './configuration-error.ts';
import type { Logger } from './logger.ts';

export interface PeersToWaitFor {
  readonly DATABASE_URL: string;
  readonly KAFKA_BROKERS: readonly string[];
}

export interface WaitOptions {
  readonly log: Logger;
  /** Milliseconds; default a minute. Whoever starts services anew does the rest. */
  readonly waitMs?: number;
  readonly everyMs?: number;
}

/**
 * Waits until somebody listens where the database and one of the brokers shall be: after a power failure all start at once, and none should die
 * of being first. @throws ConfigurationError naming the setting and the address when the time is over
 */
export async function waitForPeers({ DATABASE_URL, KAFKA_BROKERS }: PeersToWaitFor, options: WaitOptions): Promise<void> {
  const database = addressOf(DATABASE_URL);
  if (database !== undefined) await waitFor('the database', 'DATABASE_URL', { addresses: [database], ...options });
  await waitFor('the broker', 'KAFKA_BROKERS', { addresses: KAFKA_BROKERS, ...options });
}

async function waitFor(what: string, setting: string, { addresses, log, waitMs = 60_000, everyMs = 1000 }: WaitOptions & { readonly addresses: readonly string[] }): Promise<void> {
  const where = addresses.join(', ');
  const endMs = performance.now() + waitMs;
  for (let told = false; !(await anyListens(addresses)); told = true) {
    if (performance.now() >= endMs) throw new ConfigurationError([`${setting}: nobody answers at ${where}, after ${Math.round(waitMs / 1000)} s; is ${what} running, and is the address right?`]);
    if (!told) log.warn({ where }, `Waiting for ${what} at ${where}.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** `host:port` without credentials; `undefined` where a socket file or something else is meant. */
function addressOf(url: string): string | undefined {
  const { hostname = '', port = '' } = URL.parse(url) ?? {};
  return hostname === '' ? undefined : `${hostname}:${port === '' ? '5432' : port}`;
}

async function anyListens(addresses: readonly string[]): Promise<boolean> {
  return (await Promise.all(addresses.map(listens))).includes(true);
}

const ANSWER_MS = 3000;

function listens(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port: Number(port), timeout: ANSWER_MS });
  socket.once('connect', () => resolve(true));
  for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false));
  return promise.finally(() => socket.destroy());
}
