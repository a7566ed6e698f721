/**
 * THE MAP: every topic of Rolebridge, who writes it and who reads it. Names are derived here and typed nowhere else.
 *
 * ```text
 * IDM ─► idm.user-change ─► ingest ─► identity.user ─► role-mapping ─► provisioning.<system>.desired-account ─► connector ─► target
 *                                                            └────────────┬─ provisioning.outcome ◄──────────────────┤
 *                                  ingest (read model) ◄─ provisioning.<system>.observed-account, .entitlement ◄──────┤
 *                              ingest (once per person) ◄─ identity.learned-id ◄──────────────────────────────────────┘
 *
 * each <consumer> (ingest, role-mapping, connector-<system>):   ─► <consumer>.dead-letter ─► a person ─► <consumer>.retry ─►
 * ```
 *
 * No path leads back to where it came from, so no event can cause itself: outcomes and observations fill read models only, and between a
 * dead letter and a command stands a person. The one exception is named: a learned id may cause one event per person, because it is written
 * only where there is none. A test walks the graph.
 */

const DAY_MS = 86_400_000;

/** How records of a topic may be treated by a reader (delivery law L1). */
export type Nature = 'state' | 'fact';

export interface TopicDefinition {
  /** Logical name: the name without prefix, with `<system>` or `<consumer>` as written; also the pattern of handlers. */
  readonly pattern: string;
  readonly key: string;
  /** `state` may be folded to the highest generation per key; `fact` never (L1). */
  readonly nature: Nature;
  /** File name under `schemas/`, without `.schema.json`. */
  readonly schema: string;
  /** `type` attribute of the CloudEvent. */
  readonly eventType: string;
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  /** Edge back towards the front door: fills read models only and may never lead to an event (design §3). */
  readonly readModelOnly?: true;
  /** Why an edge back that may cause an event ends after one round (L8). */
  readonly endsBecause?: string;
  /** Broker settings, as Kafka names them. */
  readonly config: Readonly<Record<string, string>>;
}

/** Facts that name a person are kept so long: with the day that their segment lives longer and {@link MAX_ERASE_AFTER_DAYS} they are gone 30 days after the leaving (L30). */
const PERSONAL_FACT_DAYS = 21;

/** Whoever left is erased at most so many days later. */
export const MAX_ERASE_AFTER_DAYS = 8;

/** Erasure must be complete within 30 days everywhere (L30): segments roll daily, compaction lags at most 8 days. */
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.ms': String(DAY_MS),
  'min.compaction.lag.ms': String(7 * DAY_MS),
  'max.compaction.lag.ms': String(8 * DAY_MS),
  'delete.retention.ms': String(14 * DAY_MS),
} as const;

/**
 * How long after the last state of an erased person its tombstone follows on the same topic. A broker never compacts the segment that is being
 * written, and opens a new one only when a record comes that is more than `segment.ms` younger than the first one of the old; so, on a partition
 * that nobody else writes to, this record is what lets the older ones go (L30).
 */
export const TOMBSTONE_AFTER_HOURS = 25;

/** A segment spans up to a day, and goes when its newest record is old enough: so the oldest record of it lives a day longer. */
const kept = (days: number) => ({ 'cleanup.policy': 'delete', 'retention.ms': String(days * DAY_MS), 'segment.ms': String(DAY_MS) });

export const TOPICS = {
  userChange: {
    pattern: 'idm.user-change.v1',
    key: 'sourceKey(source, record id)',
    nature: 'fact',
    schema: 'user-change.v1',
    eventType: 'io.rolebridge.idm.user-change.v1',
    writers: ['idm'],
    readers: ['ingest'],
    config: kept(PERSONAL_FACT_DAYS),
  },
  user: {
    pattern: 'identity.user.v1',
    key: 'user id',
    nature: 'state',
    schema: 'user.v1',
    eventType: 'io.rolebridge.identity.user.v1',
    writers: ['ingest'],
    readers: ['role-mapping'],
    config: COMPACTED,
  },
  /** No reader of ours needs it: membership stands in the users (L7). For those outside who want to know the groups. */
  group: {
    pattern: 'identity.group.v1',
    key: 'group id',
    nature: 'state',
    schema: 'group.v1',
    eventType: 'io.rolebridge.identity.group.v1',
    writers: ['ingest'],
    readers: ['subscriber'],
    config: COMPACTED,
  },
  desiredAccount: {
    pattern: 'provisioning.<system>.desired-account.v1',
    key: 'user id',
    nature: 'state',
    schema: 'desired-account.v1',
    eventType: 'io.rolebridge.provisioning.desired-account.v1',
    writers: ['role-mapping'],
    readers: ['connector'],
    config: COMPACTED,
  },
  learnedId: {
    pattern: 'identity.learned-id.v1',
    key: 'user id',
    nature: 'fact',
    schema: 'learned-id.v1',
    eventType: 'io.rolebridge.identity.learned-id.v1',
    writers: ['connector'],
    readers: ['ingest'],
    endsBecause: 'it is set once per person, where there is none: the second round is no change',
    config: kept(PERSONAL_FACT_DAYS),
  },
  observedAccount: {
    pattern: 'provisioning.<system>.observed-account.v1',
    key: 'targetKey(system, account id)',
    nature: 'state',
    schema: 'observed-account.v1',
    eventType: 'io.rolebridge.provisioning.observed-account.v1',
    writers: ['connector'],
    readers: ['ingest'],
    readModelOnly: true,
    config: COMPACTED,
  },
  entitlement: {
    pattern: 'provisioning.<system>.entitlement.v1',
    key: 'targetKey(system, entitlement id)',
    nature: 'state',
    schema: 'entitlement.v1',
    eventType: 'io.rolebridge.provisioning.entitlement.v1',
    writers: ['connector'],
    readers: ['ingest'],
    readModelOnly: true,
    config: COMPACTED,
  },
  outcome: {
    pattern: 'provisioning.outcome.v1',
    key: 'user id',
    nature: 'fact',
    schema: 'outcome.v1',
    eventType: 'io.rolebridge.provisioning.outcome.v1',
    writers: ['role-mapping', 'connector'],
    readers: ['ingest'],
    readModelOnly: true,
    config: kept(29),
  },
  retry: {
    pattern: '<consumer>.retry.v1',
    key: 'user id',
    nature: 'fact',
    schema: 'retry.v1',
    eventType: 'io.rolebridge.retry.v1',
    writers: ['operator'],
    readers: ['<consumer>'],
    config: kept(7),
  },
  deadLetter: {
    pattern: '<consumer>.dead-letter.v1',
    key: 'user id',
    nature: 'fact',
    schema: 'dead-letter.v1',
    eventType: 'io.rolebridge.dead-letter.v1',
    writers: ['<consumer>'],
    readers: ['operator'],
    config: { ...kept(PERSONAL_FACT_DAYS), 'max.message.bytes': '2097152' },
  },
} as const satisfies Record<string, TopicDefinition>;

export type TopicId = keyof typeof TOPICS;

/** Partitions of every topic unless the administrator says otherwise. */
export const DEFAULT_PARTITIONS = 12;

/** Builds real topic names. `prefix` (default none) keeps landscapes or test suites apart on one broker. */
export function topicName(id: TopicId, scope: { readonly system?: string; readonly consumer?: string } = {}, prefix = ''): string {
  return (
    prefix +
    TOPICS[id].pattern.replace(/<(system|consumer)>/, (_, part: 'system' | 'consumer') => {
      const value = scope[part];
      if (!value) throw new Error(`Topic ${TOPICS[id].pattern} needs a ${part}.`);
      return value;
    })
  );
}

/** A topic to be created: its real name and the broker settings of the catalogue. */
export interface TopicToCreate {
  readonly topic: string;
  readonly config: Readonly<Record<string, string>>;
}

/** Every topic of a landscape with the given systems; consumers are `ingest`, `role-mapping` and one `connector-<system>` each. */
export function landscapeTopics(systems: readonly string[], prefix = ''): readonly TopicToCreate[] {
  const consumers = ['ingest', 'role-mapping', ...systems.map(connectorConsumer)];
  const create = (id: TopicId, scope = {}): TopicToCreate => ({ topic: topicName(id, scope, prefix), config: TOPICS[id].config });
  return [
    create('userChange'),
    create('user'),
    create('group'),
    create('learnedId'),
    create('outcome'),
    ...systems.flatMap((system) => [create('desiredAccount', { system }), create('observedAccount', { system }), create('entitlement', { system })]),
    ...consumers.flatMap((consumer) => [create('retry', { consumer }), create('deadLetter', { consumer })]),
  ];
}

/** Consumer group, and prefix of the retry and dead-letter topics, of the connector of one system. */
export function connectorConsumer(system: string): string {
  return `connector-${system}`;
}
