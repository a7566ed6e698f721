import { AUDIT_PATH, MAX_LETTERS_PER_PAGE } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { auditReport, type AuditLine } from '../decide/letter-report.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import { isAudit } from '../operator/letter-answers.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { askAll, servicesFor } from './all-services.ts';
import { printJson, printLines, type CommandContext } from './context.ts';
import { worst } from './connectors.ts';
import { timeParser, wholeNumber } from './letter-options.ts';
import { addServiceOptions, type ServiceOptions } from './service-options.ts';

const HELP = `
Who ordered what, when, why and for whom, from all services; people are named by their ids only. --json names each of them.

Examples:
  $ rolebridge audit --since 3d
  $ rolebridge audit --since 2026-11-01 --json`;

interface AuditOptions extends ServiceOptions {
  readonly since?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** Adds `rolebridge audit`. */
export function addAudit(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  addServiceOptions(program.command('audit').description('what operators ordered'))
    .option('--since <time>', 'only since: 2026-11-22T09:00:00Z, or how long ago: 30min, 2h, 3d', timeParser('--since', context.nowMs))
    .option('--limit <n>', 'so many, the newest', wholeNumber('--limit', MAX_LETTERS_PER_PAGE), 50)
    .option('--json', 'print JSON', false)
    .addHelpText('after', HELP)
    .action(async (options: AuditOptions) => finish(await audit(options, context)));
}

async function audit(options: AuditOptions, context: CommandContext): Promise<ExitCode> {
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const query = new URLSearchParams({ limit: String(options.limit), ...(options.since === undefined ? {} : { since: options.since }) });
  const { answers, failures } = await askAll(servicesFor({}, loadLandscape(options.landscape), options), (service) => client.read(service, `${AUDIT_PATH}?${query.toString()}`, isAudit));
  const lines = answers.flatMap(({ service, answer }) => answer.orders.map((order): AuditLine => ({ ...order, service: service.name })));
  const newest = lines.toSorted((left, right) => right.at.localeCompare(left.at)).slice(0, options.limit);
  const total = answers.reduce((sum, { answer }) => sum + answer.total, 0);
  if (options.json) printJson(context.out, { orders: newest, total, unanswered: failures.map(({ message }) => message) });
  else printLines(context.out, auditReport(newest, total));
  printLines(context.err, failures.map(({ message }) => message));
  return failures.length > 0 ? worst(failures).exitCode : EXIT.ok;
}
