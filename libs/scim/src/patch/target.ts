import { bindElementFilter } from '../filter/bind-filter.ts';
import type { ElementFilter } from '../filter/bound-filter.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import { ScimError } from '../message/scim-error.ts';
import type { Attribute } from '../schema/attribute.ts';
import { subAttributesOf } from '../schema/user-model.ts';
import type { AttributeIndex, Place, UserModel } from '../schema/user-model.ts';

/** What the path of a PATCH operation points to. */
export type Target =
  | { readonly kind: 'extension'; readonly urn: string; readonly index: AttributeIndex }
  | (Place & { readonly kind: 'attribute'; readonly filter?: ElementFilter; readonly sub?: Attribute });

/** `name`, `name[filter]`, each with an optional `.sub` (RFC 7644 §3.5.2, figure 1). */
const STEP = /^([A-Za-z$][\w$-]*)(?:\[(.*)\])?(?:\.([A-Za-z$][\w$-]*))?$/s;

/** Attributes every resource has and only the server writes (RFC 7643 §3.1). */
const SERVER_OWNED = new Set(['id', 'meta', 'schemas']);

/**
 * Resolves a path against the schemas, without case. Only names the schemas know can be reached, so a path like
 * `__proto__` leads nowhere.
 *
 * @throws ScimError `invalidPath` for an unknown place, `mutability` for one that only the server writes
 */
export function resolvePath(path: string, model: UserModel): Target {
  const target = findPath(path, model);
  if (!target) throw ScimError.of('invalidPath', `Path ${path} names no attribute of a user.`);
  return target;
}

/** As {@link resolvePath}, but `undefined` for an unknown place: in an operation without path it is ignored as in a POST. */
export function findPath(path: string, model: UserModel): Target | undefined {
  const extension = [...model.extensionIndex.values()].find(({ urn }) => startsWithUrn(path, urn));
  if (extension) {
    const rest = path.slice(extension.urn.length + 1);
    if (rest === '') return { kind: 'extension', ...extension };
    return inStep(rest, path, (name) => place(extension.index.get(name), extension.urn));
  }
  const rest = startsWithUrn(path, model.core.id) ? path.slice(model.core.id.length + 1) : path;
  return inStep(rest, path, (name) => place(model.coreIndex.get(name)) ?? model.moved.get(name));
}

/** Whether the path names something that only the server writes. */
export function isServerOwned(path: string): boolean {
  return SERVER_OWNED.has(path.toLowerCase().split('.')[0] ?? '');
}

function startsWithUrn(path: string, urn: string): boolean {
  const next = path[urn.length];
  return path.slice(0, urn.length).toLowerCase() === urn.toLowerCase() && (next === undefined || next === ':');
}

function place(attribute: Attribute | undefined, urn?: string): Place | undefined {
  return attribute && { attribute, ...(urn && { urn }) };
}

function inStep(rest: string, path: string, find: (name: string) => Place | undefined): Target | undefined {
  if (isServerOwned(rest)) throw ScimError.of('mutability', `Attribute ${path} is written by the server only.`);
  const [, name = '', filterText, subName] = STEP.exec(rest) ?? [];
  const found = find(name.toLowerCase());
  if (!found) return undefined;
  if (found.attribute.mutability === 'readOnly') throw ScimError.of('mutability', `Attribute ${path} is read-only.`);
  return narrowed(found, path, filterText, subName);
}

function narrowed(found: Place, path: string, filterText: string | undefined, subName: string | undefined): Target | undefined {
  const sub = subName === undefined ? undefined : subAttributesOf(found.attribute).get(subName.toLowerCase());
  if (subName !== undefined && !sub) return undefined;
  const filter = filterText === undefined ? undefined : filterOf(found.attribute, filterText, path);
  return { kind: 'attribute', ...found, ...(filter && { filter }), ...(sub && { sub }) };
}

function filterOf(attribute: Attribute, text: string, path: string): ElementFilter {
  if (!attribute.multiValued) throw ScimError.of('invalidPath', `Path ${path} filters an attribute that has only one value.`);
  return bindElementFilter(parseFilter(text), attribute, 'invalidPath');
}
