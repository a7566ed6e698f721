import { ClassifiedError, type FailureKind, type OutgoingRecord } from '@rolebridge/contracts';
import type { RelayPublisher } from '../port.ts';
import type { OutboxRow, Unsendable } from './relay-rows.ts';

/** Kinds with which a publisher says that the records themselves are at fault; anything else is a matter of time. */
const AT_FAULT: ReadonlySet<FailureKind> = new Set(['rejected', 'malformed']);

export interface Sent {
  readonly sent: readonly OutboxRow[];
  readonly refused: readonly Unsendable[];
}

/**
 * Publishes rows in order. What the broker refuses is halved until the record at fault is alone (law L3); later rows of its topic and
 * key are left out. Rejects when the broker cannot be reached: then any of the rows may or may not have been written.
 */
export async function send(publisher: RelayPublisher, rows: readonly OutboxRow[]): Promise<Sent> {
  if (rows.length === 0) return { sent: [], refused: [] };
  try {
    await publisher.publish(rows.map(recordOf));
    return { sent: rows, refused: [] };
  } catch (error) {
    if (!(error instanceof ClassifiedError) || !AT_FAULT.has(error.failure.kind)) throw error;
    const [row] = rows;
    if (row !== undefined && rows.length === 1) return { sent: [], refused: [{ row, code: error.failure.code }] };
    return sendHalves(publisher, rows);
  }
}

async function sendHalves(publisher: RelayPublisher, rows: readonly OutboxRow[]): Promise<Sent> {
  const middle = Math.ceil(rows.length / 2);
  const first = await send(publisher, rows.slice(0, middle));
  const second = await send(publisher, rows.slice(middle).filter((row) => !first.refused.some((refused) => sameKey(refused.row, row))));
  return { sent: [...first.sent, ...second.sent], refused: [...first.refused, ...second.refused] };
}

function sameKey(one: OutboxRow, other: OutboxRow): boolean {
  return one.topic === other.topic && one.key === other.key;
}

function recordOf({ topic, key, value, headers }: OutboxRow): OutgoingRecord {
  return { topic, key, value, headers };
}
