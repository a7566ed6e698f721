import { SCIM_URN } from '@rolebridge/contracts';
import type { DesiredAccount, Failure } from '@rolebridge/contracts';
import type { SalesCloudSettings } from '../settings.ts';
import { shortened } from './characters.ts';
import { FIELD_RULES, firstProblem, refusal } from './fields.ts';
import type { Field } from './fields.ts';

const SUFFIX_LENGTH = 9;

const PATHS = {
  userName: 'userName',
  employeeNumber: `${SCIM_URN.enterpriseUser}:employeeNumber`,
  userId: 'id',
} as const;

type KeySettings = Pick<SalesCloudSettings, 'accountKey' | 'keyElement'>;

/**
 * Keys under which the account may be opened at first contact. The second carries a piece of the user id, so that a key that
 * belongs to somebody else's account (renamed away, namesake) is not taken over (L20): its end, since people who joined in the
 * same minute share its beginning, the time (RFC 9562 §5.7). None: {@link keyProblem} says why.
 */
export function keyCandidates(desired: DesiredAccount, settings: KeySettings): readonly string[] {
  if (keyProblem(desired, settings)) return [];
  const preferred = valueOf(desired, settings.accountKey) ?? '';
  const suffix = `-${desired.userId.replaceAll('-', '').slice(1 - SUFFIX_LENGTH)}`;
  const short = shortened(preferred, ruleOf(settings).maxLength - SUFFIX_LENGTH).trimEnd();
  return [preferred, short + suffix];
}

/** Why no account can be opened for this person. */
export function keyProblem(desired: DesiredAccount, settings: KeySettings): Failure | undefined {
  const path = PATHS[settings.accountKey];
  const value = valueOf(desired, settings.accountKey);
  if (!value) return refusal('field-missing', path, `${path} is missing; it is the key of the account in Sales Cloud. Fill it at the source.`);
  const field: Field = { path, value, rule: ruleOf(settings) };
  return firstProblem([field]);
}

function ruleOf(settings: KeySettings): Field['rule'] {
  return settings.keyElement === 'EmployeeID' ? FIELD_RULES.employeeId : FIELD_RULES.receiverEmployeeId;
}

function valueOf(desired: DesiredAccount, source: SalesCloudSettings['accountKey']): string | undefined {
  if (source === 'userId') return desired.userId;
  return source === 'userName' ? desired.attributes.userName : desired.attributes[SCIM_URN.enterpriseUser]?.employeeNumber;
}
