import { type LearnedId, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import { appendOutbox, type Database } from '@rolebridge/persistence';

/** Global User IDs that a directory gave to people: told once per person (L8). */
export interface LearnedIds {
  tell(userId: string, userUuid: string): Promise<void>;
}

const ONCE = 'insert into learned_id (user_id, user_uuid) values ($1::uuid, $2) on conflict do nothing returning user_id';

export function learnedIds(database: Database, system: string, topicPrefix: string): LearnedIds {
  return {
    tell: (userId, userUuid) =>
      database.transaction(async (sql) => {
        if ((await sql.query(ONCE, [userId, userUuid])).length === 0) return;
        const at = new Date().toISOString();
        const value: LearnedId = { userId, userUuid, system, at };
        const id = `learned-id/${system}/${userId}`;
        const headers = toHeaders({ id, source: `/rolebridge/connector/${system}`, type: TOPICS.learnedId.eventType, subject: userId, time: at, correlationid: id });
        await appendOutbox(sql, [{ topic: topicName('learnedId', {}, topicPrefix), key: userId, value: JSON.stringify(value), headers }]);
      }),
  };
}
