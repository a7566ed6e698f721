import type { OperatorOrderKind } from '@rolebridge/contracts';
import { loadLandscape } from '@rolebridge/landscape';
import type { Command } from 'commander';
import { printable } from '../decide/table.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { serviceOf } from './connectors.ts';
import { printLines, type CommandContext } from './context.ts';
import { personOf } from './person.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

interface OrderCommand {
  readonly kind: OperatorOrderKind;
  readonly description: string;
  readonly help: string;
  /** The line of success. */
  readonly done: (user: string, system: string) => string;
}

const RELEASE: OrderCommand = {
  kind: 'release',
  description: 'let through what the brake holds of one user (as brake release <user>)',
  help: `
The brake holds changes back when many people would lose access in a short time. Exactly the wish that is held
now may go through; a later loss is judged anew. Needs the right approve. Who and why are kept.

Examples:
  $ rolebridge release li.ng --system sales-cloud --reason "Left on 31 January, checked with HR."
  $ rolebridge release 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --system fieldglass --reason "Planned closure of unit 200."`,
  done: (user, system) => `Released: what was held for ${user} at ${system} is due now; rolebridge status ${user} tells how it ends.`,
};

const REDRIVE: OrderCommand = {
  kind: 'redrive',
  description: 'try one user at one system again, now',
  help: `
For somebody who is rejected, exhausted, waiting or backing off, once the cause is mended. The newest wish is
applied, never an old one. Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge redrive li.ng --system sales-cloud --reason "The business role exists now."
  $ rolebridge redrive 6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01 --system fieldglass --reason "Site code corrected."`,
  done: (user, system) => `Redriven: the newest wish for ${user} at ${system} is due now; rolebridge status ${user} tells how it ends.`,
};

interface OrderOptions extends ServiceOptions {
  readonly system: string;
  readonly reason: string;
}

/** Adds `rolebridge release` and `rolebridge redrive`. */
export function addOrders(program: Command, context: CommandContext): void {
  for (const order of [RELEASE, REDRIVE]) addOrder(program, order, context);
}

function addOrder(program: Command, order: OrderCommand, context: CommandContext): void {
  const command = program
    .command(order.kind)
    .description(order.description)
    .argument('<user>', 'user name or user id')
    .requiredOption('--system <name>', 'one of the systems of the landscape file')
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence);
  addServiceOptions(command)
    .addHelpText('after', order.help)
    .action((user: string, options: OrderOptions) => carryOut(order, user, options, context));
}

async function carryOut({ kind, done }: OrderCommand, user: string, options: OrderOptions, context: CommandContext): Promise<void> {
  const { system, reason } = options;
  const service = serviceOf(loadLandscape(options.landscape), system);
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const { id } = await personOf(user, client, options.ingest);
  await client.order(service, id, kind, { system, reason });
  printLines(context.out, [printable(done(user, system))]);
}
