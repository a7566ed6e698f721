import { isUtf8 } from 'node:buffer';
import { ScimError } from '@rolebridge/scim';

/** A body as read: parsed, and the bytes for comparing with an earlier delivery of the same key (L9). */
export interface JsonBody {
  readonly json: unknown;
  readonly bytes: Buffer;
}

/** @throws ScimError `invalidSyntax` */
export function readJsonBody(bytes: Buffer): JsonBody {
  if (!isUtf8(bytes)) throw ScimError.of('invalidSyntax', 'The body is not UTF-8.');
  try {
    return { json: JSON.parse(bytes.toString('utf8')), bytes };
  } catch {
    throw ScimError.of('invalidSyntax', 'The body is not JSON.');
  }
}

/** The body of a request that must have one. */
export function bodyOf(body: unknown): JsonBody {
  if (typeof body === 'object' && body !== null && 'json' in body && 'bytes' in body && Buffer.isBuffer(body.bytes)) return { json: body.json, bytes: body.bytes };
  throw ScimError.of('invalidSyntax', 'The request needs a JSON body.');
}
