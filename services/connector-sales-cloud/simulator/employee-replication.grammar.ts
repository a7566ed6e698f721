import { node, pattern, text, token, withAttributes } from './grammar.ts';
import type { Content } from './grammar.ts';

/** The message of `systems/sales-cloud.md` §3: order, repetition, lengths. Lengths of names and numbers as in the definition named there. */

const action = { actionCode: pattern(/^0[1-6]$/, 'must be 01 to 06') };
const indicator = pattern(/^(true|false|1|0)$/, 'must be true or false');
const date = pattern(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a date like 2026-02-03');
const utc = pattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?Z$/, 'must be UTC with a final Z');
const uuid = pattern(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a UUID');
const number = pattern(/^\d{1,19}$/, 'must be a number');
const scheme = { schemeID: token(60), schemeAgencyID: token(60) };
const id = (max: number) => withAttributes(token(max), scheme);

const messageIds = { 'ID?': id(35), 'UUID?': uuid, 'ReferenceID?': id(35), 'ReferenceUUID?': uuid };
const party = node({ 'InternalID?': id(32) });
const validity = node({ StartDate: date, EndDate: date });

const address = node(
  {
    'PhoneNumberDescription?': token(100),
    'PhoneNumberExtension?': token(100),
    'EmailURI?': token(765),
    'MobilePhoneNumberDescription?': text(350),
    'FaxNumberDescription?': text(350),
    'BuildingID?': token(10),
    'RoomID?': token(10),
    'InhouseMailID?': token(10),
    'HouseID?': token(100),
    'StreetName?': text(360, 1),
    'CityName?': text(240),
    'RegionCode?': token(6),
    'CountryCode?': token(3),
    'StreetPostalCode?': token(100),
  },
  action,
);

const organisationalAssignment = node(
  {
    'ValidityPeriod?': validity,
    'OrganizationalCenterBusinessCharacterCode?': token(6),
    'OrganizationalCenterID?': id(100),
    'ReceiverOrganizationalCenterID?': token(20),
    'OrganizationalCenterIDTypeCode?': token(15),
    'RoleCode?': token(10),
    'ReceiverJobID?': token(20),
  },
  action,
);

const identity = node(
  {
    'IdentityID?': token(40),
    'LogonLanguageCode?': pattern(/^[A-Za-z]{2}$/, 'must be two letters'),
    'DateFormatCode?': token(2),
    'DecimalFormatCode?': token(2),
    'TimeZoneCode?': token(10),
    'TimeFormatCode?': token(2),
    'UserAccountsInactiveIndicator?': indicator,
    'BusinessRole*': node({ 'ID?': token(255) }, action),
  },
  { ...action, businessRoleListCompleteTransmissionIndicator: indicator },
);

const name = node({
  'FormOfAddressCode?': token(4),
  'GivenName?': text(240),
  'MiddleName?': text(240),
  'FamilyName?': text(240),
  'AcademicTitleCode?': token(4),
});

const common = node(
  { 'Name?': name, 'BirthPlaceName?': text(240), 'BirthDate?': date, 'GenderCode?': token(1), 'MaritalStatusCode?': token(1), 'NationalityCountryCode?': token(3) },
  action,
);

const salesResponsibility = node(
  {
    'SalesOrganisationID?': id(100),
    'ReceiverSalesOrganizationID?': token(20),
    'SalesOrganizationIDTypeCode?': token(15),
    'DistributionChannelCode?': token(2),
    'DivisionCode?': token(2),
    'DefaultIndicator?': indicator,
  },
  action,
);

const employee = node(
  {
    'SenderSequenceNumber?': number,
    'ReceiverSequenceNumber?': number,
    'EmployeeID?': id(100),
    'ReceiverEmployeeID?': id(20),
    'BusinessPartnerID?': id(100),
    'ReceiverBusinessPartnerID?': token(60),
    'CompleteTransmissionStartDate?': date,
    'WorkplaceAddress?': address,
    'OrganizationalAssignment*': organisationalAssignment,
    'EmployeeType*': node({ 'ValidityPeriod?': validity }, action),
    'Identity?': identity,
    'Common?': common,
    'EmployeeSalesResponsibility*': salesResponsibility,
  },
  { ...action, employeeTypeListCompleteTransmissionIndicator: indicator, employeeSalesResponsibilityListCompleteTransmissionIndicator: indicator },
);

/** Content of the root element `EmployeeReplicationRequest`. */
export const EMPLOYEE_REPLICATION: Content = node({
  MessageHeader: node({ ...messageIds, CreationDateTime: utc, 'SenderParty?': party, 'RecipientParty*': party }),
  'EmployeeReplicationRequest+': node({ BasicMessageHeader: node(messageIds), Employee: employee }),
});
