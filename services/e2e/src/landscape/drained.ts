import { connectorConsumer, topicName } from '@rolebridge/contracts';
import type { KafkaAdmin } from '@rolebridge/kafka';
import { connectDatabase, type Database } from '@rolebridge/persistence';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backbone } from './composition.ts';

/** Tells whether every accepted change has reached the links of the connectors. */
export interface Drain {
  isEmpty(): Promise<boolean>;
  close(): Promise<void>;
}

export interface DrainOptions {
  readonly backbone: Backbone;
  readonly admin: KafkaAdmin;
  readonly systems: readonly string[];
  readonly topicPrefix?: string;
}

/** The marker that ends a transaction takes an offset, which no reader ever commits. */
const MARKER = 1;

/** The broker answers the commit of a transaction before it has written its marker; until then the records are in no lag. */
const UNSEEN_MS = 250;

/**
 * Looks from left to right: what has left one place has arrived at the next. It looks twice, since records of a transaction that
 * was committed just now are seen nowhere for a moment; then an empty result is conclusive while nobody writes at the front door.
 */
export function drainOf({ backbone, admin, systems, topicPrefix = '' }: DrainOptions): Drain {
  const connect = (schema: string): Database => connectDatabase({ url: backbone.databaseUrl, schema, applicationName: 'drain', maxConnections: 1 });
  const [ingest, roleMapping] = [connect('ingest'), connect('role_mapping')];

  const sent = async (database: Database): Promise<boolean> => (await database.query('select 1 from outbox limit 1')).length === 0;
  const read = async (consumer: string, topic: string): Promise<boolean> => {
    const lag = await admin.lag(topicPrefix + consumer, [topic]);
    return lag.every(({ offset, end }) => end - offset <= MARKER);
  };

  const looksEmpty = async (): Promise<boolean> => {
    if (!(await sent(ingest))) return false;
    if (!(await read('role-mapping', topicName('user', {}, topicPrefix)))) return false;
    if (!(await sent(roleMapping))) return false;
    const arrived = await Promise.all(systems.map((system) => read(connectorConsumer(system), topicName('desiredAccount', { system }, topicPrefix))));
    return arrived.every(Boolean);
  };

  return {
    isEmpty: async () => {
      if (!(await looksEmpty())) return false;
      await sleep(UNSEEN_MS);
      return looksEmpty();
    },
    async close() {
      await Promise.all([ingest.close(), roleMapping.close(), admin.close()]);
    },
  };
}
