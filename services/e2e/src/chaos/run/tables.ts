import { connectDatabase, type Database } from '@rolebridge/persistence';
import type { ChaosSystem } from '../stories/oracle.ts';
import type { Stage } from './stage.ts';

/** A link as the connector's table holds it. */
export interface LinkRow {
  readonly system: ChaosSystem;
  readonly userId: string;
  readonly state: string;
  readonly newestSeen: number;
  readonly attempt: number;
  readonly owned: boolean;
  readonly accountKey: string | null;
  readonly accountId: string | null;
  readonly leased: boolean;
  readonly verifying: boolean;
  /** Milliseconds from now. */
  readonly dueInMs: number | null;
  readonly failureCode: string | null;
}

const SCHEMAS = { ingest: 'ingest', roleMapping: 'role_mapping', 'sales-cloud': 'connector_sales_cloud', fieldglass: 'connector_fieldglass', 'chaos-directory': 'connector_x_directory' } as const;

const LINKS = `select system, user_id as "userId", state, newest_seen as "newestSeen", attempt, owned, account_key as "accountKey", account_id as "accountId",
  lease_token is not null as leased, verify_at is not null as verifying, failure->>'code' as "failureCode",
  case when not_before < 'infinity' then (extract(epoch from not_before - now()) * 1000)::float8 end as "dueInMs" from link`;

/** Looks into the tables of all services. Reads only. */
export interface Tables {
  links(): Promise<readonly LinkRow[]>;
  /** Generations by user id, as accepted at the front door. */
  accepted(): Promise<ReadonlyMap<string, number>>;
  /** Internal ids by employee number. */
  people(): Promise<ReadonlyMap<string, string>>;
  /** Generations by user id, as judged by the rules. */
  judged(): Promise<ReadonlyMap<string, number>>;
  /** Generations by `<system>/<user id>`, as wished. */
  wished(): Promise<ReadonlyMap<string, number>>;
  /** People of whom a date has passed and who have not been judged since. */
  overdue(): Promise<number>;
  /** Rows in outboxes and beside them, by schema, where there are any. */
  unsent(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Connections are opened for each look, since the database may be killed at any moment. */
export function tablesOf({ backbone, systems }: Pick<Stage, 'backbone' | 'systems'>): Tables {
  const schemas = [SCHEMAS.ingest, SCHEMAS.roleMapping, ...systems.map((system) => SCHEMAS[system])];
  const databases = new Map<string, Database>(schemas.map((schema) => [schema, connectDatabase({ url: backbone.databaseUrl, schema, applicationName: 'chaos', maxConnections: 1 })]));
  const of = (schema: string): Database => {
    const database = databases.get(schema);
    if (!database) throw new Error(`No schema is called ${schema}.`);
    return database;
  };
  const generations = async (schema: string, statement: string): Promise<ReadonlyMap<string, number>> =>
    new Map((await of(schema).query<{ key: string; generation: number }>(statement)).map(({ key, generation }) => [key, generation]));
  return {
    links: async () => (await Promise.all(systems.map((system) => of(SCHEMAS[system]).query<LinkRow>(LINKS)))).flat(),
    accepted: () => generations(SCHEMAS.ingest, 'select id::text as key, generation from users'),
    people: async () => new Map((await of(SCHEMAS.ingest).query<{ person: string; id: string }>('select employee_number as person, id from users')).map(({ person, id }) => [person, id])),
    judged: () => generations(SCHEMAS.roleMapping, 'select user_id::text as key, generation from user_state'),
    wished: () => generations(SCHEMAS.roleMapping, `select system || '/' || user_id as key, generation from assignment`),
    overdue: async () => (await of(SCHEMAS.roleMapping).query('select 1 from user_state where reevaluate_at <= now()')).length,
    async unsent() {
      const all = [...databases].flatMap(([schema, database]) => ['outbox', 'outbox_aside'].map(async (table) => ({ name: `${schema}.${table}`, rows: (await database.query(`select 1 from ${table}`)).length })));
      return (await Promise.all(all)).filter(({ rows }) => rows > 0).map(({ name, rows }) => `${name}: ${rows} rows`);
    },
    close: async () => void (await Promise.all([...databases.values()].map((database) => database.close()))),
  };
}
