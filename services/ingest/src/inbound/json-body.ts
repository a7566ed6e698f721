import { isUtf8 } from 'node:buffer';
import { ScimError } from '@rolebridge/scim';

/** A body as read: parsed, and the bytes for comparing with an earlier delivery of the same key (L9). */
export interface JsonBody {
  readonly json: unknown;
  readonly bytes: Buffer;
}

/** Deeper than anything a user, group, patch or bulk request needs; what walks a body by recursion stays far below its stack. */
const MAX_DEPTH = 64;

/** @throws ScimError `invalidSyntax` */
export function readJsonBody(bytes: Buffer): JsonBody {
  if (!isUtf8(bytes)) throw ScimError.of('invalidSyntax', 'The body is not UTF-8.');
  if (isTooDeep(bytes)) throw ScimError.of('invalidSyntax', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  try {
    return { json: JSON.parse(bytes.toString('utf8')), bytes };
  } catch {
    throw ScimError.of('invalidSyntax', 'The body is not JSON.');
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Counts brackets outside of texts, before anything is parsed. */
export function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = endOfText(bytes, at + 1);
    else if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function endOfText(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

/** The body of a request that must have one. */
export function bodyOf(body: unknown): JsonBody {
  if (typeof body === 'object' && body !== null && 'json' in body && 'bytes' in body && Buffer.isBuffer(body.bytes)) return { json: body.json, bytes: body.bytes };
  throw ScimError.of('invalidSyntax', 'The request needs a JSON body.');
}
