import { REASON_MAX_CHARACTERS } from '@rolebridge/contracts';
import { Option, type Command } from 'commander';
import { CommandFailure, EXIT } from '../failure.ts';
import { WHERE } from './help-layout.ts';

/** Options of every command that asks services. */
export interface ServiceOptions {
  readonly landscape: string;
  readonly ingest: string;
  readonly roleMapping: string;
  readonly tokenFile?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export function addServiceOptions(command: Command): Command {
  return command
    .addOption(new Option('--landscape <file>', 'the file that lists the systems').env('LANDSCAPE_FILE').default('deploy/systems.yaml').helpGroup(WHERE))
    .addOption(new Option('--ingest <url>', 'address of ingest, which knows user names').env('INGEST_URL').default('http://127.0.0.1:8080').argParser(address('--ingest (or INGEST_URL)')).helpGroup(WHERE))
    .addOption(new Option('--role-mapping <url>', 'address of role-mapping').env('ROLE_MAPPING_URL').default('http://127.0.0.1:8081').argParser(address('--role-mapping (or ROLE_MAPPING_URL)')).helpGroup(WHERE))
    .addOption(new Option('--token-file <file>', 'file with the operator token (default: environment variable ROLEBRIDGE_TOKEN)').helpGroup(WHERE))
    .addOption(new Option('--timeout <ms>', 'how long to wait for a service, milliseconds').default(5000).argParser(milliseconds).helpGroup(WHERE));
}

function milliseconds(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new CommandFailure(EXIT.usage, '--timeout must be a whole number of milliseconds from 1 to 999999.');
}

function address(option: string): (text: string) => string {
  return (text) => {
    if (/^https?:\/\/[^\s/]+/.test(text) && URL.canParse(text)) return text;
    throw new CommandFailure(EXIT.usage, `${option} must be an address like http://127.0.0.1:8080.`);
  };
}

/** The option `--reason` of orders. */
export function sentence(text: string): string {
  const reason = text.trim();
  if (reason === '') throw new CommandFailure(EXIT.usage, '--reason must say in a sentence why this is right.');
  if (reason.length > REASON_MAX_CHARACTERS) throw new CommandFailure(EXIT.usage, `--reason must have at most ${REASON_MAX_CHARACTERS} characters.`);
  return reason;
}
