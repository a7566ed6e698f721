import type { Command } from 'commander';
import { loadLandscape, type Landscape } from '@rolebridge/landscape';
import type { OutboxOf } from '../decide/outbox-report.ts';
import { systemReport, type SystemAnswer } from '../decide/system-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { servicesOf, worst, type SystemsAt } from './connectors.ts';
import { askFront } from './front-status.ts';
import { connectorOwner, readOutbox } from './outboxes.ts';
import { addServiceOptions } from './service-options.ts';
import { userStatus, type StatusOptions } from './user-status.ts';

const HELP = `
Without a user: per system the backlog and the age of its oldest change, how many wait, are held or dead,
the circuit breaker and the last success; below it what waits for somebody, also at the front door, over
all systems and on the way to the broker, each with the command to type next. With a user: per system the
state, the account, its units, roles and groups with the rule that gave each, the next attempt, the last
failure, and what holds the person back.

Examples:
  $ rolebridge status
  $ rolebridge status li.ng
  $ rolebridge status 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --json`;

/** Adds `rolebridge status [user]`. `finish` is told the exit code when there was something to show and yet not all is well. */
export function addStatus(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  const command = program.command('status').description('what is applied, what waits and why').argument('[user]', 'user name or user id');
  addServiceOptions(command)
    .option('--json', 'print JSON', false)
    .addHelpText('after', HELP)
    .action(async (user: string | undefined, options: StatusOptions) => finish(await status(user, options, context)));
}

async function status(user: string | undefined, options: StatusOptions, context: CommandContext): Promise<ExitCode> {
  const landscape = loadLandscape(options.landscape);
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  return user === undefined ? systemStatus(landscape, client, options, context) : userStatus({ user, landscape, client, options, context });
}

async function systemStatus(landscape: Landscape, client: OperatorClient, options: StatusOptions, context: CommandContext): Promise<ExitCode> {
  const [front, results] = await Promise.all([askFront(options, client), Promise.all(servicesOf(landscape).map((connector) => askStatus(connector, client)))]);
  const answers = results.flatMap(({ answers: some }) => some);
  const failures = [...results.flatMap(({ failure }) => failure ?? []), ...front.failures];
  const outboxes = [...front.outboxes, ...results.flatMap(({ outbox }) => outbox ?? [])];
  if (answers.every((answer) => 'problem' in answer) && front.services.length === 0) throw worst(failures);
  if (options.json) printJson(context.out, { systems: answers, services: front.services, outboxes });
  else printLines(context.out, systemReport(answers, { front: front.services, outboxes }, context.nowMs()));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}

interface ConnectorAnswer {
  readonly answers: readonly SystemAnswer[];
  readonly outbox?: OutboxOf;
  readonly failure?: CommandFailure;
}

async function askStatus(connector: SystemsAt, client: OperatorClient): Promise<ConnectorAnswer> {
  const { service, systems } = connector;
  try {
    const { systems: known } = await client.status(service);
    const outbox = await readOutbox(connectorOwner(connector), client);
    const answers = systems.map((system): SystemAnswer => {
      const found = known.find((entry) => entry.system === system);
      return found ? { system, status: found } : { system, problem: `The connector at ${service.url} does not serve ${system}; restart it with the landscape file of now.` };
    });
    const unserved = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
    return { answers, outbox, ...(unserved.length > 0 ? { failure: new CommandFailure(EXIT.failure, unserved.join(' ')) } : {}) };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { answers: systems.map((system) => ({ system, problem: error.message })), failure: error };
  }
}
