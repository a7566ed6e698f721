import { type BulkRedrive, type BulkRedriveResult, type DeadLetterFilter } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { redriveReport } from '../decide/letter-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { askAll, servicesFor } from './all-services.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { worst } from './connectors.ts';
import { addLetterFilters, filterOf, rate, type LetterOptions } from './letter-options.ts';
import { redriveToTheEnd } from './redrive-to-the-end.ts';
import { addServiceOptions, sentence } from './service-options.ts';

const HELP = `
After the cause is mended. The newest state of each person is applied, never an old one; what is superseded, resolved or
under way is left alone and counted. Name letters by id, or say which by filters, or --all. With --rate the work is spread
over time at each service, ordered ten seconds of it at a time: the command stays until the last is ordered, Ctrl-C leaves the
rest as it is. Needs the right operate. Who, why and which are kept: rolebridge audit.

Examples:
  $ rolebridge dead-letters redrive 3k7d0xq2m9ta --reason "The site exists now."
  $ rolebridge dead-letters redrive --target fieldglass --code field-missing --dry-run --reason "Cost centre is filled now."
  $ rolebridge dead-letters redrive --all --rate 5/s --reason "Fieldglass was restored."`;

interface RedriveOptions extends LetterOptions {
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly rate?: number;
  readonly reason: string;
  readonly json: boolean;
}

/** Adds `rolebridge dead-letters redrive`. */
export function addRedrive(letters: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  addLetterFilters(addServiceOptions(letters.command('redrive').description('try again, by ids, by filters, or all').argument('[id...]', 'ids of dead letters')), context.nowMs)
    .option('--all', 'every open dead letter', false)
    .option('--dry-run', 'say what would be done, and change nothing', false)
    .option('--rate <n/s>', 'so many a second at each service: 5/s, 30/min', rate)
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .option('--json', 'print JSON', false)
    .addHelpText('after', HELP)
    .action(async (ids: readonly string[], options: RedriveOptions) => finish(await redrive([...new Set(ids.map((id) => id.toLowerCase()))], options, context)));
}

async function redrive(ids: readonly string[], options: RedriveOptions, context: CommandContext): Promise<ExitCode> {
  const filter = chosen(ids, options);
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const order: BulkRedrive = { filter, reason: options.reason, dryRun: options.dryRun, ...(options.rate === undefined ? {} : { perSecond: options.rate }) };
  const services = servicesFor(options, loadLandscape(options.landscape), options);
  const stop = context.untilInterrupted();
  const { answers, failures } = await askAll(services, (service) => redriveToTheEnd(service, order, { client, context, stop }));
  const results = answers.map(({ service, answer }) => ({ name: service.name, result: answer }));
  if (options.json) printJson(context.out, { services: results, unanswered: failures.map(({ message }) => message) });
  else printLines(context.out, redriveReport(results, { ...options, interrupted: stop.aborted, incomplete: failures.length > 0 }));
  printLines(context.err, failures.map(({ message }) => message));
  if (stop.aborted && results.some(({ result }) => result.remaining > 0)) return EXIT.interrupted;
  return failures.length > 0 ? worst(failures).exitCode : exitCodeOf(ids, results.map(({ result }) => result), context);
}

/** Nothing, by ids, by filters or all: what was meant must be said. */
function chosen(ids: readonly string[], options: RedriveOptions): DeadLetterFilter {
  const filter = filterOf(options);
  const filtered = Object.keys(filter).length > 0;
  if (ids.length > 0 && (filtered || options.all)) throw new CommandFailure(EXIT.usage, 'Give ids, or filters, or --all; not ids together with others.');
  if (ids.length === 0 && !filtered && !options.all) throw new CommandFailure(EXIT.usage, 'Say which: ids of dead letters, filters like --code, or --all.');
  return ids.length > 0 ? { ids } : filter;
}

/** Letters that were named must be there, and do something; a filter that fits nothing is no failure. */
function exitCodeOf(ids: readonly string[], results: readonly BulkRedriveResult[], { err }: CommandContext): ExitCode {
  if (ids.length === 0) return EXIT.ok;
  const redriven = results.reduce((sum, result) => sum + result.redriven.length, 0);
  const known = redriven + results.flatMap(({ skipped }) => skipped).reduce((sum, { count }) => sum + count, 0);
  const missing = ids.length - known;
  if (missing > 0) printLines(err, [`${missing === ids.length ? '' : `${missing} of `}${ids.join(', ')}: there is no such dead letter; they are kept for 21 days.`]);
  if (missing > 0) return EXIT.notFound;
  return redriven === 0 ? EXIT.failure : EXIT.ok;
}
