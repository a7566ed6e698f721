import type { IncomingRecord } from '@rolebridge/contracts';

/**
 * The record of the highest generation per topic and key; of equal ones the last. Only for topics whose catalogue entry says
 * `state` (law L1): after a duplicate of the relay, "7, 5", the 5 is last and not the newest. A record without a generation
 * (a tombstone, or one that cannot be read) or without a key is kept in its place.
 */
export function foldNewest<T extends IncomingRecord>(records: readonly T[], generationOf: (record: T) => number | undefined): readonly T[] {
  const newest = new Map<string, { generation: number; record: T }>();
  const keep = new Set<T>();
  for (const record of records) {
    const generation = generationOf(record);
    if (generation === undefined || record.key === null) {
      keep.add(record);
      continue;
    }
    const id = `${record.topic} ${record.key}`;
    const known = newest.get(id);
    if (!known || generation >= known.generation) newest.set(id, { generation, record });
  }
  for (const { record } of newest.values()) keep.add(record);
  return records.filter((record) => keep.has(record));
}
