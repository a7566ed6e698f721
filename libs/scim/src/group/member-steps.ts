import { bindElementFilter } from '../filter/bind-filter.ts';
import type { ElementFilter } from '../filter/bound-filter.ts';
import { parseFilter } from '../filter/parse-filter.ts';
import { ScimError } from '../message/scim-error.ts';
import type { PatchOperation } from '../patch/operations.ts';
import type { Attribute } from '../schema/attribute.ts';
import type { ResourceModel } from '../schema/user-model.ts';
import { isObject } from '../user/read-value.ts';
import { apart, MEMBERS, readReferences } from './read-group.ts';
import type { MemberReference } from './scim-group.ts';

/** What a PATCH does to the members of a group, one step after the other. */
export type MemberStep =
  | { readonly do: 'add' | 'replace'; readonly members: readonly MemberReference[] }
  | { readonly do: 'remove'; readonly values: readonly string[] }
  | { readonly do: 'remove-where'; readonly filter: ElementFilter; readonly path: string }
  | { readonly do: 'remove-all' };

/** A PATCH of a group: what concerns its own attributes, and what concerns its members; neither touches the other. */
export interface GroupPatch {
  readonly operations: readonly PatchOperation[];
  readonly steps: readonly MemberStep[];
}

const PATH = /^members(?:\[(.*)\])?(?:\.([A-Za-z$][\w$-]*))?$/is;

/** @throws ScimError `invalidPath`, `mutability`, `invalidValue` */
export function splitGroupPatch(operations: readonly PatchOperation[], model: ResourceModel): GroupPatch {
  const attribute = model.coreIndex.get(MEMBERS);
  if (!attribute) throw new Error('The schema of groups has no members.');
  const parts = operations.map((operation) => split(operation, attribute, model));
  return { operations: parts.flatMap(({ operations: own }) => own), steps: parts.flatMap(({ steps }) => steps) };
}

function split(operation: PatchOperation, attribute: Attribute, model: ResourceModel): GroupPatch {
  if (operation.path === undefined) return splitValue(operation);
  const prefix = `${model.core.id}:`;
  const path = operation.path.toLowerCase().startsWith(prefix.toLowerCase()) ? operation.path.slice(prefix.length) : operation.path;
  const [whole, filterText, sub] = PATH.exec(path) ?? [];
  if (whole === undefined) return { operations: [operation], steps: [] };
  if (sub !== undefined) throw refusalOf(sub, attribute, operation.path);
  return { operations: [], steps: [stepOf(operation, filterText, attribute)] };
}

/** Without a path the members stand among other attributes. */
function splitValue(operation: PatchOperation): GroupPatch {
  if (!isObject(operation.value)) return { operations: [operation], steps: [] };
  const { rest, members } = apart(operation.value);
  const own = Object.keys(rest).length > 0 || members === undefined ? [{ ...operation, value: rest }] : [];
  const steps: readonly MemberStep[] = members === undefined ? [] : [{ do: operation.op === 'add' ? 'add' : 'replace', members: readReferences(members) }];
  return { operations: own, steps };
}

function refusalOf(sub: string, attribute: Attribute, path: string): ScimError {
  const known = attribute.subAttributes?.some(({ name }) => name.toLowerCase() === sub.toLowerCase());
  if (!known) return ScimError.of('invalidPath', `Path ${path} names no attribute of a group.`);
  return ScimError.of('mutability', `Path ${path} cannot be written: remove the member and add another.`);
}

function stepOf({ op, path = MEMBERS, value }: PatchOperation, filterText: string | undefined, attribute: Attribute): MemberStep {
  const filter = filterText === undefined ? undefined : bindElementFilter(parseFilter(filterText), attribute, 'invalidPath');
  if (op !== 'remove') {
    if (filter) throw ScimError.of('mutability', `Path ${path} cannot be written: remove the member and add another.`);
    return { do: op, members: readReferences(value) };
  }
  if (filter) return { do: 'remove-where', filter, path };
  if (value === undefined || value === null) return { do: 'remove-all' };
  return { do: 'remove', values: readReferences(value).map((reference) => reference.value) };
}

/** The ids that a filter can match when it asks for ids only; `undefined` when it must be asked of every member. */
export function valuesNamedBy(filter: ElementFilter): readonly string[] | undefined {
  if (filter.kind === 'ask') {
    const { question } = filter;
    return question.op === 'eq' && question.attribute.name === 'value' && typeof question.value === 'string' ? [question.value] : undefined;
  }
  if (filter.kind === 'not') return undefined;
  const parts = filter.filters.map(valuesNamedBy);
  if (filter.kind === 'and') return parts.find((part) => part !== undefined);
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}
