import type { Admin } from 'kafkajs';
import type { PartitionRange, ReadFrom } from './port.ts';

/**
 * The parts of a topic from a place to its end as it is now, one per partition that holds something there. A place before the
 * first record that is left means that record. Rejects with a RangeError when there is no such partition, or an offset lies beyond its end.
 */
export async function rangesOf(admin: Admin, topic: string, from: ReadFrom, partition?: number): Promise<readonly PartitionRange[]> {
  const logs = (await admin.fetchTopicOffsets(topic)).filter((log) => partition === undefined || log.partition === partition);
  if (logs.length === 0) throw new RangeError(`${topic} has no partition ${partition ?? 0}.`);
  const starts = await startsOf(admin, topic, from);
  return logs.flatMap(({ partition: at, low, high }) => {
    const wanted = starts === undefined ? Number(low) : (starts.get(at) ?? Number(high));
    const until = Number(high);
    if (from.kind === 'offset' && partition !== undefined && wanted > until) throw new RangeError(`Partition ${partition} of ${topic} ends at offset ${until}.`);
    const start = Math.max(wanted, Number(low));
    return start < until ? [{ partition: at, from: start, until }] : [];
  });
}

/** `undefined`: from the beginning. */
async function startsOf(admin: Admin, topic: string, from: ReadFrom): Promise<ReadonlyMap<number, number> | undefined> {
  if (from.kind === 'beginning') return undefined;
  const all = await admin.fetchTopicOffsets(topic);
  if (from.kind === 'offset') return new Map(all.map(({ partition }) => [partition, from.offset]));
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, from.timeMs);
  return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
}
