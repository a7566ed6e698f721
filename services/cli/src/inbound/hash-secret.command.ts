import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../failure.ts';
import { printLines, type CommandContext } from './context.ts';

const HELP = `
Examples:
  $ printf %s "$PASSWORD" | rolebridge hash-secret
  $ rolebridge hash-secret --new-token`;

/** Adds `rolebridge hash-secret`, which makes entries for the files of callers and operators. */
export function addHashSecret(program: Command, context: CommandContext): void {
  program
    .command('hash-secret')
    .description('make a hash for the file of callers or operators, from standard input')
    .option('--new-token', 'draw a random token and print it with its hash', false)
    .addHelpText('after', HELP)
    .action(async ({ newToken: drawn }: { readonly newToken: boolean }) => {
      const { hashSecret, newToken } = await import('@rolebridge/access'); // a quarter of the start of every command, needed by this one alone
      if (drawn) {
        const token = newToken();
        printLines(context.out, [`token: ${token}`, `hash:  ${await hashSecret(token, 'sha256')}`]);
        return;
      }
      const secret = (await context.stdin()).replace(/\r?\n$/, '');
      if (secret.length < 8) throw new CommandFailure(EXIT.usage, 'Give a secret of at least 8 characters on standard input, or use --new-token.');
      printLines(context.out, [await hashSecret(secret, 'scrypt')]);
    });
}
