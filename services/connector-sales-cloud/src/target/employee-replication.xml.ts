import type { ListItem, EmployeeMessage, UnitItem } from '../decide/message.ts';
import type { SalesCloudSettings } from '../settings.ts';

/** Value of the `SOAPAction` header (`systems/sales-cloud.md` §3). */
export const SOAP_ACTION = 'http://sap.com/xi/A1S/Global/EmployeeReplicationIn/ReplicateEmployeeRequest';

const SOAP_NAMESPACE = 'http://schemas.xmlsoap.org/soap/envelope/';
const MESSAGE_NAMESPACE = 'http://sap.com/xi/SAPGlobal20/Global';
const PARTY = { schemeID: 'LocalSystemID', schemeAgencyID: '310' } as const;

export interface MessageHeader {
  /** 32 hex characters. */
  readonly id: string;
  /** Sent in UTC with a final Z; an offset would be invalid. */
  readonly createdAt: Date;
}

type Wiring = Pick<SalesCloudSettings, 'senderParty' | 'recipientParty' | 'keyElement' | 'codes' | 'unitIds'>;
type Attributes = Readonly<Record<string, string | boolean>>;

/** The SOAP 1.1 message for one employee: elements in the order of the schema, all but the root without namespace. */
export function employeeReplicationXml(message: EmployeeMessage, header: MessageHeader, wiring: Wiring): string {
  const request =
    element('MessageHeader', {}, [
      text('ID', header.id),
      text('CreationDateTime', header.createdAt.toISOString()),
      element('SenderParty', {}, [text('InternalID', wiring.senderParty, PARTY)]),
      element('RecipientParty', {}, [text('InternalID', wiring.recipientParty, PARTY)]),
    ]) + element('EmployeeReplicationRequest', {}, [element('BasicMessageHeader', {}, [text('ID', `${header.id}-1`)]), employee(message, wiring)]);
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    element('soap:Envelope', { 'xmlns:soap': SOAP_NAMESPACE }, [
      element('soap:Body', {}, [element('er:EmployeeReplicationRequest', { 'xmlns:er': MESSAGE_NAMESPACE }, [request])]),
    ])
  );
}

function employee(message: EmployeeMessage, wiring: Wiring): string {
  const flags = {
    actionCode: message.action,
    employeeTypeListCompleteTransmissionIndicator: message.employeeTypesComplete,
    employeeSalesResponsibilityListCompleteTransmissionIndicator: message.responsibilitiesComplete,
  };
  return element('Employee', message.action === '03' ? { actionCode: '03' } : flags, [
    text(wiring.keyElement, message.key),
    text('BusinessPartnerID', message.key),
    address(message),
    ...message.units.map((unit) => organisationalAssignment(unit, wiring)),
    message.employeeType ? element('EmployeeType', { actionCode: '04' }, [validity(message.employeeType)]) : '',
    identity(message),
    common(message),
    ...message.responsibilities.map((item) => responsibility(item, wiring)),
  ]);
}

function address({ address: fields }: EmployeeMessage): string {
  if (!fields) return '';
  return element('WorkplaceAddress', { actionCode: '04' }, [
    optional('PhoneNumberDescription', fields.phone),
    optional('EmailURI', fields.email),
    optional('MobilePhoneNumberDescription', fields.mobile),
  ]);
}

function organisationalAssignment(unit: UnitItem, { codes, unitIds }: Wiring): string {
  return element('OrganizationalAssignment', { actionCode: unit.action }, [
    validity(unit),
    text('OrganizationalCenterBusinessCharacterCode', codes.businessCharacter),
    text(unitIds === 'receiver' ? 'ReceiverOrganizationalCenterID' : 'OrganizationalCenterID', unit.id),
    text('OrganizationalCenterIDTypeCode', codes.unitIdType),
    text('RoleCode', unit.roleCode),
  ]);
}

function validity(period: { readonly startDate: string; readonly endDate: string }): string {
  return element('ValidityPeriod', {}, [text('StartDate', period.startDate), text('EndDate', period.endDate)]);
}

function identity({ identity: fields }: EmployeeMessage): string {
  if (!fields) return '';
  return element('Identity', { actionCode: '04', businessRoleListCompleteTransmissionIndicator: fields.rolesComplete }, [
    text('IdentityID', fields.identityId),
    optional('LogonLanguageCode', fields.language),
    text('UserAccountsInactiveIndicator', String(fields.inactive)),
    ...fields.roles.map((role: ListItem) => element('BusinessRole', { actionCode: role.action }, [text('ID', role.id)])),
  ]);
}

function common({ name }: EmployeeMessage): string {
  if (!name) return '';
  const parts = [optional('GivenName', name.given), optional('MiddleName', name.middle), text('FamilyName', name.family)];
  return element('Common', { actionCode: '04' }, [element('Name', {}, parts)]);
}

function responsibility(item: EmployeeMessage['responsibilities'][number], { codes, unitIds }: Wiring): string {
  return element('EmployeeSalesResponsibility', { actionCode: item.action }, [
    text(unitIds === 'receiver' ? 'ReceiverSalesOrganizationID' : 'SalesOrganisationID', item.id),
    text('SalesOrganizationIDTypeCode', codes.unitIdType),
    optional('DefaultIndicator', item.isDefault === undefined ? undefined : String(item.isDefault)),
  ]);
}

function element(name: string, attributes: Attributes, children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

function text(name: string, value: string, attributes: Attributes = {}): string {
  return element(name, attributes, [escaped(value)]);
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? '' : text(name, value);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;', '\n': '&#10;', '\t': '&#9;' };

/** Line breaks as references: a reader would turn a bare carriage return into a line feed (XML 1.0 §2.11). */
function escaped(value: string): string {
  return value.replaceAll(/[&<>"\r\n\t]/g, (character) => ESCAPES[character] ?? character);
}
