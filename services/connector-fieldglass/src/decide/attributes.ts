import type { ScimPatchOperation } from '@rolebridge/contracts';
import { RULES, type Attributes } from './mapping.ts';

/** What must be written of the attributes, and what the account holds afterwards. */
export interface AttributeChange {
  readonly merged: Attributes;
  readonly operations: readonly ScimPatchOperation[];
}

const CHANGEABLE = RULES.filter(({ write }) => write === 'always').map(({ path }) => path);
const FIXED = RULES.filter(({ write }) => write === 'create').map(({ path }) => path);

/**
 * PURE. What is stated is written; what was stated by us before and is stated no longer is cleared; everything else stays as
 * observed. Attributes meant for creation only are left out.
 */
export function changeOf(wished: Attributes, observed: Attributes, written: readonly string[]): AttributeChange {
  const after = (path: string): unknown => wished[path] ?? (written.includes(path) ? undefined : observed[path]);
  const merged = Object.fromEntries(CHANGEABLE.flatMap((path) => (after(path) === undefined ? [] : [[path, after(path)]])));
  const differing = CHANGEABLE.filter((path) => canonical(merged[path]) !== canonical(observed[path]));
  return { merged, operations: differing.map((path) => operation(path, merged[path])) };
}

function operation(path: string, value: unknown): ScimPatchOperation {
  return value === undefined ? { op: 'remove', path } : { op: 'replace', path, value };
}

/** PURE. Whether something is wished that could only have been set at creation. */
export function fixedDiffers(wished: Attributes, observed: Attributes): boolean {
  return FIXED.some((path) => wished[path] !== undefined && canonical(wished[path]) !== canonical(observed[path]));
}

/** PURE. The same text for equal JSON values, whatever the order of keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1))) : inner,
  ) ?? '';
}
