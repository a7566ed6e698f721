import type { Kafka } from '@rolebridge/kafka';
import type { System } from '@rolebridge/landscape';
import type { Logger } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';
import type { Connector } from '../port.ts';

export interface RestoredPart {
  readonly system: System;
  readonly connector: Connector<object, unknown>;
}

export interface RestoredOptions {
  readonly systems: readonly RestoredPart[];
  readonly database: Database;
  readonly kafka: Kafka;
  readonly topicPrefix: string;
  readonly log: Logger;
  /** How long a target that does not answer is asked again, milliseconds; default two minutes. */
  readonly patienceMs?: number;
}
