import type { ElementFilter } from '../filter/bound-filter.ts';
import { matchesElement } from '../filter/match.ts';
import { ScimError } from '../message/scim-error.ts';
import { subAttributesOf } from '../schema/user-model.ts';
import { isObject, readAttribute, readMembers, readSingle } from '../user/read-value.ts';
import type { JsonObject } from '../user/read-value.ts';
import { sameJson } from '../user/same-json.ts';
import type { PatchOperation } from './operations.ts';
import { withMember } from './single-value.ts';
import type { Target } from './target.ts';

type AttributeTarget = Extract<Target, { kind: 'attribute' }>;
type Values = readonly unknown[];

/** The next values of a multi-valued attribute; `undefined` when none are left. */
export function patchValues(held: unknown, target: AttributeTarget, operation: PatchOperation, path: string): Values | undefined {
  const values: Values = Array.isArray(held) ? held : [];
  const next = operation.op === 'remove' ? removed(values, target, operation, path) : written(values, target, operation, path);
  return next.length > 0 ? next : undefined;
}

function removed(values: Values, target: AttributeTarget, operation: PatchOperation, path: string): Values {
  const { sub } = target;
  const chosen = choose(values, target);
  if (target.filter && chosen.size === 0 && !operation.lenient) throw noTarget(path);
  if (sub) return values.map((value) => (chosen.has(value) ? withMember(value, sub.name, undefined) : value)).filter((value) => value !== undefined);
  if (target.filter || operation.value === undefined || operation.value === null) return values.filter((value) => !chosen.has(value));
  const named = asList(operation.value).map((value) => readSingle(target.attribute, value, path));
  return values.filter((value) => !named.some((name) => sameValue(name, value)));
}

function written(values: Values, target: AttributeTarget, operation: PatchOperation, path: string): Values {
  if (target.filter || target.sub) return writtenToChosen(values, target, operation, path);
  const read = readAttribute(target.attribute, asList(operation.value), path);
  const given: Values = Array.isArray(read) ? read : [];
  if (operation.op === 'replace') return given;
  const added = given.filter((value) => !values.some((other) => sameJson(other, value)));
  return withOnePrimary([...values, ...added], new Set(added));
}

/** Writes to the values that the filter matches, or to all of them: whole values, or one sub-attribute of each. */
function writtenToChosen(values: Values, target: AttributeTarget, operation: PatchOperation, path: string): Values {
  const chosen = choose(values, target);
  if (chosen.size === 0) return [...values, created(target, operation, path)];
  const touched = new Set<unknown>();
  const next = values.map((value) => {
    if (!chosen.has(value)) return value;
    const changed = changedValue(value, target, operation, path);
    touched.add(changed);
    return changed;
  });
  return withOnePrimary(next.filter((value) => value !== undefined), touched);
}

function changedValue(value: unknown, target: AttributeTarget, operation: PatchOperation, path: string): unknown {
  const { attribute, sub } = target;
  if (sub) return withMember(value, sub.name, readAttribute(sub, operation.value, path));
  if (operation.op === 'replace') return readSingle(attribute, operation.value, path);
  if (!isObject(value) || !isObject(operation.value)) throw ScimError.of('invalidValue', `The value for ${path} must be an object.`);
  return { ...value, ...readMembers(operation.value, subAttributesOf(attribute), `${path}.`) };
}

/** A value made from what the filter demands with `eq`, plus what is added. Without such a filter there is nothing to write to. */
function created(target: AttributeTarget, operation: PatchOperation, path: string): unknown {
  const adds = operation.op === 'add' || operation.lenient === true;
  const demanded = adds && target.filter ? demandedBy(target.filter) : undefined;
  if (!demanded) throw noTarget(path);
  const { attribute, sub } = target;
  const given = sub ? { [sub.name]: operation.value } : operation.value;
  if (!isObject(given)) throw ScimError.of('invalidValue', `The value for ${path} must be an object.`);
  const value = readSingle(attribute, { ...demanded, ...given }, path);
  if (value === undefined) throw noTarget(path);
  return value;
}

function demandedBy(filter: ElementFilter): JsonObject | undefined {
  if (filter.kind === 'ask') return filter.question.op === 'eq' ? { [filter.question.attribute.name]: filter.question.given } : undefined;
  if (filter.kind !== 'and') return undefined;
  const parts = filter.filters.map(demandedBy);
  return parts.every((part) => part !== undefined) ? Object.assign({}, ...parts) : undefined;
}

function choose(values: Values, { filter }: AttributeTarget): ReadonlySet<unknown> {
  return new Set(filter ? values.filter((value) => matchesElement(filter, value)) : values);
}

/** A new primary value takes the mark from the old one (RFC 7644 §3.5.2). */
function withOnePrimary(values: Values, touched: ReadonlySet<unknown>): Values {
  if (![...touched].some(isPrimary)) return values;
  return values.map((value) => (isPrimary(value) && !touched.has(value) ? withMember(value, 'primary', false) : value));
}

function isPrimary(value: unknown): boolean {
  return isObject(value) && value['primary'] === true;
}

/** Same `value` where both have one, otherwise the same altogether. */
function sameValue(left: unknown, right: unknown): boolean {
  if (!isObject(left) || !isObject(right) || left['value'] === undefined) return sameJson(left, right);
  return left['value'] === right['value'];
}

function asList(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function noTarget(path: string): ScimError {
  return ScimError.of('noTarget', `Path ${path} matches no value.`);
}
