import { type TopicDefinition, TOPICS } from '@rolebridge/contracts';
import type { ConsumerOptions } from '../port.ts';

/** Writers that are not ours: they may abort a transaction and mean it. */
const FOREIGN_WRITERS: readonly string[] = ['idm'];

/**
 * How records of a topic of the catalogue are read. Ours come out of outboxes, through relays: each stands in a committed row, so it is
 * true whatever becomes of the Kafka transaction that carries it. Waiting for the end of that transaction would only cost: a relay
 * that was killed ends it after 15 s, and a broker that was killed may never do so (it takes a partition without leader for a
 * deleted one and leaves out its marker, Apache Kafka 4.3, `TransactionMarkerChannelManager`), which stops the partition for ever.
 */
export function isolationOf(pattern: string): NonNullable<ConsumerOptions['isolation']> {
  return isolationAs(Object.values<TopicDefinition>(TOPICS).find((one) => one.pattern === pattern));
}

/** The same by the whole name of a topic, with prefix and consumer or system. */
export function isolationOfTopic(name: string): NonNullable<ConsumerOptions['isolation']> {
  return isolationAs(Object.values<TopicDefinition>(TOPICS).find(({ pattern }) => new RegExp(`(^|[.])${pattern.replaceAll('.', '[.]').replaceAll(/<[^>]+>/g, '[^.]+')}$`).test(name)));
}

function isolationAs(topic: TopicDefinition | undefined): NonNullable<ConsumerOptions['isolation']> {
  const ours = topic !== undefined && !topic.writers.some((writer) => FOREIGN_WRITERS.includes(writer));
  return ours ? 'uncommitted' : 'committed';
}
