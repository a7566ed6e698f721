import { readFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';
import { CommandFailure, EXIT } from '../failure.ts';

/** The operator's token: `--token-file`, else `ROLEBRIDGE_TOKEN`. Never an argument: other users of the machine could read it there. */
export function operatorToken(tokenFile: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const token = (tokenFile === undefined ? env['ROLEBRIDGE_TOKEN'] : read(tokenFile))?.trim();
  if (!token) throw new CommandFailure(EXIT.usage, tokenFile === undefined ? 'No operator token: set ROLEBRIDGE_TOKEN or give --token-file <file>.' : `The token file ${tokenFile} is empty.`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw new CommandFailure(EXIT.usage, 'The operator token has characters that a token cannot have; give it on one line.');
  return token;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isNativeError(error) || !('code' in error)) throw error;
    throw new CommandFailure(EXIT.usage, `The token file ${file} cannot be read.`);
  }
}
