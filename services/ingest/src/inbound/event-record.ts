import { sourceKey } from '@rolebridge/contracts';
import type { Headers, IncomingRecord } from '@rolebridge/contracts';
import type { Envelope } from './event-envelope.ts';

export interface EventPlace {
  /** The topic that carries such events. */
  readonly topic: string;
  /** When it was received, milliseconds since the epoch. */
  readonly timestamp: number;
  /** Of the request, for events without one of their own. */
  readonly correlationId: string;
}

/** PURE. The event as the topic would have carried it; it stands nowhere there, so partition and offset are -1. */
export function recordOf({ attributes, data }: Envelope, { topic, timestamp, correlationId }: EventPlace): IncomingRecord {
  const named = Object.entries({ correlationid: correlationId, ...attributes }).map(([name, value]) => [`ce_${name}`, value] as const);
  const headers: Headers = { ...Object.fromEntries(named), 'content-type': 'application/json' };
  return { topic, partition: -1, offset: -1, timestamp, key: keyOf(attributes['source'] ?? '', data), value: data, headers };
}

/** The key that a sender to the topic would have given. */
function keyOf(source: string, data: Buffer | null): string | null {
  try {
    const value: unknown = JSON.parse(data?.toString('utf8') ?? 'null');
    const recordId: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'recordId') : undefined;
    return typeof recordId === 'string' ? sourceKey(source, recordId) : null;
  } catch {
    return null; // not JSON: malformed, as the sender is told
  }
}
