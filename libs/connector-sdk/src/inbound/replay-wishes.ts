import { topicName } from '@rolebridge/contracts';
import { foldNewest, type Kafka } from '@rolebridge/kafka';
import type { Logger } from '@rolebridge/observability';
import { type Database, ReplayDesk, type Replays, startReplays, type ReplayTaker } from '@rolebridge/persistence';
import { storeWishes } from '../store/inbox.ts';
import { readWishes, type WishTaker, wishOf } from './take-wishes.ts';

export interface Replaying {
  readonly desk: ReplayDesk;
  readonly replays: Replays;
}

export interface ReplayingOptions {
  readonly database: Database;
  readonly kafka: Kafka;
  readonly takers: readonly WishTaker[];
  readonly topicPrefix: string;
  readonly log: Logger;
}

/** Reads the wishes of a system again when an operator says so, beside the running consumer (L27). */
export function startReplaying({ database, kafka, takers, topicPrefix, log }: ReplayingOptions): Replaying {
  const replays = startReplays({ database, takers: takers.map(replayTaker), reread: (what) => kafka.reread(what), topicPrefix, log });
  const topics = new Map(takers.map(({ consumer, system }) => [consumer, topicName('desiredAccount', { system }, topicPrefix)]));
  return { replays, desk: new ReplayDesk({ database, replays, topics, ranges: rangesIn(kafka) }) };
}

function rangesIn(kafka: Kafka): ConstructorParameters<typeof ReplayDesk>[0]['ranges'] {
  return async (topic, from, partition) => {
    const admin = await kafka.admin();
    try {
      return await admin.ranges(topic, from, partition);
    } finally {
      await admin.close();
    }
  };
}

/** The fence lets only news pass; what cannot be read was buried the first time. */
export function replayTaker({ consumer, system, wake }: WishTaker): ReplayTaker {
  return {
    consumer,
    wake,
    take: async (sql, records) => {
      const { good, bad } = readWishes(records, system);
      const changed = await storeWishes(sql, system, foldNewest(good, ({ desired }) => desired.generation).map(wishOf));
      return { changed, unreadable: bad.length };
    },
  };
}
