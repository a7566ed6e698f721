import { randomUUID } from 'node:crypto';
import type { Sql } from '@rolebridge/persistence';
import { person, Workbench } from '../test/workbench.ts';
import { complete, type Completion } from './completion.ts';
import { type ClaimedLink, linkStore } from './link-store.ts';

const WAITING = 4_000;
const AT_WORK = 8;

describe('behind a long queue', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
    await bench.wish(...Array.from({ length: WAITING }, () => person().wish()));
  });
  afterEach(() => bench.close());

  const done = (link: ClaimedLink): Completion => ({
    link,
    state: 'applied',
    applied: { title: '#1' },
    attempted: null, sent: null,
    accountKey: link.userId,
    accountId: null,
    owned: true,
    attempt: 0,
    delayMs: 0,
    unsettled: false,
    verifyInMs: null,
    settingsHash: 'v1',
    waitingOn: null,
    failure: null,
    shadowPlan: null,
  });

  const store = (sql: Sql) => linkStore({ ...bench.database, query: (text, parameters) => sql.query(text, parameters) }, { system: 'directory', leaseMs: 60_000, settleMs: 0 });

  /** Rows of `link` that this transaction has looked at so far. */
  async function looked(sql: Sql): Promise<number> {
    const [row] = await sql.query<{ rows: number }>(`select (idx_tup_fetch + seq_tup_read)::int as rows from pg_stat_xact_user_tables where schemaname = current_schema() and relname = 'link'`);
    return row?.rows ?? 0;
  }

  test('a worker looks at the links it works on, not at all that wait', async () => {
    const seen = await bench.database.transaction(async (sql) => {
      const links = await store(sql).claim(AT_WORK, randomUUID(), false);
      const claimed = await looked(sql);
      await store(sql).announce(links.map((link) => ({ link, attempted: [{ title: '#1' }], accountKey: link.userId, accountId: null })));
      const announced = await looked(sql);
      await complete(sql, 'directory', links.map(done), { verifyMs: 1_000, settleMs: 0 });
      return { claimed, announced: announced - claimed, completed: (await looked(sql)) - announced };
    });
    expect(Object.entries(seen).filter(([, rows]) => rows >= WAITING / 10)).toEqual([]);
  });
});
