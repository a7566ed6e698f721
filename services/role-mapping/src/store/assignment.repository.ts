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
  insert into assignment (user_id, system, generation, user_generation, presence, desired)
  select (d ->> 'userId')::uuid, d ->> 'system', (d ->> 'generation')::bigint, (d ->> 'userGeneration')::bigint, d ->> 'presence', d
  from jsonb_array_elements($1::jsonb) as t (d)
  order by 1, 2
  on conflict (user_id, system) do update
    set generation = excluded.generation, user_generation = excluded.user_generation, presence = excluded.presence, desired = excluded.desired`;

/** Stores accounts, given as JSON texts: the same texts that go to the topic, so that each is written out once. */
export async function saveAccounts(sql: Sql, accounts: readonly string[]): Promise<void> {
  if (accounts.length > 0) await sql.query(SAVE, [`[${accounts.join(',')}]`]);
}
