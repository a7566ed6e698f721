import type { Resource } from './accounts.ts';
import { CREATE_ONLY, ENTERPRISE, isObject, SAP, valueRefusal, WRITABLE, type Refusal } from './scim-rules.ts';

export type Patched = { readonly ok: true; readonly resource: Resource } | { readonly ok: false; readonly refusal: Refusal };

interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Applies a PatchOp (RFC 7644 §3.5.2) with full paths only; `internal` may also set what only creation takes. */
export function applyPatch(resource: Resource, content: unknown, internal = false): Patched {
  const operations = operationsOf(content);
  if (!operations) return no({ scimType: 'invalidSyntax', detail: 'not a PatchOp with operations that have op and path' });
  let result = resource;
  for (const operation of operations) {
    const refusal = internal ? undefined : operationRefusal(operation);
    if (refusal) return no(refusal);
    result = placed(result, keysOf(operation.path), operation.op === 'remove' ? undefined : operation.value);
  }
  return { ok: true, resource: result };
}

function operationRefusal({ op, path, value }: Operation): Refusal | undefined {
  if (CREATE_ONLY.includes(path)) return { scimType: 'mutability', detail: `${path} can be set at creation only` };
  const kind = WRITABLE.get(path);
  if (!kind) return { scimType: 'invalidPath', detail: `unknown path ${path}` };
  return op === 'remove' ? undefined : valueRefusal(path, kind, value);
}

function operationsOf(content: unknown): readonly Operation[] | undefined {
  if (!isObject(content) || !Array.isArray(content['schemas']) || content['schemas'].length !== 1 || content['schemas'][0] !== PATCH_OP) return undefined;
  const operations: unknown = content['Operations'];
  return Array.isArray(operations) && operations.length > 0 && operations.every(isOperation) ? operations : undefined;
}

function isOperation(item: unknown): item is Operation {
  if (!isObject(item) || typeof item['path'] !== 'string') return false;
  return item['op'] === 'remove' ? !('value' in item) : (item['op'] === 'add' || item['op'] === 'replace') && 'value' in item;
}

/** The URN of an extension holds dots itself, so it is one key. */
function keysOf(path: string): readonly string[] {
  const urn = [ENTERPRISE, SAP].find((candidate) => path.startsWith(`${candidate}:`));
  return urn ? [urn, ...path.slice(urn.length + 1).split('.')] : path.split('.');
}

function placed(object: Resource, [key = '', ...rest]: readonly string[], value: unknown): Resource {
  const { [key]: before, ...others } = object;
  if (rest.length === 0) return value === undefined ? others : { ...others, [key]: value };
  const after = placed(isObject(before) ? before : {}, rest, value);
  return Object.keys(after).length === 0 ? others : { ...others, [key]: after };
}

function no(refusal: Refusal): Patched {
  return { ok: false, refusal };
}
