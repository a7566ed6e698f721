import { logLevel, type logCreator } from 'kafkajs';
import { CLOSED } from './sockets.ts';

/** What this library needs of a log; pino's logger fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * kafkajs logs every refused request as an error, although it repeats most of them and rebalances are part of life. Failures
 * that matter are logged by us, once; here only what may have lost records is an error.
 */
export function quietLog(log: Log): logCreator {
  return () =>
    ({ namespace, level, log: entry }) => {
      const fields = { kafkajs: namespace, ...pick(entry, ['groupId', 'broker', 'topic', 'partition', 'retryCount', 'error']) };
      if (entry.message.startsWith('Offset out of range')) log.error(fields, entry.message);
      else if (level === logLevel.ERROR && !isRefusal(namespace, entry.message)) log.warn(fields, entry.message);
      else log.debug(fields, entry.message);
    };
}

/** Answers such as "the group is rebalancing" or "the coordinator is loading": logged again by whoever gives up on them. */
function isRefusal(namespace: string, message: string): boolean {
  return message.includes(CLOSED) || (namespace === 'Connection' && message.startsWith('Response ')) || message.startsWith('Failed to send messages');
}

function pick(entry: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(entry).filter(([name, value]) => names.includes(name) && typeof value !== 'object'));
}
