import { ConfigurationError, exitOnConfigurationError } from '@rolebridge/observability';
import { startSalesCloudSimulator } from './sales-cloud.simulator.ts';

/** The simulated Sales Cloud as a process: `PORT` (8092), `HOST`, `SIMULATOR_USER`, `SIMULATOR_PASSWORD` and what the options name. */
const { env } = process;

function number(name: string, byDefault: number): number {
  const value = Number(env[name] ?? byDefault);
  if (!Number.isInteger(value) || value < 0) throw new ConfigurationError([`${name}: must be a whole number, 0 or more.`]);
  return value;
}

function required(name: string): string {
  const value = env[name];
  if (!value) throw new ConfigurationError([`${name}: is not set.`]);
  return value;
}

await exitOnConfigurationError(async () => {
  const simulator = await startSalesCloudSimulator({
    port: number('PORT', 8092),
    host: env['HOST'] ?? '127.0.0.1',
    user: env['SIMULATOR_USER'] ?? '_ROLEBRIDGE',
    password: required('SIMULATOR_PASSWORD'),
    senderParty: env['SIMULATOR_SENDER_PARTY'] ?? 'ROLEBRIDGE',
    recipientParty: env['SIMULATOR_RECIPIENT_PARTY'] ?? 'C4CSIM',
    settleWindowMs: number('SIMULATOR_SETTLE_WINDOW_MS', 200),
    dropDuplicates: env['SIMULATOR_DROP_DUPLICATES'] === 'true',
    seed: number('SIMULATOR_SEED', 1),
  });
  process.stdout.write(`${JSON.stringify({ msg: 'The simulated Sales Cloud is ready.', url: simulator.url })}\n`);
  const stop = () => void simulator.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
