import { topicName } from '@rolebridge/contracts';
import type { Kafka } from '@rolebridge/kafka';
import type { Logger } from '@rolebridge/observability';
import { ReplayDesk, startReplays } from '@rolebridge/persistence';
import type { Database, ReplayTaker, Replays } from '@rolebridge/persistence';

import { CONSUMER } from '../decide/records.ts';
import { isNobodysFault } from '../store/nobodys-fault.ts';
import type { IntakeResult, UserIntake } from '../store/user-intake.ts';
import { readUsers } from './read-users.ts';

export interface ReplayingOptions {
  readonly database: Database;
  readonly kafka: Kafka;
  readonly intake: UserIntake;
  readonly topicPrefix: string;
  readonly log: Logger;
  readonly onTaken: (result: IntakeResult) => void;
}

export interface Replaying {
  readonly desk: ReplayDesk;
  readonly replays: Replays;
}

/** Reads `identity.user.v1` again when an operator says so, beside the running consumer (L27). */
export function startReplaying(options: ReplayingOptions): Replaying {
  const { database, kafka, topicPrefix, log } = options;
  const replays = startReplays({ database, takers: [takerOf(options)], reread: (what) => kafka.reread(what), topicPrefix, log });
  const topics = new Map([[CONSUMER, topicName('user', {}, topicPrefix)]]);
  const ranges: ConstructorParameters<typeof ReplayDesk>[0]['ranges'] = async (topic, from, partition) => {
    const admin = await kafka.admin();
    try {
      return await admin.ranges(topic, from, partition);
    } finally {
      await admin.close();
    }
  };
  return { desk: new ReplayDesk({ database, replays, topics, ranges }), replays };
}

/** The fence lets only news pass; what cannot be read was buried the first time. */
function takerOf({ intake, onTaken }: ReplayingOptions): ReplayTaker {
  return {
    consumer: CONSUMER,
    isNobodysFault,
    wake: () => undefined,
    take: async (sql, records) => {
      const { users, malformed } = readUsers(records);
      const result = await intake.again(sql, users);
      if (result.users > 0) onTaken(result);
      return { changed: result.users, unreadable: malformed.length };
    },
  };
}

