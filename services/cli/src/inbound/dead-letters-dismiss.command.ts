import { DEAD_LETTER_PATHS, type Dismissal } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { dismissalReport } from '../decide/dismissal-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { isDismissalResult } from '../operator/letter-answers.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { askAll, servicesFor } from './all-services.ts';
import { worst } from './connectors.ts';
import { printLines, type CommandContext } from './context.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const HELP = `
For what nobody will redrive: it leaves the list of open dead letters and the metrics. Nothing else changes: rolebridge status
<user> still tells what the target does not have, and a newer change is applied as always. By id only, each was looked at.
Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge dead-letters dismiss 3k7d0xq2m9ta --reason "A test person; nobody needs the account."`;

interface DismissOptions extends ServiceOptions {
  readonly reason: string;
}

/** Adds `rolebridge dead-letters dismiss`. */
export function addDismiss(letters: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  addServiceOptions(letters.command('dismiss').description('decide that nothing is to be done, by ids').argument('<id...>', 'ids of dead letters'))
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', HELP)
    .action(async (ids: readonly string[], options: DismissOptions) => finish(await dismiss([...new Set(ids.map((id) => id.toLowerCase()))], options, context)));
}

async function dismiss(ids: readonly string[], options: DismissOptions, context: CommandContext): Promise<ExitCode> {
  const wrong = ids.filter((id) => !/^[0-9a-z]{1,40}$/.test(id));
  if (wrong.length > 0) throw new CommandFailure(EXIT.usage, `${wrong.join(', ')}: is no id of a dead letter; rolebridge dead-letters list shows them.`);
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const body: Dismissal = { ids, reason: options.reason };
  const services = servicesFor({}, loadLandscape(options.landscape), options);
  const { answers, failures } = await askAll(services, (service) => client.send(service, DEAD_LETTER_PATHS.dismiss, { body, isAnswer: isDismissalResult, right: 'operate' }));
  const dismissed = answers.flatMap(({ answer }) => answer.dismissed);
  const skipped = answers.flatMap(({ answer }) => answer.skipped);
  printLines(context.out, dismissalReport(dismissed, skipped));
  const missing = ids.length - dismissed.length - skipped.reduce((sum, { count }) => sum + count, 0);
  if (missing === 0) return dismissed.length > 0 ? EXIT.ok : EXIT.failure;
  printLines(context.err, [`${missing === ids.length ? '' : `${missing} of `}${ids.join(', ')}: there is no such dead letter${failures.length > 0 ? ' at the services that answered' : ''}.`, ...failures.map(({ message }) => message)]);
  return failures.length > 0 ? worst(failures).exitCode : EXIT.notFound;
}
