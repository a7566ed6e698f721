import { ERASURE_PATHS, type OpenErasures } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { erasedReport, erasureReport, givenUpReport } from '../decide/erasure-report.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { isErasedPerson, isGivenUp, isOpenErasures } from '../operator/erasure-answers.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { askAll } from './all-services.ts';
import { serviceOf, servicesOf, worst } from './connectors.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { wholeNumber } from './letter-options.ts';
import { personOf } from './person.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const ERASE_HELP = `
Whoever left is erased by itself after some days; until then a returning person keeps the id. This erases somebody who left at
once. Accounts that are still open are ended first. It cannot be taken back: whoever returns later is somebody new.
Needs the right approve. Who and why are kept, without the name.

Examples:
  $ rolebridge erase li.ng --reason "Request 4711 to be forgotten."
  $ rolebridge erase 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --reason "Test person."`;

const LIST_HELP = `
Lists erased people whose account has not ended somewhere: who, where, since when and why. What is needed to end it is kept there.

Examples:
  $ rolebridge erasures
  $ rolebridge erasures --json`;

const ACCEPT_HELP = `
Gives up one account of an erased person that cannot be ended: what is known of it here is erased, the account stays as it is at its
target. End it there by hand first; an account that nobody owns is taken over by whoever comes with the same login.
Needs the right approve. Who and why are kept.

Examples:
  $ rolebridge erasures accept 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --system fieldglass --reason "The tenant is shut down."`;

interface ListOptions extends ServiceOptions {
  readonly limit: number;
  readonly json: boolean;
}

interface EraseOptions extends ServiceOptions {
  readonly reason: string;
}

interface AcceptOptions extends EraseOptions {
  readonly system: string;
}

/** Adds `rolebridge erase` and `rolebridge erasures [list|accept]`. */
export function addErasure(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  addServiceOptions(program.command('erase').description('erase the personal data of somebody who left, now').argument('<user>', 'user name or user id'))
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', ERASE_HELP)
    .action((user: string, options: EraseOptions) => erase(user, options, context));
  const erasures = program.command('erasures').description('erased people whose account has not ended somewhere');
  addServiceOptions(erasures.command('list', { isDefault: true }).description('who is not erased where, and why'))
    .option('--limit <n>', 'at most so many per service, 1 to 1000', wholeNumber('--limit', 1000), 100)
    .option('--json', 'print JSON', false)
    .addHelpText('after', LIST_HELP)
    .action(async (options: ListOptions) => finish(await list(options, context)));
  addServiceOptions(erasures.command('accept').description('give up an account that cannot be ended').argument('<user>', 'user id, or user name'))
    .requiredOption('--system <name>', 'one of the systems of the landscape file')
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', ACCEPT_HELP)
    .action((user: string, options: AcceptOptions) => accept(user, options, context));
  for (const command of erasures.commands) command.copyInheritedSettings(program);
}

const clientOf = (options: ServiceOptions, context: CommandContext): OperatorClient => new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);

async function erase(user: string, options: EraseOptions, context: CommandContext): Promise<void> {
  const client = clientOf(options, context);
  const { id } = await personOf(user, client, options.ingest);
  await client.send({ name: 'Ingest', url: options.ingest }, ERASURE_PATHS.erase(id), { body: { reason: options.reason }, isAnswer: isErasedPerson, right: 'approve' });
  printLines(context.out, erasedReport(id));
}

async function list(options: ListOptions, context: CommandContext): Promise<ExitCode> {
  const client = clientOf(options, context);
  const services = [{ name: 'Role-mapping', url: options.roleMapping }, ...servicesOf(loadLandscape(options.landscape)).map(({ service }) => service)];
  const path = `${ERASURE_PATHS.open}?${new URLSearchParams({ limit: String(options.limit) }).toString()}`;
  const { answers, failures } = await askAll(services, (service) => client.read(service, path, isOpenErasures));
  const erasures = answers.flatMap(({ answer }) => answer.erasures).toSorted((a, b) => (a.since < b.since ? -1 : 1));
  const open: OpenErasures = { erasures, total: answers.reduce((sum, { answer }) => sum + answer.total, 0) };
  if (options.json) printJson(context.out, open);
  else printLines(context.out, erasureReport(open, context.nowMs()));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}

async function accept(user: string, { system, reason, ...options }: AcceptOptions, context: CommandContext): Promise<void> {
  const client = clientOf(options, context);
  const service = serviceOf(loadLandscape(options.landscape), system);
  const { id } = await personOf(user, client, options.ingest);
  await client.send(service, ERASURE_PATHS.accept(id), { body: { system, reason }, isAnswer: isGivenUp, right: 'approve' });
  printLines(context.out, givenUpReport(id, system));
}
