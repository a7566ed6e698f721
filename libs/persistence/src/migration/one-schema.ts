import { type DatabaseIntrospector, type Kysely, PostgresDialect, type PostgresDialectConfig, sql } from 'kysely';

/** Looks at one schema only: the library's own introspection reads every column of every schema of the server, many times per migration. */
export class OneSchemaDialect extends PostgresDialect {
  readonly #schema: string;

  constructor(config: PostgresDialectConfig, schema: string) {
    super(config);
    this.#schema = schema;
  }

  override createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    const schema = this.#schema;
    return {
      getSchemas: async () => (await sql<{ name: string }>`select nspname as name from pg_namespace where nspname = ${schema}`.execute(db)).rows,
      getTables: async () => {
        const { rows } = await sql<{ name: string }>`select relname as name from pg_class where relnamespace = to_regnamespace(quote_ident(${schema})) and relkind in ('r', 'p')`.execute(db);
        return rows.map(({ name }) => ({ name, schema, isView: false, isForeign: false, columns: [] }));
      },
    };
  }
}
