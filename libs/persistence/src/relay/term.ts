import { openSession, type Session } from '../connection/session.ts';
import { outboxChannel } from '../outbox/outbox.ts';
import type { RelayPublisher } from '../port.ts';
import type { bell } from '../waiting/bell.ts';
import { pause } from '../waiting/pause.ts';
import type { RelayOptions } from './relay-options.ts';
import { deleteSent, moveAside, selectOldest, type OutboxRow, type Unsendable } from './relay-rows.ts';
import { send, type Sent } from './send.ts';

/** What one term needs. */
export interface Duty extends RelayOptions {
  readonly alarm: ReturnType<typeof bell>;
  readonly stop: AbortSignal;
  readonly ready: (ready: boolean) => void;
}

/** How often a standby asks for the lock, milliseconds. */
const STANDBY_POLL_MS = 500;
/** Looks at the table this often without being woken, in case a notification was lost, milliseconds. */
const FALLBACK_POLL_MS = 1_000;
/** After a small batch the relay lets the next one gather, milliseconds: a transaction costs the broker as much for one record as for hundreds. */
const GATHER_MS = 15;
const SMALL_BATCH = 200;
/** One request must fit the broker's limit for a batch even if all records go to one partition (default 1 MiB). */
const BATCH_BYTES = 900_000;
const STOP_GRACE_MS = 5_000;

/**
 * One term of office: session, lock, publisher, work until stopped or something fails. Lock, select and delete share the session, so
 * whoever has lost the lock cannot delete, and notices (law L5). Deletes need not reach the disk at once: after a crash of the
 * server the newest deletes are undone together, and those records are published again in order.
 */
export async function serveTerm(duty: Duty, working: () => void): Promise<void> {
  const session = await openSession({
    url: duty.url,
    schema: duty.schema,
    applicationName: `${duty.schema}-relay`,
    queue: true,
    extra: { synchronous_commit: 'off' },
    onNotify: () => duty.alarm.ring(),
  });
  try {
    const over = AbortSignal.any([duty.stop, session.lost]);
    if (await takeLock(session, duty, over)) await publishUntil(over, session, duty, working);
  } finally {
    await session.close();
  }
}

/** Polls on purpose: a session that waits inside `pg_advisory_lock` holds a snapshot, and vacuum could not clean any queue table while it waits. */
async function takeLock(session: Session, duty: Duty, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    const [row] = await session.query<{ locked: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as locked', [`rolebridge.relay.${duty.schema}`]);
    if (row?.locked) return true;
    duty.ready(true);
    await pause(STANDBY_POLL_MS * (0.5 + Math.random()), over);
  }
  return false;
}

async function publishUntil(over: AbortSignal, session: Session, duty: Duty, working: () => void): Promise<void> {
  await session.query(`listen "${outboxChannel(duty.schema)}"`);
  const publisher = await duty.openPublisher();
  const patience = patienceAfter(duty.stop);
  try {
    duty.log.info({ schema: duty.schema }, 'the outbox relay is active');
    duty.ready(true);
    while (!patience.over.aborted) {
      const rows = await selectOldest(session, { records: duty.batchRecords ?? 500, bytes: BATCH_BYTES });
      if (rows.length > 0) await publishRows(rows, { session, publisher, duty, over: patience.over });
      else if (duty.stop.aborted) break;
      else await duty.alarm.wait(FALLBACK_POLL_MS, over);
      working();
      if (rows.length > 0 && rows.length < SMALL_BATCH) await pause(GATHER_MS, over);
    }
  } finally {
    patience.end();
    await publisher.close();
  }
}

interface Tools {
  readonly session: Session;
  readonly publisher: RelayPublisher;
  readonly duty: Duty;
  /** When it is too late to wait for the broker. */
  readonly over: AbortSignal;
}

async function publishRows(rows: readonly OutboxRow[], { session, publisher, duty, over }: Tools): Promise<void> {
  const free = rows.filter(({ blocked }) => !blocked);
  const { sent, refused } = await unlessOver(send(publisher, free), over);
  await deleteSent(session, sent);
  if (refused.length > 0 || free.length < rows.length) await moveAside(session, refused);
  refused.forEach((one) => raiseAlarm(one, duty));
  const [oldest] = sent;
  if (oldest !== undefined) duty.onPublished?.({ records: sent.length, oldestAgeMs: oldest.ageMs });
}

function raiseAlarm({ row, code }: Unsendable, duty: Duty): void {
  const record = { topic: row.topic, sequence: row.sequence, code };
  duty.log.error({ ...record, schema: duty.schema }, 'the broker refuses a record; it is set aside and its key waits for an operator');
  duty.onSetAside?.(record);
}

/** Aborts some time after the stop: until then what the outbox holds is still sent. */
function patienceAfter(stop: AbortSignal): { readonly over: AbortSignal; end(): void } {
  const over = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const begin = (): void => {
    grace = setTimeout(() => over.abort(), STOP_GRACE_MS);
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return {
    over: over.signal,
    end: () => {
      stop.removeEventListener('abort', begin);
      clearTimeout(grace);
    },
  };
}

/** Leaves a publish that takes too long after the stop: its records stay in the outbox. */
async function unlessOver(sending: Promise<Sent>, over: AbortSignal): Promise<Sent> {
  const given = Promise.withResolvers<never>();
  const giveUp = (): void => given.reject(new Error('The relay was stopped while a batch was on its way.'));
  if (over.aborted) giveUp();
  else over.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([sending, given.promise]);
  } finally {
    over.removeEventListener('abort', giveUp);
  }
}
