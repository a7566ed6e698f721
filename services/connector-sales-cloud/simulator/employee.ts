import { effectOf, listAfter, BusinessError } from './actions.ts';
import type { Listed } from './actions.ts';
import { child, childrenOf, textAt } from './received-message.ts';
import type { XmlElement } from './xml-document.ts';

export interface Unit {
  readonly id: string;
  readonly roleCode?: string;
  readonly startDate?: string;
  readonly endDate?: string;
}

export interface Responsibility {
  readonly id: string;
  readonly isDefault?: boolean;
}

/** An employee with its business user, as the product would hold them. */
export interface Employee {
  /** `EmployeeID` (mapped per sender) or `ReceiverEmployeeID`. */
  readonly key: string;
  readonly keyElement: 'EmployeeID' | 'ReceiverEmployeeID';
  readonly identityId?: string;
  readonly locked: boolean;
  readonly language?: string;
  readonly givenName?: string;
  readonly middleName?: string;
  readonly familyName?: string;
  /** Fields of the workplace address by element name. */
  readonly address: Readonly<Record<string, string>>;
  readonly roles: readonly { readonly id: string }[];
  readonly units: readonly Unit[];
  readonly responsibilities: readonly Responsibility[];
  readonly validities: readonly { readonly id: string; readonly endDate: string }[];
}

type Person = Omit<Employee, 'key' | 'keyElement'>;

const NOBODY: Person = { locked: false, address: {}, roles: [], units: [], responsibilities: [], validities: [] };

/** What the message makes of the employee; `undefined`: it is gone. Throws BusinessError, and then nothing of the message takes effect. */
export function employeeAfter(before: Employee | undefined, sent: XmlElement): Employee | undefined {
  const { key, keyElement } = keyOf(sent);
  const effect = effectOf(sent.attributes['actionCode'], before !== undefined, `Employee ${key}`);
  if (effect === 'remove') return undefined;
  if (effect === 'nothing') return before;
  const after: Employee = { ...written(before ?? NOBODY, sent), key, keyElement };
  if (!after.familyName) throw new BusinessError('family-name-missing', `Employee ${key} has no family name.`);
  return after;
}

export function keyOf(sent: XmlElement): Pick<Employee, 'key' | 'keyElement'> {
  const own = textAt(sent, 'ReceiverEmployeeID');
  if (own !== undefined) return { key: own, keyElement: 'ReceiverEmployeeID' };
  const foreign = textAt(sent, 'EmployeeID');
  if (foreign === undefined) throw new BusinessError('no-key', 'The employee has neither EmployeeID nor ReceiverEmployeeID.');
  return { key: foreign, keyElement: 'EmployeeID' };
}

function written(before: Person, sent: XmlElement): Person {
  const complete = (flag: string) => ['true', '1'].includes(sent.attributes[flag] ?? '');
  return {
    ...before,
    ...names(before, child(sent, 'Common')),
    ...identity(before, child(sent, 'Identity')),
    address: address(before.address, child(sent, 'WorkplaceAddress')),
    units: listAfter(before.units, childrenOf(sent, 'OrganizationalAssignment').map(sentUnit), { complete: false, name: 'Unit' }),
    validities: listAfter(before.validities, childrenOf(sent, 'EmployeeType').map(sentValidity), { complete: complete('employeeTypeListCompleteTransmissionIndicator'), name: 'Employee type' }),
    responsibilities: listAfter(before.responsibilities, childrenOf(sent, 'EmployeeSalesResponsibility').map(sentResponsibility), {
      complete: complete('employeeSalesResponsibilityListCompleteTransmissionIndicator'),
      name: 'Sales responsibility',
    }),
  };
}

/** A part that is not sent stays as it is; an empty one is emptied. */
function names(before: Person, common: XmlElement | undefined): Pick<Person, 'givenName' | 'middleName' | 'familyName'> {
  const name = child(common, 'Name');
  if (!name || !writesNode(common, before.familyName !== undefined, 'Common')) return {};
  return { ...part('givenName', textAt(name, 'GivenName')), ...part('middleName', textAt(name, 'MiddleName')), ...part('familyName', textAt(name, 'FamilyName')) };
}

function identity(before: Person, sent: XmlElement | undefined): Partial<Person> {
  if (!sent || !writesNode(sent, before.identityId !== undefined, 'Identity')) return {};
  const inactive = textAt(sent, 'UserAccountsInactiveIndicator');
  const complete = ['true', '1'].includes(sent.attributes['businessRoleListCompleteTransmissionIndicator'] ?? '');
  const roles = childrenOf(sent, 'BusinessRole').map((role): Listed<{ readonly id: string }> => {
    const id = textAt(role, 'ID') ?? '';
    return { action: role.attributes['actionCode'], id, write: () => ({ id }) };
  });
  return {
    ...part('identityId', textAt(sent, 'IdentityID')),
    ...part('language', textAt(sent, 'LogonLanguageCode')),
    ...(inactive === undefined ? {} : { locked: inactive === 'true' || inactive === '1' }),
    roles: listAfter(before.roles, roles, { complete, name: 'Role' }),
  };
}

function address(before: Employee['address'], sent: XmlElement | undefined): Employee['address'] {
  if (!sent || !writesNode(sent, Object.keys(before).length > 0, 'Workplace address')) return before;
  const fields = sent.children.map(({ name, text }) => [name, text] as const);
  return Object.fromEntries(Object.entries({ ...before, ...Object.fromEntries(fields) }).filter(([, value]) => value !== ''));
}

function writesNode(sent: XmlElement | undefined, isThere: boolean, name: string): boolean {
  return effectOf(sent?.attributes['actionCode'], isThere, name) === 'write';
}

function sentUnit(sent: XmlElement): Listed<Unit> {
  const id = textAt(sent, 'ReceiverOrganizationalCenterID') ?? textAt(sent, 'OrganizationalCenterID');
  if (id === undefined) throw new BusinessError('unit-without-id', 'An organisational assignment has no unit.');
  const period = child(sent, 'ValidityPeriod');
  const fields = { ...part('roleCode', textAt(sent, 'RoleCode')), ...part('startDate', textAt(period, 'StartDate')), ...part('endDate', textAt(period, 'EndDate')) };
  return { action: sent.attributes['actionCode'], id, write: (before) => ({ ...before, ...fields, id }) };
}

function sentResponsibility(sent: XmlElement): Listed<Responsibility> {
  const id = textAt(sent, 'ReceiverSalesOrganizationID') ?? textAt(sent, 'SalesOrganisationID');
  if (id === undefined) throw new BusinessError('responsibility-without-id', 'A sales responsibility has no organisation.');
  const isDefault = textAt(sent, 'DefaultIndicator');
  return { action: sent.attributes['actionCode'], id, write: (before) => ({ ...before, id, ...(isDefault === undefined ? {} : { isDefault: isDefault === 'true' || isDefault === '1' }) }) };
}

function sentValidity(sent: XmlElement): Listed<Employee['validities'][number]> {
  const period = child(sent, 'ValidityPeriod');
  const id = textAt(period, 'StartDate') ?? '';
  return { action: sent.attributes['actionCode'], id, write: () => ({ id, endDate: textAt(period, 'EndDate') ?? '' }) };
}

function part<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, string>); // TypeScript widens a computed key to string
}
