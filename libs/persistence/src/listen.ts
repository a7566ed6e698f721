import { openSession } from './connection/session.ts';
import type { Log } from './log.ts';
import { backoffMs, pause } from './waiting/pause.ts';

export interface ListenOptions {
  readonly url: string;
  readonly channel: string;
  /** Called with the payload, and with '' after each (re)connection, because something may have been missed meanwhile. */
  readonly onNotify: (payload: string) => void;
  readonly log: Log;
  /** Default `listen`. */
  readonly applicationName?: string;
}

const RECONNECT = { firstMs: 100, capMs: 5_000 };
/** How often a silent connection is asked whether it is still there, milliseconds. */
const HEARTBEAT_MS = 15_000;

/** Listens on a channel with a connection of its own, for as long as it takes to reconnect. A hint only: whoever listens also looks now and then. */
export function listen(options: ListenOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    for (let attempt = 0; !stop.signal.aborted; attempt += 1) {
      try {
        await listenOnce(options, stop.signal, () => (attempt = 0));
      } catch (error) {
        options.log.warn({ err: error, channel: options.channel }, 'listening for notifications failed; connecting again');
      }
      await pause(backoffMs(attempt, RECONNECT), stop.signal);
    }
  };
  const ended = loop();
  return {
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function listenOnce(options: ListenOptions, stop: AbortSignal, connected: () => void): Promise<void> {
  const { url, channel, applicationName = 'listen' } = options;
  const onNotify = guarded(options);
  const session = await openSession({ url, schema: 'public', applicationName, onNotify });
  try {
    await session.query(`listen "${channel.replaceAll('"', '""')}"`);
    connected();
    onNotify('');
    const over = AbortSignal.any([stop, session.lost]);
    while (!over.aborted) {
      await pause(HEARTBEAT_MS, over);
      if (!over.aborted) await session.query('select 1');
    }
  } finally {
    await session.close();
  }
}

/** It is called from the connection's event: what it throws would end the process. */
function guarded({ onNotify, channel, log }: ListenOptions): (payload: string) => void {
  return (payload) => {
    try {
      onNotify(payload);
    } catch (error) {
      log.error({ err: error, channel }, 'what should follow a notification failed');
    }
  };
}
