import { readYaml } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import { subjectKey, type AccessEntry, type CertificateRule, type TokenIssuer, type TokenRule } from './access-entry.ts';
import { FileCallerBook, type CallerBook, type CallerBookOptions } from './caller-book.ts';
import { entriesOf, schemaCheck, type FieldProblem, type WrittenEntry } from './entries.ts';
import { CALLER_RESOURCES, type AnswerMode, type Caller, type CallerResource, type CallerRight, type Dialect } from './people.ts';
import { WatchedFile, type WatchOptions } from './watched-file.ts';

export interface CallerOptions extends CallerBookOptions, WatchOptions {}

interface WrittenCaller extends WrittenEntry {
  readonly rights: readonly CallerRight[];
  readonly systems?: readonly string[];
  readonly resources?: readonly CallerResource[];
  readonly dialect?: Dialect;
  readonly answer?: AnswerMode;
  readonly limit?: { readonly perMinute: number; readonly burst?: number };
  readonly certificates?: readonly { readonly fingerprint?: string; readonly subject?: string }[];
  readonly tokens?: readonly { readonly issuer: string; readonly client: string; readonly scope?: string }[];
}

interface WrittenFile {
  readonly callers: readonly WrittenCaller[];
  readonly issuers?: readonly TokenIssuer[];
}

const isCallers = schemaCheck<WrittenFile>('callers');

/** Identity systems, from a YAML file; see `schemas/callers.schema.json`. Throws `ConfigurationError` with one message per field. Later changes of the file take effect by themselves. */
export function loadCallers(file: string, options: CallerOptions = {}): CallerBook {
  return new FileCallerBook(new WatchedFile(file, () => readCallers(file), options), options);
}

function readCallers(file: string): readonly AccessEntry<Caller>[] {
  const source = readYaml(file);
  if (!isCallers(source.value)) throw new ConfigurationError(source.problems(isCallers.errors ?? []));
  const { callers, issuers = [] } = source.value;
  return entriesOf(callers, { list: 'callers', source, entryOf: (entry) => entryOf(entry, issuers), check: (entry) => problemsOf(entry, issuers) });
}

function entryOf(entry: WrittenCaller, issuers: readonly TokenIssuer[]): Omit<AccessEntry<Caller>, 'user' | 'hashes'> {
  return {
    who: callerOf(entry),
    certificates: (entry.certificates ?? []).map(certificateOf),
    tokens: (entry.tokens ?? []).flatMap(({ issuer: name, ...rule }): readonly TokenRule[] => {
      const issuer = issuers.find((candidate) => candidate.name === name);
      return issuer ? [{ ...rule, issuer }] : [];
    }),
  };
}

function callerOf({ name, rights, systems = [], resources = CALLER_RESOURCES, dialect = 'rfc', answer, limit }: WrittenCaller): Caller {
  return {
    name,
    rights,
    systems,
    resources,
    dialect,
    ...(answer && { answer }),
    ...(limit && { limit: { perMinute: limit.perMinute, burst: limit.burst ?? limit.perMinute } }),
  };
}

function certificateOf({ fingerprint, subject }: NonNullable<WrittenCaller['certificates']>[number]): CertificateRule {
  return {
    ...(fingerprint !== undefined && { fingerprint: fingerprint.replaceAll(':', '').toLowerCase() }),
    ...(subject !== undefined && { subject: subjectKey(subject) }),
  };
}

function problemsOf({ secrets, certificates = [], tokens = [] }: WrittenCaller, issuers: readonly TokenIssuer[]): readonly FieldProblem[] {
  const lonely = !secrets && certificates.length === 0 && tokens.length === 0;
  return [
    ...(lonely ? [[['secrets'], 'is missing; a caller needs secrets, certificates or tokens.'] satisfies FieldProblem] : []),
    ...certificates.flatMap((rule, index): readonly FieldProblem[] => (rule.fingerprint ?? rule.subject ? [] : [[['certificates', index], 'must have a fingerprint or a subject.']])),
    ...tokens.flatMap(({ issuer }, index): readonly FieldProblem[] => (issuers.some(({ name }) => name === issuer) ? [] : [[['tokens', index, 'issuer'], 'must be the name of an issuer of this file.']])),
  ];
}
