import { OUTBOX_PATHS, type OutboxOrderKind, OVER_ALL } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { outboxReport, releaseReport, type Place } from '../decide/outbox-report.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { OperatorClient, type Service } from '../operator/operator-client.ts';
import { isOutboxOrderResult } from '../operator/outbox-answers.ts';
import { operatorToken } from '../operator/token.ts';
import { askAll } from './all-services.ts';
import { serviceOf, worst } from './connectors.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { frontOwners, INGEST, outboxOwners, readOutbox } from './outboxes.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const LIST_HELP = `
What services have committed and the broker does not have yet. A record that the broker refuses, mostly for its size, is set
aside, and behind it what came later for its key; everybody else's records go on. All services of the landscape are asked;
who does not answer is named, with exit code 5.

Examples:
  $ rolebridge outbox list
  $ rolebridge outbox list --json`;

const RELEASE_HELP = `
After the cause is mended, for example max.message.bytes of the topic was raised: all records of the key go to the broker again,
in their old order. What is refused once more is set aside once more. Needs the right operate.

With --drop the refused records are lost for good and those behind them go. That mends nothing: a reader who needs what was
lost gets the newest state by rolebridge republish. Needs the right approve. Who and why are kept.

Examples:
  $ rolebridge outbox release ingest identity.user.v1 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --reason "The topic takes 2 MiB now."
  $ rolebridge outbox release ${OVER_ALL} provisioning.fieldglass.desired-account.v1 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --drop --reason "A newer state is behind it."`;

interface ReleaseOptions extends ServiceOptions {
  readonly drop: boolean;
  readonly reason: string;
}

/** Adds `rolebridge outbox list` and `release`. */
export function addOutbox(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  const outbox = program.command('outbox').description('what waits for the broker, and records that it refuses');
  addServiceOptions(outbox.command('list').description('what waits at which service, and since when'))
    .option('--json', 'print JSON', false)
    .addHelpText('after', LIST_HELP)
    .action(async (options: ServiceOptions & { readonly json: boolean }) => finish(await list(options, context)));
  addServiceOptions(outbox.command('release').description('let the records of a key go that were set aside'))
    .argument('<service>', `${INGEST}, ${OVER_ALL}, or the system of a connector`)
    .argument('<topic>', 'as rolebridge outbox list shows it')
    .argument('<key>', 'as rolebridge outbox list shows it')
    .option('--drop', 'lose the refused records for good', false)
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', RELEASE_HELP)
    .action((service: string, topic: string, key: string, options: ReleaseOptions) => release(service, { topic, key }, { options, context }));
  for (const command of outbox.commands) command.copyInheritedSettings(program);
}

async function list(options: ServiceOptions & { readonly json: boolean }, context: CommandContext): Promise<ExitCode> {
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const { answers, failures } = await askAll(outboxOwners(loadLandscape(options.landscape), options), (owner) => readOutbox(owner, client));
  const outboxes = answers.map(({ answer }) => answer);
  if (options.json) printJson(context.out, { services: outboxes, unanswered: failures.map(({ message }) => message) });
  else printLines(context.out, outboxReport(outboxes, context.nowMs()));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}

function serviceCalled(name: string, options: ServiceOptions): Service {
  const front = frontOwners(options).find(({ called }) => called === name);
  return front ?? serviceOf(loadLandscape(options.landscape), name, { argument: 'The service', or: [INGEST, OVER_ALL] });
}

async function release(called: string, place: Place, { options, context }: { readonly options: ReleaseOptions; readonly context: CommandContext }): Promise<void> {
  const kind: OutboxOrderKind = options.drop ? 'drop' : 'release';
  const service = serviceCalled(called, options);
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const result = await client.send(service, OUTBOX_PATHS.order(kind), { body: { ...place, reason: options.reason }, isAnswer: isOutboxOrderResult, right: options.drop ? 'approve' : 'operate' });
  printLines(context.out, releaseReport(kind, place, result));
}
