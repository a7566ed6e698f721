import { OVER_ALL, personOrderPath, REPUBLISH_PATH, type Republished } from '@rolebridge/contracts';
import type { Command } from 'commander';
import { printable } from '../decide/table.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { OperatorClient, type Service } from '../operator/operator-client.ts';
import { isPersonOrderResult, isRepublished } from '../operator/person-answers.ts';
import { operatorToken } from '../operator/token.ts';
import { printLines, type CommandContext } from './context.ts';
import { personOf } from './person.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const INGEST = 'ingest';

const HELP = `
The owner of a state emits it again: ${INGEST} its people and groups on identity.user.v1 and identity.group.v1, ${OVER_ALL}
its accounts on the topics of the systems. Generations stay, so a reader that has them ignores it; one that lost something takes it. Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge republish ingest --all --reason "A new reader of identity.user.v1."
  $ rolebridge republish ${OVER_ALL} --user li.ng --reason "The connector's memory was lost."`;

interface RepublishOptions extends ServiceOptions {
  readonly user?: string;
  readonly all: boolean;
  readonly reason: string;
}

/** Adds `rolebridge republish`. */
export function addRepublish(program: Command, context: CommandContext): void {
  const command = program.command('republish').description('send states to their topics again, for a reader that lost them').argument('<service>', `${INGEST} or ${OVER_ALL}`);
  addServiceOptions(command)
    .option('--user <user>', 'one user, by user name or user id')
    .option('--all', 'everybody', false)
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', HELP)
    .action((name: string, options: RepublishOptions) => republish(name, options, context));
}

async function republish(name: string, options: RepublishOptions, context: CommandContext): Promise<void> {
  if ((options.user !== undefined) === options.all) throw new CommandFailure(EXIT.usage, 'Give one of --user and --all.');
  if (name !== INGEST && name !== OVER_ALL) throw new CommandFailure(EXIT.usage, `The service must be ${INGEST} or ${OVER_ALL}.`);
  const service = name === INGEST ? { name: 'Ingest', url: options.ingest } : { name: 'Role-mapping', url: options.roleMapping };
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const { reason } = options;
  if (options.user !== undefined) {
    const { id } = await personOf(options.user, client, options.ingest);
    const path = personOrderPath(id, 'republish');
    if (name === INGEST) await client.send(service, path, { body: { reason }, isAnswer: isPersonOrderResult, right: 'operate' });
    else await client.send(service, path, { body: { reason }, isAnswer: isRepublished, right: 'operate' });
    return printLines(context.out, [printable(`Emitted again: ${options.user}.`)]);
  }
  await everybody(client, service, { reason, context });
}

async function everybody(client: OperatorClient, service: Service, { reason, context }: { readonly reason: string; readonly context: CommandContext }): Promise<void> {
  let sum = { published: 0, unsendable: 0 };
  for (let after: string | null = ''; after !== null; ) {
    const part: Republished = await client.send(service, after === '' ? REPUBLISH_PATH : `${REPUBLISH_PATH}?after=${encodeURIComponent(after)}`, { body: { reason }, isAnswer: isRepublished, right: 'operate' });
    sum = { published: sum.published + part.published, unsendable: sum.unsendable + part.unsendable };
    after = part.next;
    if (after !== null) printLines(context.err, [`${sum.published} so far`]);
  }
  printLines(context.out, [`Emitted again: ${sum.published} states.`]);
  if (sum.unsendable > 0) throw new CommandFailure(EXIT.failure, `${sum.unsendable} states cannot be sent: they are larger than the broker takes, or their settings are wrong; look into the log of ${service.name}.`);
}
