import { personOrderPath, type PersonOrderResult } from '@rolebridge/contracts';
import { loadLandscape, type Landscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { isSettled, lockReport, unfinished, waitReport, type WaitedFor } from '../decide/lock-report.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { isPersonOrderResult } from '../operator/person-answers.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { servicesOf } from './connectors.ts';
import { printLines, type CommandContext } from './context.ts';
import { personOf } from './person.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

type Kind = 'lock' | 'unlock';

const HELP: Readonly<Record<Kind, string>> = {
  lock: `
Disables the person everywhere, at once: locks go before all other work and no brake holds them back. It is a change like one of
the identity system, which may say otherwise later. Answered when it is stored; --wait shows how it ends at each system.
Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge lock li.ng --reason "Laptop stolen, ticket 4711." --wait
  $ rolebridge lock 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --reason "Dismissed today, checked with HR."`,
  unlock: `
Makes the person active again, everywhere. Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge unlock li.ng --reason "Ticket 4711 is closed." --wait`,
};

interface LockOptions extends ServiceOptions {
  readonly reason: string;
  readonly wait: boolean;
  readonly waitSeconds: string;
}

/** Adds `rolebridge lock` and `rolebridge unlock`. */
export function addLock(program: Command, context: CommandContext, finish: (code: ExitCode) => void): void {
  for (const kind of ['lock', 'unlock'] as const) {
    const command = program.command(kind).description(kind === 'lock' ? 'disable a person everywhere, now' : 'make a person active again, everywhere').argument('<user>', 'user name or user id');
    addServiceOptions(command)
      .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
      .option('--wait', 'wait until it has ended at every system, and show how', false)
      .option('--wait-seconds <n>', 'how long --wait waits at most', '60')
      .addHelpText('after', HELP[kind])
      .action(async (user: string, options: LockOptions) => finish(await carryOut(kind, user, { options, context })));
  }
}

async function carryOut(kind: Kind, user: string, { options, context }: { readonly options: LockOptions; readonly context: CommandContext }): Promise<ExitCode> {
  const waitMs = secondsOf(options.waitSeconds) * 1000;
  const landscape = options.wait ? loadLandscape(options.landscape) : undefined;
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const { id } = await personOf(user, client, options.ingest);
  const service = { name: 'Ingest', url: options.ingest };
  const result: PersonOrderResult = await client.send(service, personOrderPath(id, kind), { body: { reason: options.reason }, isAnswer: isPersonOrderResult, right: 'operate' });
  printLines(context.out, lockReport(kind, user, result));
  if (landscape === undefined) return EXIT.ok;
  const waited = await waitFor({ kind, userId: id, landscape, client, endMs: Date.now() + waitMs });
  printLines(context.out, waitReport(waited));
  printLines(context.err, unfinished(kind, user, waited));
  return waited.every(isSettled) ? EXIT.ok : EXIT.failure;
}

interface Waiting {
  readonly kind: Kind;
  readonly userId: string;
  readonly landscape: Landscape;
  readonly client: OperatorClient;
  readonly endMs: number;
}

const POLL_MS = 250;

/** Asks until every system has come to an end, or the time is over. A connector that does not answer is shown as such. */
async function waitFor(waiting: Waiting): Promise<readonly WaitedFor[]> {
  for (;;) {
    const waited = (await Promise.all(servicesOf(waiting.landscape).map((one) => ask(one, waiting)))).flat();
    if (Date.now() >= waiting.endMs || (waited.length > 0 && waited.every((one) => 'problem' in one || one.ended))) return waited;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const ENDED: readonly string[] = ['applied', 'unchanged', 'accepted', 'held', 'rejected', 'exhausted', 'waiting'];

async function ask({ service, systems }: ReturnType<typeof servicesOf>[number], { kind, userId, client }: Waiting): Promise<readonly WaitedFor[]> {
  try {
    const status = await client.userStatus(service, userId);
    return (status?.systems ?? []).map((link) => ({ link, ended: ENDED.includes(link.state) && (link.presence === 'absent' || (kind === 'lock') === (link.presence === 'disabled')) }));
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return systems.map((system) => ({ system, problem: error.message }));
  }
}

function secondsOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new CommandFailure(EXIT.usage, '--wait-seconds must be a whole number of seconds from 1 to 9999.');
}
