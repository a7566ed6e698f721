/** A connection to the database of a test; structurally the `Sql` of libs/persistence. */
interface Queries {
  query(text: string): Promise<unknown>;
}

/**
 * A backup of one schema, as a dump would be: every row of every table as it is now. The function that is returned puts it back,
 * whatever happened since. Sequences stay, as nothing here depends on them.
 */
export async function backUp(database: Queries, schema: string): Promise<() => Promise<void>> {
  const copy = `${schema}_backup`;
  await database.query(`do $$ declare one text; begin
    execute 'drop schema if exists "${copy}" cascade';
    execute 'create schema "${copy}"';
    for one in select tablename from pg_tables where schemaname = '${schema}' loop
      execute format('create table "${copy}".%I as table "${schema}".%I', one, one);
    end loop;
  end $$`);
  return async () => {
    // as pg_restore does it: without triggers and foreign keys
    await database.query(`do $$ declare one text; columns text; begin
      perform set_config('session_replication_role', 'replica', true);
      for one in select tablename from pg_tables where schemaname = '${copy}' loop
        execute format('truncate "${schema}".%I cascade', one);
      end loop;
      for one in select tablename from pg_tables where schemaname = '${copy}' loop
        select string_agg(format('%I', column_name), ', ') into columns from information_schema.columns
          where table_schema = '${schema}' and table_name = one and is_generated = 'NEVER';
        execute format('insert into "${schema}".%I (%s) overriding system value select %s from "${copy}".%I', one, columns, columns, one);
      end loop;
    end $$`);
  };
}
