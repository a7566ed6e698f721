import { createLogger, exitOnConfigurationError, loadEnvironment, waitForPeers } from '@rolebridge/observability';
import { IngestEnvironment } from './environment.ts';
import { runIngest } from './run-ingest.ts';
import { restoreIngest } from './run-restored.ts';
import { CONSUMER } from './settings.ts';

await exitOnConfigurationError(async () => {
  const environment = loadEnvironment(IngestEnvironment);
  const version = process.env['SERVICE_VERSION'] ?? '0.1.0';
  const log = createLogger({ service: CONSUMER, level: environment.LOG_LEVEL, version });
  await waitForPeers(environment, { log });
  if (process.argv[2] === 'restored') await restoreIngest({ environment, log, version });
  else await runIngest({ environment, log, version });
});
