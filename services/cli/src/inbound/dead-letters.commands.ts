import { CURSOR, DEAD_LETTER_PATHS, MAX_LETTERS_PER_PAGE, type DeadLetterDetails, type DeadLetterSummary } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { letterDetails, letterList, type LettersShown } from '../decide/letter-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { isLetterDetails, isLetterPage } from '../operator/letter-answers.ts';
import { OperatorClient, type Service } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { askAll, servicesFor } from './all-services.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { worst } from './connectors.ts';
import { addDismiss } from './dead-letters-dismiss.command.ts';
import { addRedrive } from './dead-letters-redrive.command.ts';
import { addSkip } from './dead-letters-skip.command.ts';
import { addLetterFilters, filterOf, wholeNumber, type LetterOptions } from './letter-options.ts';
import { addServiceOptions } from './service-options.ts';

const LIST_HELP = `
Open letters are those that need a person; the others were redriven, resolved, superseded by a newer state of the
person, dismissed, or failed again. All services of the landscape are asked; who does not answer is named, with exit code 5.

Examples:
  $ rolebridge dead-letters list
  $ rolebridge dead-letters list --target fieldglass --code field-missing --since 3d
  $ rolebridge dead-letters list --rule sales-managers --all --json`;

const SHOW_HELP = `
What happened in order, the plan, the last call and its answer (personal data and secrets masked), how to mend it, and
what a redrive would do.

Examples:
  $ rolebridge dead-letters show 3k7d0xq2m9ta`;

interface ListOptions extends LetterOptions {
  readonly all: boolean;
  readonly limit: number;
  readonly after?: string;
  readonly json: boolean;
}

/** Adds `rolebridge dead-letters list`, `show`, `redrive`, `dismiss` and `skip`. */
export function addDeadLetters(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  const letters = program.command('dead-letters').description('what could not be applied, why, and trying it again');
  addLetterFilters(addServiceOptions(letters.command('list').description('dead letters of all services, newest first')), context.nowMs)
    .option('--open', 'only those that need a person (default)')
    .option('--all', 'also those that do not any more', false)
    .option('--limit <n>', 'so many on a page', wholeNumber('--limit', MAX_LETTERS_PER_PAGE), 50)
    .option('--after <page>', 'the next page, as the last one named it', cursor)
    .option('--json', 'print JSON', false)
    .addHelpText('after', LIST_HELP)
    .action(async (options: ListOptions) => finish(await list(options, context)));
  addServiceOptions(letters.command('show').description('everything about one dead letter').argument('<id>', 'id of the dead letter'))
    .option('--json', 'print JSON', false)
    .addHelpText('after', SHOW_HELP)
    .action(async (id: string, options: LetterOptions & { readonly json: boolean }) => show(id.toLowerCase(), options, context));
  addRedrive(letters, context, finish);
  addDismiss(letters, context, finish);
  addSkip(letters, context);
  for (const command of letters.commands) command.copyInheritedSettings(program);
}

function cursor(text: string): string {
  if (CURSOR.test(text)) return text;
  throw new CommandFailure(EXIT.usage, '--after must be what the last page named, for example 2026-11-22T09:00:00.000Z_3k7d0xq2m9ta.');
}

async function list(options: ListOptions, context: CommandContext): Promise<ExitCode> {
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const query = new URLSearchParams({ state: options.all ? 'all' : 'open', limit: String(options.limit), ...(options.after === undefined ? {} : { after: options.after }) });
  for (const [name, value] of Object.entries(filterOf(options))) query.set(name, String(value));
  const services = servicesFor(options, loadLandscape(options.landscape), options);
  const { answers, failures } = await askAll(services, (service) => client.read(service, `${DEAD_LETTER_PATHS.list}?${query.toString()}`, isLetterPage));
  const pages = answers.map(({ answer }) => answer);
  const letters = pages.flatMap((page) => page.letters).toSorted((left, right) => (comparable(left) < comparable(right) ? 1 : -1));
  const shown: LettersShown = {
    letters: letters.slice(0, options.limit),
    total: pages.reduce((sum, { total }) => sum + total, 0),
    next: letters.length > options.limit || pages.some(({ next }) => next !== null) ? cursorOf(letters[options.limit - 1]) : null,
    openOnly: !options.all,
    incomplete: failures.length > 0,
  };
  if (options.json) printJson(context.out, { ...shown, unanswered: failures.map(({ message }) => message) });
  else printLines(context.out, letterList(shown, context.nowMs()));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}

/** The order of every service: by time, then by id. */
const comparable = ({ lastFailureAt, id }: DeadLetterSummary): string => `${lastFailureAt}_${id}`;

function cursorOf(last: DeadLetterSummary | undefined): string | null {
  return last === undefined ? null : comparable(last);
}

async function show(id: string, options: LetterOptions & { readonly json: boolean }, context: CommandContext): Promise<void> {
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const services = servicesFor({}, loadLandscape(options.landscape), options);
  const { answers, failures } = await askAll(services, (service) => find(service, id, client));
  const letter = answers.flatMap(({ answer }) => answer ?? [])[0];
  if (letter === undefined && failures.length > 0) throw new CommandFailure(worst(failures).exitCode, [`No service that answered has a dead letter ${id}.`, ...failures.map(({ message }) => message)].join('\n'));
  if (letter === undefined) throw new CommandFailure(EXIT.notFound, `There is no dead letter ${id}; they are kept for 21 days. rolebridge dead-letters list --all shows what is there.`);
  if (options.json) printJson(context.out, letter);
  else printLines(context.out, letterDetails(letter, context.nowMs()));
}

async function find(service: Service, id: string, client: OperatorClient): Promise<DeadLetterDetails | undefined> {
  try {
    return await client.read(service, DEAD_LETTER_PATHS.one(id), isLetterDetails);
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === EXIT.notFound) return undefined;
    throw error;
  }
}
