import { readYaml } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import type { AccessEntry } from './access-entry.ts';
import { FileAuthenticator, type Authenticator, type AuthenticatorOptions } from './authenticator.ts';
import { entriesOf, schemaCheck, type WrittenEntry } from './entries.ts';
import type { Operator, OperatorRight } from './people.ts';
import { WatchedFile, type WatchOptions } from './watched-file.ts';

export interface AccessOptions extends AuthenticatorOptions, WatchOptions {}

interface WrittenOperator extends WrittenEntry {
  readonly rights: readonly OperatorRight[];
}

const isOperators = schemaCheck<{ readonly operators: readonly WrittenOperator[] }>('operators');

/** Operators, from a YAML file. Throws `ConfigurationError` with one message per field. Later changes of the file take effect by themselves. */
export function loadOperators(file: string, options: AccessOptions = {}): Authenticator<Operator> {
  const read = (): readonly AccessEntry<Operator>[] => {
    const source = readYaml(file);
    if (!isOperators(source.value)) throw new ConfigurationError(source.problems(isOperators.errors ?? []));
    return entriesOf(source.value.operators, { list: 'operators', source, entryOf: ({ name, rights }) => ({ who: { name, rights } }) });
  };
  return new FileAuthenticator(new WatchedFile(file, read, options), 'operators', options);
}
