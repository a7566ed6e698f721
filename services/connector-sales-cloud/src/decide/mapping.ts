import type { DesiredAccount, Failure, ScimValue } from '@rolebridge/contracts';
import { FIELD_RULES, firstProblem, refusal } from './fields.ts';
import type { Field } from './fields.ts';
import type { SalesCloudName } from './state.ts';

/** Raise it when the mapping changes: every account is then written once more (L13). */
export const MAPPING_VERSION = 1;

/** The person's own data as the message carries it. */
export interface MappedPerson {
  readonly identityId: string;
  readonly name: SalesCloudName;
  readonly email?: string;
  readonly phone?: string;
  readonly mobile?: string;
}

export type Mapped = { readonly ok: true; readonly person: MappedPerson } | { readonly ok: false; readonly failure: Failure };

/** The default of the standard connector (`systems/sales-cloud.md` §3.1), its two fixed roles left out. */
export function mapPerson({ attributes }: DesiredAccount): Mapped {
  const { name } = attributes;
  const email = primaryOf(attributes.emails);
  const phone = ofType(attributes.phoneNumbers, 'work');
  const mobile = ofType(attributes.phoneNumbers, 'mobile');
  if (!name?.familyName?.trim()) return { ok: false, failure: refusal('field-missing', 'name.familyName', 'name.familyName is missing; Sales Cloud needs it. Fill it at the source.') };
  const person: MappedPerson = {
    identityId: attributes.userName,
    name: { family: name.familyName, ...filled('given', name.givenName), ...filled('middle', name.middleName) },
    ...filled('email', email),
    ...filled('phone', phone && collapsed(phone)),
    ...filled('mobile', mobile && collapsed(mobile)),
  };
  const failure = firstProblem(fieldsOf(person)) ?? emailProblem(person.email);
  return failure ? { ok: false, failure } : { ok: true, person };
}

function fieldsOf({ identityId, name, email, phone, mobile }: MappedPerson): readonly Field[] {
  return [
    { path: 'userName', value: identityId, rule: FIELD_RULES.identityId },
    { path: 'name.familyName', value: name.family, rule: FIELD_RULES.name },
    ...optional('name.givenName', name.given, FIELD_RULES.name),
    ...optional('name.middleName', name.middle, FIELD_RULES.name),
    ...optional('emails', email, FIELD_RULES.email),
    ...optional('phoneNumbers[type eq "work"]', phone, FIELD_RULES.phone),
    ...optional('phoneNumbers[type eq "mobile"]', mobile, FIELD_RULES.mobile),
  ];
}

function optional(path: string, value: string | undefined, rule: Field['rule']): readonly Field[] {
  return value === undefined ? [] : [{ path, value, rule }];
}

/** One `@` between two parts without blanks and brackets, the second with a dot: enough to notice what is no address at all. */
const EMAIL = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+\.[^\s@<>(),;:"[\]\\.]+$/;

function emailProblem(email: string | undefined): Failure | undefined {
  if (email === undefined || EMAIL.test(email)) return undefined;
  return refusal('field-invalid', 'emails', 'emails has an address of which the form is wrong. Correct it at the source.');
}

function primaryOf(values: readonly ScimValue[] | undefined): string | undefined {
  return (values?.find(({ primary }) => primary === true) ?? values?.[0])?.value;
}

function ofType(values: readonly ScimValue[] | undefined, type: string): string | undefined {
  const fitting = values?.filter((candidate) => candidate.type?.toLowerCase() === type);
  return primaryOf(fitting);
}

/** Blanks in a phone number carry no meaning. */
function collapsed(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

function filled<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value?.trim() ? ({ [key]: value } as Record<Key, string>) : {}; // TypeScript widens a computed key to string
}
