import type { DeliveryState } from '@rolebridge/contracts';
import { type Database, recordOrder, type Sql } from '@rolebridge/persistence';

/** Where a redrive makes sense: dead, waiting, or not yet done. */
const REDRIVABLE = ['rejected', 'exhausted', 'waiting', 'pending'] as const satisfies readonly DeliveryState[];

/** States in which a redrive is refused. */
export type NotRedrivable = Exclude<DeliveryState, (typeof REDRIVABLE)[number]>;

export interface Redrive {
  readonly system: string;
  readonly userId: string;
  /** Nothing is redriven below this generation of the account. */
  readonly minGeneration: number;
}

/** Applies the newest state, never an old payload: the row is due again, at once (L27, R-25). */
const REDRIVE = `
update link set state = 'pending', attempt = 0, redrives = redrives + 1, not_before = greatest(now(), settle_until),
  failure = null, first_failure_at = null, waiting_since = null, waiting_on = null, updated_at = now()
where system = $1 and user_id = $2::uuid and newest_seen >= $3 and state = any($4::text[])
returning user_id`;

/** Makes the newest wish of one person at one system due again. False when there is nothing to redrive. */
export async function redriveLink(sql: Sql, { system, userId, minGeneration }: Redrive): Promise<boolean> {
  return (await sql.query(REDRIVE, [system, userId, minGeneration, REDRIVABLE])).length > 0;
}

const LOCK = 'select state from link where system = $1 and user_id = $2::uuid for update';

/** Who ordered it, and why (L29). */
export interface OrderedBy {
  readonly by: string;
  readonly reason: string;
}

/**
 * {@link redriveLink} whatever the generation, and why it was refused: the state that was met, or `unknown` without a link. What is carried out
 * is recorded in the same transaction.
 */
export function redriveNewest(database: Database, link: Omit<Redrive, 'minGeneration'>, { by, reason }: OrderedBy): Promise<'redriven' | 'unknown' | NotRedrivable> {
  return database.transaction(async (sql) => {
    const [found] = await sql.query<{ readonly state: DeliveryState }>(LOCK, [link.system, link.userId]);
    if (!found) return 'unknown';
    if (!isRedrivable(found.state)) return found.state;
    await redriveLink(sql, { ...link, minGeneration: 0 });
    const { system, userId } = link;
    await recordOrder(sql, { order: 'redrive', operator: by, reason, system, affected: 1, subjects: [`${system}/${userId}`] });
    return 'redriven';
  });
}

function isRedrivable(state: DeliveryState): state is (typeof REDRIVABLE)[number] {
  return REDRIVABLE.some((one) => one === state);
}
