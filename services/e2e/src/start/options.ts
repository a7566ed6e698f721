import { Command } from 'commander';

export interface StartOptions {
  /** End after the story; exit code 0 only if every expected state was reached. */
  readonly once: boolean;
  /** Name of a service that is killed with SIGKILL in the middle of the story. */
  readonly kill?: string;
}

export function readOptions(argv: readonly string[]): StartOptions {
  const command = new Command('npm start --')
    .description('Builds Rolebridge, starts it with a real Kafka, a real PostgreSQL and two simulated targets, and plays a short story with twenty people. Stays up until Ctrl-C.')
    .option('--once', 'end after the story; exit code 0 only if both targets are as expected', false)
    .option('--kill <service>', 'kill -9 this service during the story: ingest, role-mapping, connector-sales-cloud or connector-fieldglass; it is started again')
    .helpOption('--help', 'show this text');
  return command.parse([...argv], { from: 'user' }).opts<StartOptions>();
}
