import { type Burial, deadLetter, type Headers, type Original } from '@rolebridge/contracts';
import { appendOutbox } from '../outbox/outbox.ts';
import type { Sql } from '../port.ts';
import { newLetterId } from './letter-id.ts';

/** A dead letter to be written: for its topic, and for those who look after it. */
export interface Letter extends Omit<Burial, 'id'> {
  readonly system?: string;
  /** Our id; anything else is left out. */
  readonly userId?: string | null;
  /** The record of an event source it belongs to: a hash, never the record's own id. */
  readonly line?: string;
  /** The row of a table of this service in which the original waits to be worked again. */
  readonly waitingAt?: number;
  /** Of what was attempted. */
  readonly generation?: number;
  /** Names of the rules that gave the entitlements of the wish. */
  readonly rules?: readonly string[];
  /** The last call and its answer, masked already. */
  readonly request?: string;
  readonly answer?: string;
}

const MAX_BODY_CHARACTERS = 8_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const INSERT = `
  insert into dead_letter (id, consumer, system, user_id, line, waiting_at, generation, kind, code, message, field, rules, plan, request, answer, attempts,
    first_failure_at, last_failure_at, correlation_id, service_version, topic, partition, record_offset, record_at)
  select id, consumer, system, user_id, line, waiting_at, generation, kind, code, message, field, rules, plan, request, answer, attempts,
    first_failure_at, date_trunc('milliseconds', last_failure_at), correlation_id, service_version, topic, partition, record_offset, record_at
  from rows from (jsonb_to_recordset($1::jsonb) as (id text, consumer text, system text, user_id uuid, line text, waiting_at bigint, generation bigint, kind text, code text,
    message text, field text, rules text[], plan text[], request text, answer text, attempts integer, first_failure_at timestamptz, last_failure_at timestamptz,
    correlation_id text, service_version text, topic text, partition integer, record_offset bigint, record_at timestamptz)) with ordinality
  order by ordinality`;

/** Writes dead letters in the transaction that moves on: the record for the topic and the row for operators, never one without the other. */
export async function buryLetters(sql: Sql, letters: readonly Letter[]): Promise<void> {
  if (letters.length === 0) return;
  const buried = letters.map((letter) => {
    const id = newLetterId();
    return { id, letter, record: deadLetter({ ...letter, id }) };
  });
  await appendOutbox(sql, buried.map(({ record }) => record));
  await noteLetters(sql, buried.map(({ id, letter, record }) => rowOf(id, letter, record.headers)));
}

/** Rows for operators without a record for the topic: for what waits elsewhere, its original kept there. */
export async function noteWaiting(sql: Sql, letters: readonly Letter[]): Promise<void> {
  await noteLetters(sql, letters.map((letter) => rowOf(newLetterId(), letter, deadLetter(letter).headers)));
}

async function noteLetters(sql: Sql, rows: readonly object[]): Promise<void> {
  if (rows.length > 0) await sql.query(INSERT, [JSON.stringify(rows)]);
}

/** From the headers, which are clean already. */
function rowOf(id: string, letter: Letter, headers: Headers): object {
  const { consumer, system, userId, line, generation, rules = [], plan = [], request, answer, attempts, firstFailureAt, original } = letter;
  return {
    id,
    consumer,
    system,
    user_id: userId !== null && userId !== undefined && UUID.test(userId) ? userId : null,
    line,
    waiting_at: letter.waitingAt,
    generation,
    kind: headers['rb_error_kind'],
    code: headers['rb_error_code'],
    message: headers['rb_error_message'],
    field: headers['rb_error_field'],
    rules: rules.map(storable),
    plan: plan.map(storable),
    request: storableBody(request),
    answer: storableBody(answer),
    attempts,
    first_failure_at: firstFailureAt,
    last_failure_at: headers['rb_last_failure_at'],
    correlation_id: headers['ce_correlationid'] ?? '',
    service_version: headers['rb_service_version'],
    ...placeOf(original),
  };
}

function placeOf({ topic, partition, offset, timestamp }: Original): object {
  return { topic, partition, record_offset: offset, record_at: timestamp === undefined || timestamp <= 0 ? null : new Date(timestamp) };
}

function storable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').toWellFormed();
}

function storableBody(text: string | undefined): string | null {
  if (text === undefined) return null;
  const whole = text.split('\n').map(storable).join('\n');
  return whole.length > MAX_BODY_CHARACTERS ? `${whole.slice(0, MAX_BODY_CHARACTERS).toWellFormed()} … (cut)` : whole;
}
