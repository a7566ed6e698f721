import type { Failure } from '@rolebridge/contracts';
import type { Attributes } from './mapping.ts';
import { isObject } from './mapping.ts';

/** Everything that XML 1.0 §2.2 does not allow, lone surrogates included; checked for JSON too, so that one rule holds for both interfaces. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** One `@` with something on both sides and a dot in the domain; no spaces, no control characters. */
const EMAIL = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+\.[^\s@<>(),;:"[\]\\.]+$/u;

/** Units of one user travel in one field, joined with this. */
export const UNIT_SEPARATOR = '~';

export function hasForbidden(text: string): boolean {
  return FORBIDDEN.test(text);
}

function rejected(code: string, field: string, message: string): Failure {
  return { kind: 'rejected', code, field, message };
}

const forbidden = (field: string): Failure =>
  rejected('forbidden-character', field, `${field} contains a character that cannot be sent (a control character or half of a pair). Remove it at the source.`);

/** PURE. The first reason why these attributes cannot be written, if any. */
export function attributeProblem(attributes: Attributes): Failure | undefined {
  const unsendable = Object.entries(attributes).flatMap(([path, value]) => textsOf(path, value)).find(([, text]) => hasForbidden(text));
  if (unsendable) return forbidden(unsendable[0]);
  return emailProblem(attributes['emails']);
}

function emailProblem(emails: unknown): Failure | undefined {
  const list: readonly unknown[] = Array.isArray(emails) ? emails : [];
  if (list.length === 0) return rejected('email-missing', 'emails', 'emails is missing: SAP Fieldglass takes no user without an e-mail address. Add one at the source.');
  const index = list.findIndex((item) => !isObject(item) || typeof item['value'] !== 'string' || !EMAIL.test(item['value']));
  return index < 0 ? undefined : rejected('email-invalid', `emails[${index}].value`, `emails[${index}].value is not an e-mail address. Correct it at the source.`);
}

/** PURE. The first reason why this login cannot be used, if any. */
export function loginProblem(login: string): Failure | undefined {
  if (login.trim() === '') return rejected('login-missing', 'userName', 'userName is empty. Fill it in at the source.');
  return hasForbidden(login) ? forbidden('userName') : undefined;
}

const unitField = (index: number): string => `entitlements.unit.items[${index}].value`;

/** PURE. The first reason why these units cannot be sent, if any. */
export function unitProblem(units: readonly string[]): Failure | undefined {
  const unsendable = units.findIndex(hasForbidden);
  if (unsendable >= 0) return forbidden(unitField(unsendable));
  const splitting = units.findIndex((unit) => unit.includes(UNIT_SEPARATOR));
  if (splitting < 0) return undefined;
  return rejected('unit-separator', unitField(splitting), `${unitField(splitting)} contains "~", which SAP Fieldglass takes as the end of a unit. Use a unit code without it.`);
}

/** PURE. The first reason why these roles cannot be sent, if any. */
export function roleProblem(roles: readonly string[]): Failure | undefined {
  const index = roles.findIndex(hasForbidden);
  return index < 0 ? undefined : forbidden(`entitlements.role.items[${index}].value`);
}

function textsOf(path: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => textsOf(`${path}[${index}]`, item));
  return isObject(value) ? Object.entries(value).flatMap(([key, item]) => textsOf(`${path}.${key}`, item)) : [];
}
