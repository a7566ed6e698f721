import type { OutgoingRecord } from '@rolebridge/contracts';
import type { TopicMessages } from 'kafkajs';

export const MAX_RECORDS = 500;
/** All records of one request may fall into one partition, and its batch must stay below the broker's 1 MiB (message.max.bytes). */
export const MAX_BYTES = 900_000;
/** Allowance for the framing of a record and its header names. */
const OVERHEAD_BYTES = 100;

/** Size on the wire, from above. */
export function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = OVERHEAD_BYTES + Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value));
  for (const [name, text] of Object.entries(headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}

/** In order, each at most 500 records and 900 000 bytes; a larger record travels alone. */
export function chunksOf(records: readonly OutgoingRecord[]): readonly (readonly OutgoingRecord[])[] {
  const chunks: OutgoingRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = sizeOf(record);
    const last = chunks.at(-1);
    if (last && last.length < MAX_RECORDS && bytes + size <= MAX_BYTES) {
      last.push(record);
      bytes += size;
    } else {
      chunks.push([record]);
      bytes = size;
    }
  }
  return chunks;
}

/** Grouped by topic, order kept within each. */
export function byTopic(records: readonly OutgoingRecord[]): TopicMessages[] {
  const topics = Map.groupBy(records, ({ topic }) => topic);
  return [...topics].map(([topic, ofTopic]) => ({
    topic,
    messages: ofTopic.map(({ key, value, headers }) => ({ key, value, headers })),
  }));
}
