import { types, type ClientConfig } from 'pg';

/** Where and as whom to connect. */
export interface ConnectionOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** The one schema of this service; becomes the search path. Lower case letters, digits, underscores; at most 48 characters. */
  readonly schema: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
}

/**
 * For connections that work on queue tables: a generic plan cached while such a table was empty stalled 3 000 events/s to a 20 s p50,
 * reproducibly (design §3).
 */
const QUEUE_SETTINGS = { plan_cache_mode: 'force_custom_plan', enable_seqscan: 'off', enable_bitmapscan: 'off', jit: 'off' };

/** A transaction that its process forgot must not hold row locks, and keep vacuum away, for ever. */
const SESSION_SETTINGS = { idle_in_transaction_session_timeout: '60s' };

/** Frees what a vanished host held (locks, leases of sessions) after about 25 s instead of two hours. */
const KEEPALIVE_SETTINGS = { tcp_keepalives_idle: '10', tcp_keepalives_interval: '5', tcp_keepalives_count: '3' };

const INT8 = 20;
const DATE = 1082;

/** What pg needs for one connection. Settings travel in the start-up packet, so they cost no round trip and cannot be forgotten. */
export function clientConfig(options: ConnectionOptions, mode: { readonly queue?: boolean; readonly extra?: Readonly<Record<string, string>> } = {}): ClientConfig {
  refuseOptions(options.url);
  const settings = { search_path: checkedSchema(options.schema), ...SESSION_SETTINGS, ...KEEPALIVE_SETTINGS, ...(mode.queue ? QUEUE_SETTINGS : {}), ...mode.extra };
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    options: Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`).join(' '),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser },
  };
}

/** Settings in the address would silently replace all of ours, the search path included. */
function refuseOptions(url: string): void {
  if (/[?&]options=/.test(url)) throw new Error('The address of the database must not have the parameter "options": set such settings for the role (ALTER ROLE … SET).');
}

/** Refuses names that would need quoting, or leave no room for channel names within PostgreSQL's 63 bytes. */
export function checkedSchema(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,47}$/.test(schema)) throw new Error(`Schema "${schema}": use lower case letters, digits and underscores, at most 48 characters.`);
  return schema;
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8) return exactNumber;
  // pg would read a date as midnight of the local time zone, which is another day elsewhere
  if (oid === DATE) return (value) => value;
  return types.getTypeParser(oid, format);
}

function exactNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Error('A bigint from the database is beyond 2^53.');
  return number;
}
