import { DEAD_LETTER_PATHS } from '@rolebridge/contracts';
import type { Command } from 'commander';
import { printable } from '../decide/table.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { isLetterDetails, isLineWorked } from '../operator/letter-answers.ts';
import { OperatorClient } from '../operator/operator-client.ts';
import { operatorToken } from '../operator/token.ts';
import { printLines, type CommandContext } from './context.ts';
import { addServiceOptions, sentence, type ServiceOptions } from './service-options.ts';

const HELP = `
For changes of an event source that wait at ingest: gives up the change that is missing, or the first one if it was refused,
and works what waits behind it, in order. What is given up never takes effect. First ask the source to send it again, or to
send the whole user. Needs the right operate. Who and why are kept.

Examples:
  $ rolebridge dead-letters skip 3k7d0xq2m9ta --reason "The source lost change 17 for good, ticket 4711."`;

interface SkipOptions extends ServiceOptions {
  readonly reason: string;
}

/** Adds `rolebridge dead-letters skip`. */
export function addSkip(letters: Command, context: CommandContext): void {
  addServiceOptions(letters.command('skip').description('give up the change that others wait for at ingest').argument('<id>', 'id of a dead letter of ingest'))
    .requiredOption('--reason <text>', 'why, in a sentence without personal data', sentence)
    .addHelpText('after', HELP)
    .action((id: string, options: SkipOptions) => skip(id.toLowerCase(), options, context));
}

async function skip(id: string, options: SkipOptions, context: CommandContext): Promise<void> {
  const client = new OperatorClient(operatorToken(options.tokenFile, context.env), options.timeout);
  const ingest = { name: 'Ingest', url: options.ingest };
  const { line } = await client.read(ingest, DEAD_LETTER_PATHS.one(id), isLetterDetails).catch((error: unknown) => Promise.reject(elsewhere(error, id)));
  if (line === null) throw new CommandFailure(EXIT.failure, `Nothing waits for dead letter ${id}: it is about no change of an event source. rolebridge dead-letters show ${id} tells what mends it.`);
  const { published, waiting } = await client.send(ingest, `/operator/parked/${encodeURIComponent(line)}/skip`, { body: { reason: options.reason }, isAnswer: isLineWorked, right: 'operate' });
  printLines(context.out, [printable(`Given up what was missing: ${published} change${published === 1 ? '' : 's'} worked, ${waiting} still wait${waiting === 1 ? 's' : ''}.`)]);
}

/** A letter of another service is known there: only ingest keeps changes that wait for each other. */
function elsewhere(error: unknown, id: string): unknown {
  if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.notFound) return error;
  return new CommandFailure(EXIT.notFound, `Ingest has no dead letter ${id}, and only there changes wait for a missing one. rolebridge dead-letters show ${id} tells what mends it.`);
}
