import type { Sql } from '@rolebridge/persistence';

export interface Release {
  readonly system: string;
  readonly userId: string;
  /** From the credential (L29). */
  readonly by: string;
  readonly reason: string;
}

/** Lets through what the brake holds for one person: exactly the generation that is held now (L26). False when nothing is held. */
const RELEASE = `
with held as (
  update link set state = 'pending', not_before = now(), failure = null, updated_at = now()
  where system = $1 and user_id = $2::uuid and state = 'held' returning newest_seen
)
insert into brake_release (system, user_id, generation, by, reason) select $1, $2::uuid, newest_seen, $3, $4 from held
on conflict (system, user_id, generation) do update set by = excluded.by, reason = excluded.reason, at = now()
returning user_id`;

export async function releaseHeld(sql: Sql, { system, userId, by, reason }: Release): Promise<boolean> {
  return (await sql.query(RELEASE, [system, userId, by, reason])).length > 0;
}
