import { ScimError } from '../message/scim-error.ts';
import { URN } from '../schema/urns.ts';
import { isObject } from '../user/read-value.ts';

/** One operation of a PatchOp (RFC 7644 §3.5.2), with `op` in lower case. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path?: string;
  readonly value?: unknown;
  /** For clients of the Entra family: a removal that meets nothing is no error, and a replacement that meets nothing adds. */
  readonly lenient?: true;
}

/** Most operations in one PATCH. */
export const MAX_OPERATIONS = 1000;

/**
 * Reads the body of a PATCH. Some clients write `Add` for `add`; names of members are compared without case.
 *
 * @param lenient as {@link PatchOperation.lenient} says
 * @throws ScimError `invalidSyntax` when the message is not formed as RFC 7644 §3.5.2 says
 */
export function readPatchBody(body: unknown, lenient = false): readonly PatchOperation[] {
  const schemas = member(body, 'schemas');
  const named = Array.isArray(schemas) && schemas.some((urn) => typeof urn === 'string' && urn.toLowerCase() === URN.patchOp.toLowerCase());
  if (!named) throw syntax(`schemas must hold ${URN.patchOp}`);
  const operations = readOperations(member(body, 'Operations'));
  return lenient ? operations.map((operation) => ({ ...operation, lenient: true })) : operations;
}

/** Reads a list of operations, as a PATCH and a change event carry it. */
export function readOperations(operations: unknown): readonly PatchOperation[] {
  if (!Array.isArray(operations) || operations.length === 0) throw syntax('Operations must be a list with at least one operation');
  if (operations.length > MAX_OPERATIONS) throw syntax(`Operations must have at most ${MAX_OPERATIONS} entries`);
  return operations.map(readOperation);
}

function readOperation(operation: unknown, at: number): PatchOperation {
  const op = opOf(operation, at);
  const path = pathOf(operation, at);
  const value = member(operation, 'value');
  if (op === 'remove' && path === undefined) throw ScimError.of('noTarget', `Operations[${at}].path is missing: remove must say what.`);
  if (op !== 'remove' && value === undefined) throw syntax(`Operations[${at}].value is missing`);
  return { op, ...(path !== undefined && { path }), ...(value !== undefined && { value }) };
}

function pathOf(operation: unknown, at: number): string | undefined {
  const path = member(operation, 'path') ?? '';
  if (typeof path !== 'string') throw syntax(`Operations[${at}].path must be a text`);
  return path === '' ? undefined : path;
}

function opOf(operation: unknown, at: number): PatchOperation['op'] {
  const op = member(operation, 'op');
  const plain = typeof op === 'string' ? op.toLowerCase() : undefined;
  if (plain === 'add' || plain === 'replace' || plain === 'remove') return plain;
  throw syntax(`Operations[${at}].op must be add, replace or remove`);
}

function member(holder: unknown, name: string): unknown {
  if (!isObject(holder)) return undefined;
  const key = Object.keys(holder).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : holder[key];
}

function syntax(problem: string): ScimError {
  return ScimError.of('invalidSyntax', `${problem}.`);
}
