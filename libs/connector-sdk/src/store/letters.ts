import { connectorConsumer, type AnswerAsRead, type DesiredAccount, type Failure, type LetterFailure } from '@rolebridge/contracts';
import type { Letter, LetterBook, LetterKeeper, LetterRow, Pace, Sql } from '@rolebridge/persistence';
import { mayBeTold } from '../decide/erased-wish.ts';
import { callMask } from '../decide/mask-call.ts';
import type { ClaimedLink } from './link-store.ts';

/** The last call of an attempt, unmasked: only for {@link letterOfLink}. */
export interface LastCall {
  readonly step: string;
  /** What the step sends; empty where nothing is sent. */
  readonly body: string;
  readonly answer?: AnswerAsRead;
}

export interface LetterFacts {
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  readonly failure: Failure | null;
  /** Names of the steps that were planned. */
  readonly planned: readonly string[];
  readonly call: LastCall | undefined;
}

/** The dead letter of a wish that could not be applied. */
export function letterOfLink(link: ClaimedLink, { topicPrefix, serviceVersion, failure, planned, call }: LetterFacts): Letter {
  return {
    consumer: connectorConsumer(link.system),
    prefix: topicPrefix,
    original: { ...link.origin, key: link.userId, value: JSON.stringify(mayBeTold(link.desired)), headers: {} },
    failure: failure ?? { kind: 'unclassified', code: 'no-failure', message: 'A dead letter without a failure. This is a defect of Rolebridge.' },
    attempts: link.attempt + 1,
    firstFailureAt: (link.firstFailureAt ?? new Date()).toISOString(),
    correlationId: link.desired.cause.correlationId,
    serviceVersion,
    plan: planned,
    system: link.system,
    userId: link.userId,
    generation: link.generation,
    rules: rulesOf(link.desired),
    ...(call === undefined ? {} : maskedCall(call, link)),
  };
}

function rulesOf({ entitlements }: DesiredAccount): readonly string[] {
  return [...new Set(Object.values(entitlements).flatMap(({ items }) => items.flatMap(({ rules }) => rules)))];
}

function maskedCall({ step, body, answer }: LastCall, { desired, accountKey }: ClaimedLink): Pick<Letter, 'request' | 'answer'> {
  const mask = callMask(desired, accountKey === null ? [] : [accountKey]);
  return { request: body === '' ? step : `${step} ${mask.request(body)}`, ...(answer === undefined ? {} : { answer: mask.answer(answer) }) };
}

/** The link decides: what it holds now is what became of the letter. A letter without a generation is a record that could not be read. */
export const LINK_BOOK: LetterBook = {
  join: 'left join link l on l.system = d.system and l.user_id = d.user_id',
  state: `case
    when d.generation is null then case
      when l.origin->>'topic' = d.topic and (l.origin->>'partition')::integer = d.partition and (l.origin->>'offset')::bigint > d.record_offset then 'superseded' else 'open' end
    when l.user_id is null or l.newest_seen > d.generation then 'superseded'
    when exists (select 1 from dead_letter later where later.user_id = d.user_id and later.system = d.system and later.generation = d.generation and later.position > d.position) then 'repeated'
    when l.state in ('rejected', 'exhausted') then 'open'
    when l.state in ('applied', 'unchanged', 'accepted') then 'resolved'
    else 'under-way' end`,
  obstacle: `case when d.generation is null then 'unreadable' end`,
  obstacles: {
    unreadable: 'the record could not be read, so there is no wish to apply; mend what wrote it, then the next change of the person brings a whole new wish',
  },
};

const LOCK = `
  select 1 from link where (system, user_id) in (select * from unnest($1::text[], $2::uuid[])) order by system, user_id for update`;

/**
 * Applies the newest wish, never an old one. Due times are spread in this one statement. Many at once stand behind single changes, leavers
 * excepted (L25); a one-way message settles first (L19).
 */
const REDRIVE = `
  with t as (select * from unnest($1::text[], $2::uuid[]) with ordinality as t (system, user_id, place))
  update link l set state = 'pending', attempt = 0, redrives = l.redrives + 1,
    not_before = greatest(now() + ($3::float8 + (t.place - 1) * $4::float8) * interval '1 millisecond', l.settle_until),
    priority = case when $5 and l.priority > 0 then 9 else l.priority end,
    failure = null, first_failure_at = null, waiting_since = null, waiting_on = null, updated_at = now()
  from t where l.system = t.system and l.user_id = t.user_id and l.state in ('rejected', 'exhausted')
  returning l.system || '/' || l.user_id as link`;

const places = (letters: readonly LetterRow[]): readonly [readonly (string | null)[], readonly (string | null)[]] => [letters.map(({ system }) => system), letters.map(({ userId }) => userId)];

async function redrive(sql: Sql, letters: readonly LetterRow[], { startInMs, stepMs, bulk }: Pace): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ link: string }>(REDRIVE, [...places(letters), startInMs, stepMs, bulk]);
  const due = new Set(rows.map(({ link }) => link));
  return new Map(letters.filter(({ system, userId }) => !due.has(`${system}/${userId}`)).map(({ id }) => [id, 'its link changed at the same moment']));
}

/** What connectors do with their letters. `hints`: by system, what its connector knows about its own codes. */
export function connectorLetters(options: { readonly redriven: () => void; readonly hint: LetterHint }): LetterKeeper {
  return {
    book: LINK_BOOK,
    lock: async (sql, letters) => void (await sql.query(LOCK, places(letters))),
    redrive,
    redriven: options.redriven,
    hint: options.hint,
  };
}

export type LetterHint = (letter: LetterFailure & { readonly system: string | null }) => string | undefined;
