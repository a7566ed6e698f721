import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import { ConfigurationError } from '@rolebridge/observability';
import type { SecretReference } from './landscape.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** `{env: NAME}` or `{file: path}`, with no other key. */
export function isSecretReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null) return false;
  const [[key, target] = [], ...others] = Object.entries(value);
  return others.length === 0 && (key === 'env' || key === 'file') && typeof target === 'string' && target !== '';
}

/**
 * The secret itself. A file's final line break is dropped. Throws {@link ConfigurationError} when the variable is not set or the
 * file cannot be read. Resolve late and keep it out of anything that is logged or stored.
 */
export function resolveSecret(reference: SecretReference, env: Variables = process.env): string {
  const secret = 'env' in reference ? env[reference.env] : fileText(reference.file);
  if (!secret) throw new ConfigurationError([`The secret ${described(reference)} ${'env' in reference ? 'is not set' : 'is missing, unreadable or empty'}.`]);
  return secret;
}

/** Why the secret cannot be resolved, or `undefined` when it can. */
export function secretProblem(reference: SecretReference, env: Variables = process.env): string | undefined {
  try {
    resolveSecret(reference, env);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems[0];
    throw error;
  }
}

/** Every reference within `value`, with the path that leads to it. */
export function secretReferences(value: unknown, path: readonly string[] = []): readonly { readonly path: readonly string[]; readonly reference: SecretReference }[] {
  if (isSecretReference(value)) return [{ path, reference: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => secretReferences(item, [...path, key]));
}

/** A copy of `value` whose file references are absolute; in the file they are relative to the file itself. */
export function withAbsoluteFiles(value: unknown, landscapeFile: string): unknown {
  if (isSecretReference(value)) return 'file' in value ? { file: resolve(dirname(landscapeFile), value.file) } : value;
  if (Array.isArray(value)) return value.map((item) => withAbsoluteFiles(item, landscapeFile));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withAbsoluteFiles(item, landscapeFile)]));
}

function fileText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (isNativeError(error) && 'code' in error) return undefined;
    throw error;
  }
}

function described(reference: SecretReference): string {
  return 'env' in reference ? `{env: ${reference.env}}` : `{file: ${reference.file}}`;
}
