import { TOPICS } from '@rolebridge/contracts';
import { appendOutbox, coalesce, saveOffsets } from '@rolebridge/persistence';
import { Pool } from 'undici';
import { floorEnvironment } from './environment.ts';
import { consume, type FloorUser, headersOf, newest, startStage, topicOf } from './stage.ts';

/** Third process of the bare floor: keeps wishes as links, claims due ones, calls the target, completes them with an outcome. */
const environment = floorEnvironment();
const running = startStage('last', environment);
const { database } = running;

const UPSERT = `
  insert into link as l (target, user_id, newest_seen, desired, state, not_before)
  select $1, t.id, t.generation, t.resource, 'pending', now() from json_to_recordset($2::json) as t (id uuid, generation bigint, resource jsonb) order by t.id
  on conflict (target, user_id) do update set newest_seen = excluded.newest_seen, desired = excluded.desired, state = 'pending', not_before = now()
  where excluded.newest_seen > l.newest_seen`;

const CLAIM = `
  with due as (
    select user_id from link where target = $1 and state in ('pending', 'applying') and not_before <= now() order by not_before limit $2 for update skip locked
  )
  update link l set state = 'applying', not_before = now() + interval '30 seconds' from due where l.target = $1 and l.user_id = due.user_id
  returning l.user_id as id, l.newest_seen as generation, l.desired as resource`;

const COMPLETE = `
  update link l set state = 'accepted', applied = c.generation, last_applied = l.desired
  from unnest($2::uuid[], $3::bigint[]) as c (user_id, generation) where l.target = $1 and l.user_id = c.user_id and l.state = 'applying'`;

async function serve(target: number): Promise<void> {
  const slots = 2 * environment.concurrency;
  const calls = new Pool(environment.targetUrl, { connections: environment.concurrency });
  const outcomes = topicOf.outcome(environment.topicPrefix);
  let atWork = 0;
  let looking = false;
  let again = false;

  const complete = coalesce<FloorUser, void>(async (users) => {
    await database.transaction(async (sql) => {
      await sql.query(COMPLETE, [target, users.map(({ id }) => id), users.map(({ generation }) => generation)]);
      await appendOutbox(sql, users.map(({ id, generation }) => ({ topic: outcomes, key: id, value: JSON.stringify({ id, target, generation, state: 'accepted' }), headers: headersOf(id, TOPICS.outcome.eventType) })));
    });
    return users.map(() => undefined);
  });

  async function work(user: FloorUser): Promise<void> {
    const answer = await calls.request({ method: 'POST', path: `/${target}`, body: JSON.stringify(user.resource) });
    await answer.body.dump();
    await complete(user);
    atWork -= 1;
    if (atWork <= slots / 2) look();
  }

  function look(): void {
    again = looking;
    if (looking) return;
    looking = true;
    void claim().finally(() => {
      looking = false;
      if (again) look();
    });
  }

  async function claim(): Promise<void> {
    if (atWork >= slots) return;
    const users = await database.query<FloorUser>(CLAIM, [target, slots - atWork]);
    atWork += users.length;
    for (const user of users) void work(user);
  }

  await consume(running, topicOf.account(environment.topicPrefix, target), async (batch) => {
    const users = newest(batch.records);
    await database.transaction(async (sql) => {
      await sql.query(UPSERT, [target, JSON.stringify(users)]);
      await saveOffsets(sql, batch.consumer, batch.offsets);
    });
    look();
  });
}

await Promise.all(Array.from({ length: environment.targets }, (_, target) => serve(target)));
