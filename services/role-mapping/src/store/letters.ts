import type { IdentityUser, SystemName, UserId } from '@rolebridge/contracts';
import { DeadLetterDesk } from '@rolebridge/persistence';
import type { Database, LetterBook, LetterKeeper, LetterRow, Pace, Sql } from '@rolebridge/persistence';

/**
 * Judging a person anew closes what was open about them, see {@link closeJudged}; between a redrive and that it is under way. A letter without a
 * generation is a record that could not be read.
 */
export const LETTER_BOOK: LetterBook = {
  join: 'left join user_state s on s.user_id = d.user_id',
  state: `case when d.redrives <> '[]' then 'under-way' else 'open' end`,
  obstacle: `case when d.generation is null then 'unreadable' when s.user_id is null then 'gone' end`,
  obstacles: {
    unreadable: 'the record could not be read, so there is nobody to judge; mend what wrote it, then have ingest send the person again',
    gone: 'nobody is known here with this id any more',
  },
};

const LOCK = 'select 1 from user_state where user_id = any($1::uuid[]) order by user_id for update';

/** They are judged as if a date had passed: by their newest state and the rules of today. */
const REDRIVE = `
  update user_state s set reevaluate_at = least(s.reevaluate_at, now() + ($2::float8 + (t.place - 1) * $3::float8) * interval '1 millisecond')
  from unnest($1::uuid[]) with ordinality as t (user_id, place) where s.user_id = t.user_id`;

/** The dead letters of this service. `redriven`: somebody is due. */
export function deadLetterDesk(database: Database, redriven: () => void): DeadLetterDesk {
  const keeper: LetterKeeper = { book: LETTER_BOOK, lock: async (sql, letters) => void (await sql.query(LOCK, [peopleOf(letters)])), redrive, redriven };
  return new DeadLetterDesk(database, keeper);
}

async function redrive(sql: Sql, letters: readonly LetterRow[], { startInMs, stepMs }: Pace): Promise<ReadonlyMap<string, string>> {
  await sql.query(REDRIVE, [peopleOf(letters), startInMs, stepMs]);
  return new Map();
}

function peopleOf(letters: readonly LetterRow[]): readonly UserId[] {
  return [...new Set(letters.flatMap(({ userId }) => userId ?? []))];
}

export interface Judged {
  readonly users: readonly IdentityUser[];
  /** For whom no account could be wished for, where. */
  readonly refused: readonly { readonly userId: UserId; readonly system: SystemName | null }[];
  /** Whether this is news about the people: then records about them that could not be read are settled, too. */
  readonly news: boolean;
}

const CLOSE = `
  update dead_letter d set closed_at = now(), closed_as = case
    when d.generation is null or d.generation < t.generation then 'superseded'
    when exists (select 1 from unnest($3::uuid[], $4::text[]) r (user_id, system) where r.user_id = d.user_id and r.system is not distinct from d.system) then 'repeated'
    else 'resolved' end
  from unnest($1::uuid[], $2::bigint[]) t (user_id, generation)
  where d.user_id = t.user_id and d.closed_as is null and (d.generation is not null or $5)`;

/** Closes what was open about people who were judged just now, before the letters of this judging are written. */
export async function closeJudged(sql: Sql, { users, refused, news }: Judged): Promise<void> {
  await sql.query(CLOSE, [
    users.map(({ id }) => id),
    users.map(({ generation }) => generation),
    refused.map(({ userId }) => userId),
    refused.map(({ system }) => system),
    news,
  ]);
}
