import type { Database, Sql } from './port.ts';

/** A position to read on from. Structurally `PartitionOffset` of libs/kafka. */
export interface StoredOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly offset: number;
}

const SAVE = `
  insert into consumer_offset (consumer, topic, partition, next_offset)
  select $1, topic, partition, next_offset
  from unnest($2::text[], $3::integer[], $4::bigint[]) as t (topic, partition, next_offset)
  order by topic, partition
  on conflict (consumer, topic, partition) do update set next_offset = excluded.next_offset`;

/**
 * Stores where to read on, in the transaction that took effect (law L4). Also a lower offset is stored: then something is read
 * again, which the fence makes harmless; keeping a higher one could skip records of a topic that was made anew.
 */
export async function saveOffsets(sql: Sql, consumer: string, offsets: readonly StoredOffset[]): Promise<void> {
  if (offsets.length === 0) return;
  await sql.query(SAVE, [consumer, offsets.map(({ topic }) => topic), offsets.map(({ partition }) => partition), offsets.map(({ offset }) => offset)]);
}

/** Reads the stored offsets back at start; structurally the `OffsetStore` of libs/kafka. */
export function offsetStore(database: Database): { load(consumer: string, topics: readonly string[]): Promise<readonly StoredOffset[]> } {
  return {
    load: (consumer, topics) =>
      database.query<StoredOffset>(
        'select topic, partition, next_offset as "offset" from consumer_offset where consumer = $1 and topic = any($2::text[]) order by topic, partition',
        [consumer, topics],
      ),
  };
}
