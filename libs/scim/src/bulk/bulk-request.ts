import { ScimError } from '../message/scim-error.ts';
import { URN } from '../schema/urns.ts';
import { isObject } from '../user/read-value.ts';
import type { JsonObject } from '../user/read-value.ts';

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type BulkMethod = (typeof METHODS)[number];

/** One operation of a bulk request (RFC 7644 §3.7). */
export interface BulkOperation {
  readonly method: BulkMethod;
  /** Below the interface, e.g. `/Users/2819c223`. */
  readonly path: string;
  readonly bulkId?: string;
  /** Entity tag that the resource must have. */
  readonly version?: string;
  readonly data?: unknown;
}

export interface BulkRequest {
  /** After so many errors no further operation is begun; missing: all are tried. */
  readonly failOnErrors?: number;
  readonly operations: readonly BulkOperation[];
}

/** @throws ScimError `invalidSyntax` for a request that is not formed as the RFC says, 413 for too many operations */
export function readBulkRequest(body: unknown, maxOperations: number): BulkRequest {
  if (!isObject(body)) throw syntax('The body must be a JSON object with a SCIM BulkRequest');
  const { schemas, Operations: operations, failOnErrors } = body;
  if (!Array.isArray(schemas) || !schemas.includes(URN.bulkRequest)) throw syntax(`schemas must hold ${URN.bulkRequest}`);
  if (!Array.isArray(operations) || operations.length === 0) throw syntax('Operations must be a list with at least one operation');
  if (operations.length > maxOperations) throw ScimError.plain(413, `A bulk request may have ${maxOperations} operations; this one has ${operations.length}.`);
  return { ...readFailOnErrors(failOnErrors), operations: operations.map(readOperation) };
}

function readFailOnErrors(value: unknown): { readonly failOnErrors?: number } {
  if (value === undefined || value === null) return {};
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return { failOnErrors: value };
  throw syntax('failOnErrors must be a whole number above 0');
}

function readOperation(operation: unknown, at: number): BulkOperation {
  if (!isObject(operation)) throw syntax(`Operations[${at}] must be an object`);
  const method = methodOf(operation, at);
  const path = textOf(operation, 'path', at);
  if (path === undefined) throw syntax(`Operations[${at}].path is missing`);
  return { method, path, ...bulkIdOf(operation, method, at), ...versionOf(operation, at), ...dataOf(operation, method, at) };
}

function bulkIdOf(operation: JsonObject, method: BulkMethod, at: number): { readonly bulkId?: string } {
  const bulkId = textOf(operation, 'bulkId', at);
  if (method === 'POST' && !bulkId) throw syntax(`Operations[${at}].bulkId is missing: a POST must have one`);
  return bulkId ? { bulkId } : {};
}

function versionOf(operation: JsonObject, at: number): { readonly version?: string } {
  const version = textOf(operation, 'version', at);
  return version ? { version } : {};
}

function dataOf({ data }: JsonObject, method: BulkMethod, at: number): { readonly data?: unknown } {
  if (method === 'DELETE') return {};
  if (data === undefined) throw syntax(`Operations[${at}].data is missing`);
  return { data };
}

function methodOf({ method }: JsonObject, at: number): BulkMethod {
  const found = METHODS.find((candidate) => typeof method === 'string' && candidate === method.toUpperCase());
  if (!found) throw syntax(`Operations[${at}].method must be POST, PUT, PATCH or DELETE`);
  return found;
}

function textOf(operation: JsonObject, name: string, at: number): string | undefined {
  const value = operation[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > 1000) throw syntax(`Operations[${at}].${name} must be a text of at most 1000 characters`);
  return value;
}

function syntax(problem: string): ScimError {
  return ScimError.of('invalidSyntax', `${problem}.`);
}
