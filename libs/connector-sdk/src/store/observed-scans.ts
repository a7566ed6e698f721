import { randomUUID } from 'node:crypto';
import type { Database } from '@rolebridge/persistence';

export interface Scan {
  readonly token: string;
  /** By the database's clock; what was seen before is older than this look. */
  readonly since: Date;
}

/** Which instance looks at all accounts of a system, and when. */
export interface ObservedScans {
  /** `undefined`: not due, or somebody else is at it. */
  begin(): Promise<Scan | undefined>;
  /** Still at it; returns now. Rejects when somebody else has taken over. */
  renew(token: string): Promise<Date>;
  end(token: string, result: { readonly accounts: number | null; readonly problem: string | null }): Promise<void>;
}

const LEASE = `interval '60 seconds'`;
/** After a look that failed. */
const RETRY_SECONDS = 60;

const BEGIN = `
update observed_scan set token = $2::uuid, lease_until = clock_timestamp() + ${LEASE}, started_at = clock_timestamp()
where system = $1 and due_at <= now() and (lease_until is null or lease_until < now())
returning started_at as since`;
const RENEW = `update observed_scan set lease_until = clock_timestamp() + ${LEASE} where system = $1 and token = $2::uuid returning clock_timestamp() as now`;
const END = `
update observed_scan set due_at = now() + case when $4::text is null then $5::float8 else least($5::float8, ${RETRY_SECONDS}) end * interval '1 second', lease_until = null, token = null,
  finished_at = now(), accounts = coalesce($3, accounts), problem = $4
where system = $1 and token = $2::uuid`;

export function observedScans(database: Database, system: string, everySeconds: number): ObservedScans {
  return {
    async begin() {
      await database.query('insert into observed_scan (system) values ($1) on conflict do nothing', [system]);
      // A shorter time than the one before takes effect at once.
      await database.query(`update observed_scan set due_at = least(due_at, now() + $2 * interval '1 second') where system = $1 and due_at > now() + $2 * interval '1 second'`, [system, everySeconds]);
      const token = randomUUID();
      const [row] = await database.query<{ since: Date }>(BEGIN, [system, token]);
      return row && { token, since: row.since };
    },
    async renew(token) {
      const [row] = await database.query<{ now: Date }>(RENEW, [system, token]);
      if (row === undefined) throw new Error('Another instance has taken over the look at all accounts.');
      return row.now;
    },
    async end(token, { accounts, problem }) {
      await database.query(END, [system, token, accounts, problem, everySeconds]);
    },
  };
}
