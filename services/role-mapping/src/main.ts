import { ConfigurationError, createLogger, exitOnConfigurationError, loadEnvironment, waitForPeers } from '@rolebridge/observability';

import { CONSUMER } from './decide/records.ts';
import { RoleMappingEnvironment } from './environment.ts';
import { runRoleMapping } from './inbound/run-role-mapping.ts';
import { restoreRoleMapping } from './run-restored.ts';

await exitOnConfigurationError(async () => {
  const environment = loadEnvironment(RoleMappingEnvironment);
  const version = process.env['SERVICE_VERSION'] ?? '0.1.0';
  const log = createLogger({ service: CONSUMER, level: environment.LOG_LEVEL, version });
  await waitForPeers(environment, { log });
  if (process.argv[2] === 'restored') return void (await restoreRoleMapping({ environment, log, version }));
  const { rules } = await runRoleMapping({ environment, log, version });
  process.on('SIGHUP', () => {
    rules.load().catch((error: unknown) => {
      const problems = error instanceof ConfigurationError ? { problems: error.problems } : { err: error };
      log.error(problems, 'the rules could not be read anew; the active ones stay');
    });
  });
});
