import { ScimError } from '@rolebridge/scim';

interface Versioned {
  readonly generation: number;
}

/** Weak entity tag of a row: answers of one generation say the same. */
export function versionOf(row: Versioned): string {
  return `W/"${row.generation}"`;
}

/** Whether a header names the row's entity tag, or any; tags are compared weakly, since ours are weak (RFC 7232 §2.3.2). */
export function namesVersion(row: Versioned, header: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${row.generation}"`);
}

/** @throws ScimError 412 when `If-Match` names another version (RFC 7644 §3.14) */
export function checkVersion(current: Versioned, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && !namesVersion(current, ifMatch)) throw ScimError.plain(412, 'The resource has changed since; read it again.');
}
