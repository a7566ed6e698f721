import type { Admin } from 'kafkajs';
import type { OffsetStore, PartitionOffset } from '../port.ts';
import { partitionKey, partitionsOf, type Assignment } from './partition.ts';

export interface StartOptions {
  readonly admin: Admin;
  readonly groupId: string;
  readonly assignment: Assignment;
  readonly store: OffsetStore;
}

/**
 * Where to start instead of the group's own offset: partitions whose stored offset is lower (law L4). A partition that the group
 * has read but the store does not know counts as never read, as after a restore from an early backup. None for partitions
 * where the group's offset is right.
 */
export async function startOffsets({ admin, groupId, assignment, store }: StartOptions): Promise<readonly PartitionOffset[]> {
  const topics = Object.keys(assignment);
  const stored = indexed(await store.load(groupId, topics));
  const group = indexed(await groupOffsets(admin, groupId, topics));
  const lower = partitionsOf(assignment).flatMap((at) => {
    const own = group.get(partitionKey(at));
    const known = stored.get(partitionKey(at));
    const wanted = own === undefined ? known : Math.min(known ?? 0, own);
    return wanted === undefined || wanted === own ? [] : [{ ...at, offset: wanted }];
  });
  return lower.length === 0 ? [] : notBelowLog(admin, lower);
}

function indexed(offsets: readonly PartitionOffset[]): ReadonlyMap<string, number> {
  return new Map(offsets.map((at) => [partitionKey(at), at.offset]));
}

async function groupOffsets(admin: Admin, groupId: string, topics: readonly string[]): Promise<readonly PartitionOffset[]> {
  const answer = await admin.fetchOffsets({ groupId, topics: [...topics] });
  return answer.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })).filter(({ offset }) => offset >= 0),
  );
}

/** Old records may be gone: then the first that is left. */
async function notBelowLog(admin: Admin, wanted: readonly PartitionOffset[]): Promise<readonly PartitionOffset[]> {
  const first = new Map<string, number>();
  for (const topic of new Set(wanted.map((at) => at.topic))) {
    for (const { partition, low } of await admin.fetchTopicOffsets(topic)) first.set(partitionKey({ topic, partition }), Number(low));
  }
  return wanted.map((at) => ({ ...at, offset: Math.max(at.offset, first.get(partitionKey(at)) ?? 0) }));
}
