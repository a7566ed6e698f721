import { ConfigurationError } from '@rolebridge/observability';
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { CommandFailure, EXIT, type ExitCode } from './failure.ts';
import { printLines, type CommandContext } from './inbound/context.ts';
import { addAudit } from './inbound/audit.command.ts';
import { addBrake } from './inbound/brake.commands.ts';
import { addDeadLetters } from './inbound/dead-letters.commands.ts';
import { addErasure } from './inbound/erasure.commands.ts';
import { HELP_LAYOUT } from './inbound/help-layout.ts';
import { addHashSecret } from './inbound/hash-secret.command.ts';
import { addLock } from './inbound/lock.commands.ts';
import { addOrders } from './inbound/order.commands.ts';
import { addOutbox } from './inbound/outbox.commands.ts';
import { addReapply } from './inbound/reapply.command.ts';
import { addReplay } from './inbound/replay.command.ts';
import { addRepublish } from './inbound/republish.command.ts';
import { addSystems } from './inbound/systems.commands.ts';
import { addStatus } from './inbound/status.command.ts';

const HELP = `
Exit codes: 0 well, 1 failure, 2 wrong usage, 3 not found, 4 not permitted,
5 a service cannot be reached, 130 interrupted: what was ordered until then stands.

Begin with rolebridge status: below its table stands each cause with the command to type next.
rolebridge <command> --help has examples. What to do when: deploy/README.md.`;

/** The only file that a command reads by itself. */
const LANDSCAPE_HINT = 'The landscape file is named by --landscape or LANDSCAPE_FILE.';

/** Runs one command line; answers the exit code. Every expected failure is one sentence on standard error. */
export async function run(argv: readonly string[], context: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = new Command('rolebridge')
    .description('Shows and steers what Rolebridge does, for operators.')
    .version(version(), '--version', 'the version of this command')
    .configureOutput({ writeOut: context.out, writeErr: context.err })
    .showHelpAfterError('Add --help to see what there is.')
    .addHelpText('after', HELP)
    .configureHelp(HELP_LAYOUT)
    .exitOverride();
  const finish = (code: ExitCode): void => {
    exitCode = code;
  };
  program.commandsGroup('Look:');
  addStatus(program, context, finish);
  addAudit(program, context, finish);
  program.commandsGroup('What could not be done, or waits for a decision:');
  addDeadLetters(program, context, finish);
  addBrake(program, context, finish);
  addOutbox(program, context, finish);
  addOrders(program, context);
  program.commandsGroup('Locking and forgetting people:');
  addLock(program, context, finish);
  addErasure(program, context, finish);
  program.commandsGroup('Something was lost, or changed by hand:');
  addReapply(program, context);
  addReplay(program, context, finish);
  addRepublish(program, context);
  program.commandsGroup('Setting up:');
  addSystems(program, context);
  addHashSecret(program, context);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return told(error, context);
  }
}

function version(): string {
  const own: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof own === 'object' && own !== null && 'version' in own ? String(own.version) : 'unknown';
}

function told(error: unknown, { err }: CommandContext): ExitCode {
  if (error instanceof CommandFailure) {
    printLines(err, [error.message]);
    return error.exitCode;
  }
  if (error instanceof ConfigurationError) {
    printLines(err, [...error.problems, LANDSCAPE_HINT]);
    return EXIT.failure;
  }
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  throw error;
}
