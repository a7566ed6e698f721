import { createLogger, exitOnConfigurationError, loadEnvironment } from '@rolebridge/observability';
import { migrate } from '@rolebridge/persistence';
import { Matches } from 'class-validator';
import { CONSUMER, MIGRATIONS, SCHEMA } from './settings.ts';

class MigrationEnvironment {
  @Matches(/^postgres(ql)?:\/\/[^\s/]+\/[^\s/?]+/, { message: 'must be the address of a PostgreSQL database, for example postgres://user:password@localhost:5432/rolebridge.' })
  readonly DATABASE_URL: string = '';
}

/** The one-shot job: brings the schema up to date, then ends. */
await exitOnConfigurationError(async () => {
  const { DATABASE_URL } = loadEnvironment(MigrationEnvironment);
  const { applied } = await migrate({ url: DATABASE_URL, schema: SCHEMA, directory: MIGRATIONS });
  createLogger({ service: CONSUMER }).info({ applied }, 'the schema is up to date');
});
