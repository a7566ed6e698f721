/** One partition of one topic. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** As a key of maps; topic names hold no spaces. */
export function partitionKey({ topic, partition }: Partition): string {
  return `${topic} ${partition}`;
}

/** Partitions per topic, as kafkajs tells an assignment. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

export function partitionsOf(assignment: Assignment): readonly Partition[] {
  return Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
}
