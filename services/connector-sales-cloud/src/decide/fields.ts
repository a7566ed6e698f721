import type { Failure } from '@rolebridge/contracts';
import { fitsXml, isToken, lengthOf } from './characters.ts';

/** What a field of the message may hold. */
export interface FieldRule {
  readonly maxLength: number;
  /** `token`: blanks at the ends, double blanks and line breaks would be changed by the target. */
  readonly kind: 'token' | 'text';
}

/** Lengths of `systems/sales-cloud.md` §3; of names and phone numbers as in the public service definition it names ([S4]). */
export const FIELD_RULES = {
  employeeId: { maxLength: 100, kind: 'token' },
  receiverEmployeeId: { maxLength: 20, kind: 'token' },
  identityId: { maxLength: 40, kind: 'token' },
  name: { maxLength: 240, kind: 'text' },
  email: { maxLength: 765, kind: 'token' },
  phone: { maxLength: 100, kind: 'token' },
  mobile: { maxLength: 350, kind: 'text' },
  receiverUnit: { maxLength: 20, kind: 'token' },
  senderUnit: { maxLength: 100, kind: 'token' },
  role: { maxLength: 255, kind: 'token' },
} as const satisfies Record<string, FieldRule>;

/** One value on its way into the message, with the field of the wish it comes from. */
export interface Field {
  readonly path: string;
  readonly value: string;
  readonly rule: FieldRule;
}

/** The first field that the target could not take as it is, named; nothing is ever cut or dropped silently. */
export function firstProblem(fields: readonly Field[]): Failure | undefined {
  for (const field of fields) {
    const failure = problemOf(field);
    if (failure) return failure;
  }
  return undefined;
}

export function refusal(code: string, field: string, message: string): Failure {
  return { kind: 'rejected', code, field, message };
}

function problemOf({ path, value, rule }: Field): Failure | undefined {
  if (!fitsXml(value)) {
    return refusal('character-not-allowed', path, `${path} has a character that XML cannot carry (a control character or half of a surrogate pair). Remove it at the source.`);
  }
  if (rule.kind === 'token' && !isToken(value)) {
    return refusal('field-invalid', path, `${path} has blanks at its ends, double blanks or line breaks, which Sales Cloud would change. Remove them at the source.`);
  }
  if (value.trim() === '') return refusal('field-missing', path, `${path} is empty. Fill it at the source.`);
  const length = lengthOf(value);
  if (length <= rule.maxLength) return undefined;
  return refusal('field-too-long', path, `${path} has ${String(length)} characters; Sales Cloud takes at most ${String(rule.maxLength)}. Shorten it at the source.`);
}
