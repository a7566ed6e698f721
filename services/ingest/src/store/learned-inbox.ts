import { parseRecord } from '@rolebridge/contracts';
import type { BatchHandler } from '@rolebridge/kafka';
import { appendOutbox, readEpoch } from '@rolebridge/persistence';
import { identityRecord } from '../decide/identity-record.ts';
import { withLearnedId } from '../decide/learned-id.ts';
import type { UserRow } from '../decide/user-row.ts';
import type { WriterSettings } from './change-writer.ts';
import { readModelOf } from './proxy-inbox.ts';
import type { ProxyInboxParts } from './proxy-inbox.ts';
import { lockUsers, saveUsers } from './users.store.ts';

export interface LearnedInboxParts extends ProxyInboxParts {
  readonly settings: WriterSettings;
  readonly now: () => Date;
}

/** The one edge back that may cause an event (L8): a Global User ID that a directory gave, set where there is none. */
export function learnedInbox(parts: LearnedInboxParts): BatchHandler {
  return readModelOf(parts, async (sql, { records }) => {
    const learned = records.filter(({ value }) => value !== null).map((record) => parseRecord('learnedId', record));
    const people = new Map((await lockUsers(sql, [...new Set(learned.map(({ value }) => value.userId))])).map((row) => [row.id, row]));
    const epoch = await readEpoch(sql);
    const changed = new Map<string, UserRow>();
    for (const { value, attributes } of learned) {
      const row = changed.get(value.userId) ?? people.get(value.userId);
      const next = row && withLearnedId(row, value, { epoch, now: parts.now().toISOString(), correlationId: attributes.correlationid });
      if (next) changed.set(next.id, next);
    }
    const rows = [...changed.values()];
    await saveUsers(sql, rows);
    await appendOutbox(sql, rows.map((row) => identityRecord(row, parts.settings.statements, parts.settings.userTopic)));
  });
}
