import { ScimError } from '../message/scim-error.ts';
import type { Attribute } from '../schema/attribute.ts';
import { subAttributesOf } from '../schema/user-model.ts';
import type { AttributeIndex } from '../schema/user-model.ts';
import { instantOf } from './instant.ts';

/** Most values of one multi-valued attribute. */
export const MAX_VALUES = 1000;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads one attribute: checks its type, drops what the schema does not know, spells names as the schema does.
 * `undefined` means unassigned: `null`, an empty list, an empty complex value, an empty text (RFC 7643 §2.5).
 *
 * @param path how the place is named to people, e.g. `emails`
 * @throws ScimError `invalidValue`, naming the attribute
 */
export function readAttribute(attribute: Attribute, value: unknown, path: string): unknown {
  if (value === null || value === undefined) return undefined;
  if (!attribute.multiValued) return readSingle(attribute, value, path);
  if (!Array.isArray(value)) throw invalid(path, 'must be a list');
  if (value.length > MAX_VALUES) throw invalid(path, `must have at most ${MAX_VALUES} values`);
  return readValues(attribute, value, path);
}

/** Reads one value of an attribute, also of a multi-valued one. */
export function readSingle(attribute: Attribute, value: unknown, path: string): unknown {
  switch (attribute.type) {
    case 'complex':
      return readComplex(attribute, value, path);
    case 'boolean':
      return readBoolean(value, path);
    case 'dateTime':
      return readInstant(attribute, value, path);
    case 'string':
    case 'reference':
    case 'binary':
    case 'integer':
      return readText(attribute, value, path);
  }
}

/** Reads the members of an object that the index knows; everything else is ignored. */
export function readMembers(input: JsonObject, index: AttributeIndex, prefix: string): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(input)) {
    const attribute = index.get(key.toLowerCase());
    if (!attribute || attribute.mutability === 'readOnly') continue;
    const read = readAttribute(attribute, value, prefix + attribute.name);
    if (read !== undefined) members[attribute.name] = read;
  }
  return members;
}

export function invalid(path: string, problem: string): ScimError {
  return ScimError.of('invalidValue', `Attribute ${path} ${problem}.`);
}

function readValues(attribute: Attribute, values: readonly unknown[], path: string): readonly unknown[] | undefined {
  const read = values.map((value, at) => readSingle(attribute, value, `${path}[${at}]`)).filter((value) => value !== undefined);
  if (read.filter((value) => isObject(value) && value['primary'] === true).length > 1) throw invalid(path, 'must have at most one primary value');
  return read.length > 0 ? read : undefined;
}

function readComplex(attribute: Attribute, value: unknown, path: string): JsonObject | undefined {
  if (!isObject(value)) throw invalid(path, 'must be an object');
  const members = readMembers(value, subAttributesOf(attribute), `${path}.`);
  const names = Object.keys(members);
  if (names.length === 0) return undefined;
  const incomplete = attribute.subAttributes?.some((sub) => sub.required && members[sub.name] === undefined);
  return incomplete ? undefined : members;
}

/** Some clients send booleans as text, e.g. `"True"`. */
function readBoolean(value: unknown, path: string): boolean {
  const plain = typeof value === 'string' ? value.toLowerCase() : value;
  if (plain === true || plain === 'true') return true;
  if (plain === false || plain === 'false') return false;
  throw invalid(path, 'must be true or false');
}

function readText(attribute: Attribute, value: unknown, path: string): string | undefined {
  const text = attribute.takesNumbers && typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') throw invalid(path, 'must be a text');
  if (text === '') return attribute.keepsEmpty ? text : undefined;
  if (text.length > attribute.maxLength) throw invalid(path, `must have at most ${attribute.maxLength} characters`);
  return storable(canonical(attribute, text), path);
}

/** The spelling of the schema for one of its canonical values; these are suggestions (RFC 7643 §7), others stay as they are. */
function canonical({ canonicalValues, caseExact }: Attribute, text: string): string {
  if (!canonicalValues || caseExact) return text;
  const plain = text.toLowerCase();
  return canonicalValues.find((value) => value.toLowerCase() === plain) ?? text;
}

/** Both are valid JSON, and refused by PostgreSQL and by UTF-8. */
function storable(text: string, path: string): string {
  if (text.includes('\u0000')) throw invalid(path, 'must not contain the character U+0000');
  if (!text.isWellFormed()) throw invalid(path, 'must not contain half of a surrogate pair');
  return text;
}

function readInstant(attribute: Attribute, value: unknown, path: string): string | undefined {
  const text = readText(attribute, value, path);
  if (text === undefined) return undefined;
  if (instantOf(text) === undefined) throw invalid(path, 'must be a day (2026-11-30) or an instant with its offset (2026-11-30T08:00:00Z)');
  return text;
}
