import { ConfigurationError, exitOnConfigurationError, loadEnvironment } from '@rolebridge/observability';
import { startFieldglassSimulator } from './fieldglass.simulator.ts';
import { SimulatorEnvironment } from './simulator-environment.ts';

await exitOnConfigurationError(async () => {
  const environment = loadEnvironment(SimulatorEnvironment);
  const simulator = await startFieldglassSimulator({
    port: environment.PORT,
    host: environment.HOST,
    virtualPersonName: environment.FIELDGLASS_VIRTUAL_PERSON,
    licenseKey: environment.FIELDGLASS_LICENSE_KEY,
    uploadUsername: environment.FIELDGLASS_UPLOAD_USERNAME,
    uploadPassword: environment.FIELDGLASS_UPLOAD_PASSWORD,
    tokenLifetimeS: environment.TOKEN_LIFETIME_S,
    searchLagMs: environment.SEARCH_LAG_MS,
    unitList: environment.UNIT_LIST,
    ...(environment.ASYNCHRONOUS_MS > 0 ? { asynchronousMs: environment.ASYNCHRONOUS_MS } : {}),
    groups: ['Requisition Approvers', 'Timesheet Approvers', ...Array.from({ length: environment.GROUP_COUNT - 2 }, (_, n) => `Group ${n + 3}`)],
  }).catch((error: unknown) => {
    throw isTaken(error) ? new ConfigurationError([`PORT: ${environment.PORT} is taken; choose another one.`]) : error;
  });
  process.stdout.write(`SAP Fieldglass, simulated, at ${simulator.url}; its state at ${simulator.url}/_simulator/state\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close());
});

function isTaken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE';
}
