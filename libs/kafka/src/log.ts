import type { logCreator } from 'kafkajs';

/** What this library needs of a log; pino's logger fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * kafkajs reports every refused request and every lost connection as an error, although it repeats most of them and rebalances
 * are part of life. What matters is logged by us, once; here only what may have lost records is shown.
 */
export function quietLog(log: Log): logCreator {
  return () =>
    ({ namespace, log: entry }) => {
      const fields = { kafkajs: namespace, ...pick(entry, ['groupId', 'broker', 'topic', 'partition', 'retryCount', 'error']) };
      if (entry.message.startsWith('Offset out of range')) log.error(fields, entry.message);
      else log.debug(fields, entry.message);
    };
}

function pick(entry: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(entry).filter(([name, value]) => names.includes(name) && typeof value !== 'object'));
}
