import { Client } from 'pg';
import type { Sql } from '../port.ts';
import { clientConfig, type ConnectionOptions } from './connection-settings.ts';
import { withoutValues } from './sql-error.ts';
import { statementsOn } from './statements.ts';

/** One dedicated, unpooled connection: what belongs to its session (locks, LISTEN) is gone exactly when it is gone. */
export interface Session extends Sql {
  /** Aborted when the connection is lost or closed. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

export interface SessionOptions extends ConnectionOptions {
  readonly queue?: boolean;
  readonly extra?: Readonly<Record<string, string>>;
  readonly onNotify?: (payload: string) => void;
}

/** A statement without an answer after this time means that the server is out of reach, milliseconds. */
const ANSWER_TIMEOUT_MS = 20_000;

export async function openSession(options: SessionOptions): Promise<Session> {
  const client = new Client({ ...clientConfig(options, { queue: options.queue ?? false, extra: options.extra ?? {} }), query_timeout: ANSWER_TIMEOUT_MS });
  const lost = new AbortController();
  client.on('error', () => lost.abort()); // a running statement rejects by itself, and the next one will
  client.on('end', () => lost.abort());
  client.on('notification', ({ payload }) => options.onNotify?.(payload ?? ''));
  try {
    await client.connect();
  } catch (error) {
    throw withoutValues(error);
  }
  return { ...statementsOn(client), lost: lost.signal, close: () => client.end() };
}
