import { type OutgoingRecord, TOPICS } from '@rolebridge/contracts';
import { appendOutbox, saveOffsets } from '@rolebridge/persistence';
import { floorEnvironment } from './environment.ts';
import { consume, headersOf, newest, startStage, topicOf } from './stage.ts';

/** Second process of the bare floor: keeps the user's state and one account per target, passes each on. */
const environment = floorEnvironment();
const running = startStage('middle', environment);
const targets = Array.from({ length: environment.targets }, (_, target) => target);

const SAVE_STATE = `
  insert into user_state as s (user_id, generation, identity)
  select * from json_to_recordset($1::json) as t (id uuid, generation bigint, resource jsonb) order by id
  on conflict (user_id) do update set generation = excluded.generation, identity = excluded.identity where excluded.generation > s.generation`;

const SAVE_ACCOUNTS = `
  insert into assignment as a (user_id, target, generation, desired)
  select t.id, n.target, t.generation, t.resource from json_to_recordset($1::json) as t (id uuid, generation bigint, resource jsonb)
    cross join generate_series(0, $2::int - 1) as n (target) order by 1, 2
  on conflict (user_id, target) do update set generation = excluded.generation, desired = excluded.desired where excluded.generation > a.generation`;

await consume(running, topicOf.user(environment.topicPrefix), async (batch) => {
  const users = newest(batch.records);
  const texts = users.map((user) => JSON.stringify(user));
  const records = users.flatMap(({ id }, index) =>
    targets.map((target): OutgoingRecord => ({ topic: topicOf.account(environment.topicPrefix, target), key: id, value: texts[index] ?? '', headers: headersOf(id, TOPICS.desiredAccount.eventType) })),
  );
  await running.database.transaction(async (sql) => {
    await sql.query(SAVE_STATE, [`[${texts.join(',')}]`]);
    await sql.query(SAVE_ACCOUNTS, [`[${texts.join(',')}]`, targets.length]);
    await appendOutbox(sql, records);
    await saveOffsets(sql, batch.consumer, batch.offsets);
  });
});
