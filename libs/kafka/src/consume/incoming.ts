import type { Headers, IncomingRecord } from '@rolebridge/contracts';
import type { Batch as FetchedBatch, IHeaders, KafkaMessage } from 'kafkajs';
import type { Batch } from '../port.ts';
import { partitionKey } from './partition.ts';
import type { Buffered } from './record-buffer.ts';

/** The records of one fetch. Values stay bytes: what they mean is for the boundary that parses them. */
export function bufferedOf(fetched: FetchedBatch): readonly Buffered[] {
  const { topic, partition, messages } = fetched;
  const end = Number(fetched.lastOffset()) + 1; // beyond transaction markers, which are not shown to us
  return messages.map((message, index) => {
    const record = incoming(topic, partition, message);
    return { record, next: index === messages.length - 1 ? end : record.offset + 1 };
  });
}

function incoming(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key === null ? null : message.key.toString('utf8'),
    value: message.value,
    headers: headersOf(message.headers),
  };
}

/** Of a header that comes several times the last one counts. A loop: this is done for every record. */
function headersOf(headers: IHeaders | undefined): Headers {
  const read: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) read[name] = last.toString('utf8');
  }
  return read;
}

export function batchOf(consumer: string, buffered: readonly Buffered[]): Batch {
  const offsets = new Map(buffered.map(({ record: { topic, partition }, next }) => [partitionKey({ topic, partition }), { topic, partition, offset: next }]));
  return { consumer, records: buffered.map(({ record }) => record), offsets: [...offsets.values()] };
}
