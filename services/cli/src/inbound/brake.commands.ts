import { BRAKE_PATHS, type BrakeListing, type BrakeOrderKind, type BrakeOrderResult, MAX_HELD_PER_LIST, OVER_ALL } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { brakeReport, orderReport } from '../decide/brake-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { isBrakeListing, isBrakeOrderResult } from '../operator/brake-answers.ts';
import { OperatorClient, type Service } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { serviceOf, servicesOf, worst } from './connectors.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { wholeNumber } from './letter-options.ts';
import { personOf } from './person.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const PLACE = `a system of the landscape file, or ${OVER_ALL} for the brake over all systems`;

const LIST_HELP = `
The brake holds changes back when many people would lose access in a short time. Listed are who is held where, since when,
what each would lose and why. The number of a listing names what it shows: a release of it lets exactly that set through.

Examples:
  $ rolebridge brake list
  $ rolebridge brake list --system fieldglass --json`;

const ORDER_HELP: Readonly<Record<BrakeOrderKind, string>> = {
  release: `
One person, or everything that a listing showed; what came later stays held. Needs the right approve. Where two different
operators must agree, the first call notes the approval and the second releases. Who and why are kept.

Examples:
  $ rolebridge brake release li.ng --system fieldglass --reason "Left on 31 January, checked with HR."
  $ rolebridge brake release --listing 117 --system ${OVER_ALL} --reason "Planned closure of unit 200."`,
  drop: `
Decides that what is held shall not happen. It rests until other access is wished for the person; a release takes the drop
back. Needs the right approve. Who and why are kept.

Examples:
  $ rolebridge brake drop li.ng --system fieldglass --reason "The export of HR was wrong."
  $ rolebridge brake drop --listing 117 --system fieldglass --reason "The export of HR was wrong."`,
};

interface ListOptions extends ServiceOptions {
  readonly system?: string;
  readonly limit: number;
  readonly dropped: boolean;
  readonly json: boolean;
}

interface OrderOptions extends ServiceOptions {
  readonly system: string;
  readonly listing?: string;
  readonly reason: string;
}

/** Adds `rolebridge brake list`, `release` and `drop`. */
export function addBrake(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  const brake = program.command('brake').description('what the brake holds back, and the decision about it');
  addServiceOptions(brake.command('list').description('who is held where, why, and what each would lose'))
    .option('--system <name>', PLACE)
    .option('--limit <n>', `at most so many changes per system, 1 to ${MAX_HELD_PER_LIST}`, wholeNumber('--limit', MAX_HELD_PER_LIST), 1000)
    .option('--dropped', 'also what was dropped and rests', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', LIST_HELP)
    .action(async (options: ListOptions) => finish(await list(options, context)));
  for (const kind of ['release', 'drop'] as const) {
    addServiceOptions(brake.command(kind).description(kind === 'release' ? 'let through what is held' : 'decide that what is held shall not happen').argument('[user]', 'user name or user id'))
      .requiredOption('--system <name>', PLACE)
      .option('--listing <number>', 'instead of a user: everything that this listing showed')
      .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
      .addHelpText('after', ORDER_HELP[kind])
      .action((user: string | undefined, options: OrderOptions) => carryOut(kind, user, { options, context }));
  }
  for (const command of brake.commands) command.copyInheritedSettings(program);
}

async function list(options: ListOptions, context: CommandContext): Promise<ExitCode> {
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const query = new URLSearchParams({ limit: String(options.limit), dropped: String(options.dropped), ...(options.system === undefined ? {} : { place: options.system }) });
  const results = await Promise.all(placesOf(options).map((service) => ask(service, query, client)));
  const failures = results.filter((result) => result instanceof CommandFailure);
  if (failures.length === results.length) throw worst(failures);
  const listings = results.filter((result): result is BrakeListing => !(result instanceof CommandFailure));
  const listing: BrakeListing = { places: listings.flatMap(({ places }) => places), changes: listings.flatMap(({ changes }) => changes) };
  if (options.json) printJson(context.out, listing);
  else printLines(context.out, brakeReport(listing, context.nowMs()));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}

function placesOf(options: ServiceOptions & { readonly system?: string }): readonly Service[] {
  const roleMapping = { name: 'Role-mapping', url: options.roleMapping };
  if (options.system === OVER_ALL) return [roleMapping];
  const landscape = loadLandscape(options.landscape);
  return options.system === undefined ? [roleMapping, ...servicesOf(landscape).map(({ service }) => service)] : [serviceOf(landscape, options.system, { or: [OVER_ALL] })];
}

async function ask(service: Service, query: URLSearchParams, client: OperatorClient): Promise<BrakeListing | CommandFailure> {
  try {
    return await client.read(service, `${BRAKE_PATHS.list}?${query.toString()}`, isBrakeListing);
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
}

async function carryOut(kind: BrakeOrderKind, user: string | undefined, { options, context }: { readonly options: OrderOptions; readonly context: CommandContext }): Promise<void> {
  const { system: place, reason } = options;
  const listing = numberOf(user, options.listing);
  const [service] = placesOf(options);
  if (!service) throw new CommandFailure(EXIT.usage, `--system must be ${PLACE}.`);
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const whom = user === undefined ? { listing } : { userId: (await personOf(user, client, options.ingest)).id };
  const result: BrakeOrderResult = await client.send(service, BRAKE_PATHS.order(kind), { body: { place, reason, ...whom }, isAnswer: isBrakeOrderResult, right: 'approve' });
  printLines(context.out, orderReport(kind, place, result));
}

function numberOf(user: string | undefined, listing: string | undefined): number | undefined {
  if ((user === undefined) === (listing === undefined)) throw new CommandFailure(EXIT.usage, 'Give a user, or --listing with the number that rolebridge brake list told.');
  if (listing !== undefined && !/^[1-9]\d{0,14}$/.test(listing)) throw new CommandFailure(EXIT.usage, '--listing must be the number that rolebridge brake list told.');
  return listing === undefined ? undefined : Number(listing);
}
