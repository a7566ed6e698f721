import type { DesiredAccount, SystemName, UserId } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';

/** The accounts of one person as last published, by system. */
export type Accounts = ReadonlyMap<SystemName, DesiredAccount>;

/** Of people whose row in `user_state` is locked: that lock covers their assignments too. */
export async function loadAccounts(sql: Sql, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Accounts>> {
  const rows = await sql.query<{ desired: DesiredAccount }>('select desired from assignment where user_id = any($1::uuid[])', [userIds]);
  const byUser = new Map<UserId, Map<SystemName, DesiredAccount>>();
  for (const { desired } of rows) {
    const accounts = byUser.get(desired.userId);
    if (accounts) accounts.set(desired.system, desired);
    else byUser.set(desired.userId, new Map([[desired.system, desired]]));
  }
  return byUser;
}

const SAVE = `
  insert into assignment (user_id, system, generation, user_generation, presence, desired, erased_at)
  select user_id, system, generation, user_generation, presence, desired, case when erased then now() end
  from json_to_recordset($1::json) as t (user_id uuid, system text, generation bigint, user_generation bigint, presence text, erased boolean, desired json)
  order by user_id, system
  on conflict (user_id, system) do update
    set generation = excluded.generation, user_generation = excluded.user_generation, presence = excluded.presence, desired = excluded.desired,
      erased_at = excluded.erased_at, tombstone_due_at = null`;

/** An account and its JSON: the text that goes to the topic as well, so that each is written out once. */
export interface WrittenAccount {
  readonly account: DesiredAccount;
  readonly json: string;
}

export async function saveAccounts(sql: Sql, accounts: readonly WrittenAccount[]): Promise<void> {
  if (accounts.length > 0) await sql.query(SAVE, [`[${accounts.map(rowOf).join(',')}]`]);
}

function rowOf({ account, json }: WrittenAccount): string {
  const { userId, system, generation, userGeneration, presence, erased = false } = account;
  const keys = JSON.stringify({ user_id: userId, system, generation, user_generation: userGeneration, presence, erased });
  return `${keys.slice(0, -1)},"desired":${json}}`;
}
