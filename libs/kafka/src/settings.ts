import { Kafka as Client, logLevel, type KafkaConfig } from 'kafkajs';
import { quietLog, SILENT, type Log } from './log.ts';
import { openSockets, type Sockets } from './sockets.ts';

export interface KafkaSettings {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Name of the process for the broker's logs and quotas. */
  readonly clientId: string;
  readonly log?: Log;
  readonly ssl?: NonNullable<KafkaConfig['ssl']>;
  readonly sasl?: NonNullable<KafkaConfig['sasl']>;
  /** A member that sends no heartbeat for this long loses its partitions. Default 10 s. */
  readonly sessionTimeoutMs?: number;
  /** A publish that takes longer is given up: its records may be missing. Default 20 s. */
  readonly publishTimeoutMs?: number;
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Of connections and metadata. Short: kafkajs nests this in the retries of producers and consumers, and cannot be told to stop. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 4 };

/** A kafkajs client with connections of its own. */
export interface OwnClient {
  readonly client: Client;
  readonly sockets: Sockets;
  readonly log: Log;
}

/** One client for each producer, consumer and admin, so that each can be ended without the others. */
export function ownClient(settings: KafkaSettings): OwnClient {
  const log = settings.log ?? SILENT;
  const sockets = openSockets();
  const client = new Client({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    socketFactory: sockets.factory,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: quietLog(log),
    ...(settings.ssl === undefined ? {} : { ssl: settings.ssl }),
    ...(settings.sasl === undefined ? {} : { sasl: settings.sasl }),
  });
  return { client, sockets, log };
}
