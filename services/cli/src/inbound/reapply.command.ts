import { REAPPLY_PATHS, REAPPLY_PER_MINUTE, type ReapplyStatus } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { reapplyReport } from '../decide/replay-report.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { isReapplyStatus } from '../operator/replay-answers.ts';
import { operatorToken } from '../operator/token.ts';
import { serviceOf } from './connectors.ts';
import { printLines, type CommandContext } from './context.ts';
import { personOf } from './person.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const HELP = `
The connector looks at accounts again and plans anew, for a target that was restored or changed by hand. What it would take away
passes the brake like any change. Everybody is taken at a rate, behind all other work. Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge reapply fieldglass --user li.ng --reason "Somebody edited the account by hand."
  $ rolebridge reapply fieldglass --all --rate 600/min --reason "Fieldglass was restored to yesterday."
  $ rolebridge reapply fieldglass --stop --reason "Too slow for today."`;

interface ReapplyOptions extends ServiceOptions {
  readonly user?: string;
  readonly all: boolean;
  readonly stop: boolean;
  /** People a minute. */
  readonly rate: number;
  readonly reason: string;
}

/** Adds `rolebridge reapply`. */
export function addReapply(program: Command, context: CommandContext): void {
  const command = program.command('reapply').description('look at accounts of a system again and put them right').argument('<system>', 'one of the systems of the landscape file');
  addServiceOptions(command)
    .option('--user <user>', 'one user, by user name or user id')
    .option('--all', 'everybody who has an account there', false)
    .option('--rate <n/min>', 'so many people a minute: 600/min, 10/s', perMinute, REAPPLY_PER_MINUTE)
    .option('--stop', 'end the one that is under way', false)
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', HELP)
    .action((system: string, options: ReapplyOptions) => reapply(system, options, context));
}

async function reapply(system: string, options: ReapplyOptions, context: CommandContext): Promise<void> {
  const chosen = [options.user !== undefined, options.all, options.stop].filter(Boolean).length;
  if (chosen !== 1) throw new CommandFailure(EXIT.usage, 'Give one of --user, --all and --stop.');
  const service = serviceOf(loadLandscape(options.landscape), system, { argument: 'The system' });
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const whom = options.user === undefined ? { all: true, perMinute: options.rate } : { userId: (await personOf(options.user, client, options.ingest)).id };
  const order = options.stop ? { path: REAPPLY_PATHS.stop, body: { system, reason: options.reason } } : { path: REAPPLY_PATHS.all, body: { system, ...whom, reason: options.reason } };
  const status: ReapplyStatus = await client.send(service, order.path, { body: order.body, isAnswer: isReapplyStatus, right: 'operate' });
  printLines(context.out, reapplyReport(status, options.stop));
}

const MOST_PER_MINUTE = 1_000_000;

/** `600`, `600/min` or `10/s`: per minute. */
function perMinute(text: string): number {
  const [, number, unit = 'min'] = /^([1-9]\d{0,6})(?:\/(s|min))?$/.exec(text) ?? [];
  const people = Number(number) * (unit === 's' ? 60 : 1);
  if (people <= MOST_PER_MINUTE) return people;
  throw new CommandFailure(EXIT.usage, '--rate must be like 600/min or 10/s, whole numbers from 1/min.');
}
