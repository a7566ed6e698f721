import { readFileSync } from 'node:fs';
import { readMessage } from './received-message.ts';

/** The simulator says no to what the interface description does not state. */

const good = readFileSync(new URL('../test/golden/joiner.xml', import.meta.url), 'utf8');

function faultOf(text: string): string | undefined {
  const reading = readMessage(text);
  return reading.ok ? undefined : `${reading.fault.code}: ${reading.fault.text}`;
}

test('the golden message of a joiner is read', () => {
  expect(faultOf(good)).toBeUndefined();
});

test.each<readonly [string, (text: string) => string, RegExp]>([
  ['another namespace of the message', (text) => text.replace('SAPGlobal20', 'SAPGlobal21'), /Client: The body must hold/],
  ['a default namespace for inner elements', (text) => text.replace('<MessageHeader>', '<MessageHeader xmlns="u">'), /MessageHeader/],
  ['SOAP 1.2', (text) => text.replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'), /VersionMismatch/],
  ['two elements in the wrong order', (text) => text.replace(/(<EmployeeID>.*<\/EmployeeID>)\n(<BusinessPartnerID>.*<\/BusinessPartnerID>)/, '$2\n$1'), /EmployeeID is not known there, or stands in the wrong order/],
  ['an unknown element', (text) => text.replace('</Identity>', '<Password>x</Password></Identity>'), /Password is not known/],
  ['an unknown attribute', (text) => text.replace('<Identity ', '<Identity colour="red" '), /attribute colour is not known/],
  ['an unknown action', (text) => text.replace('actionCode="04"', 'actionCode="07"'), /must be 01 to 06/],
  ['a time with an offset', (text) => text.replace('08:15:00.000Z', '08:15:00.000+00:00'), /final Z/],
  ['no creation time', (text) => text.replace(/<CreationDateTime>.*<\/CreationDateTime>/, ''), /CreationDateTime is missing/],
  ['a login of 41 characters', (text) => text.replace('<IdentityID>LNG', `<IdentityID>${'x'.repeat(41)}`), /IdentityID has 41 characters/],
  ['a message id of 36 characters', (text) => text.replace('<ID>0123456789abcdef0123456789abcdef<', `<ID>${'x'.repeat(36)}<`), /ID has 36 characters/],
  ['an empty unit', (text) => text.replace('<ReceiverOrganizationalCenterID>100<', '<ReceiverOrganizationalCenterID><'), /is empty/],
  ['a document type', (text) => text.replace('<soap:Envelope', '<!DOCTYPE x [<!ENTITY a "b">]><soap:Envelope'), /document type/],
  ['an unknown entity', (text) => text.replace('<FamilyName>Ng', '<FamilyName>&xxe;'), /&xxe;/],
  ['a reference to U+0000', (text) => text.replace('<FamilyName>Ng', '<FamilyName>&#0;'), /not allowed/],
  ['a raw control character', (text) => text.replace('<FamilyName>Ng', '<FamilyName>\u0001'), /does not know/],
  ['half a message', (text) => text.slice(0, 900), /Client/],
  ['a text between elements', (text) => text.replace('<MessageHeader>', 'x<MessageHeader>'), /elements only/],
  ['a header that must be understood', (text) => text.replace('<soap:Body>', '<soap:Header><a:b xmlns:a="u" soap:mustUnderstand="1"/></soap:Header><soap:Body>'), /MustUnderstand/],
])('%s is refused', (_about, spoil, expected) => {
  const spoilt = spoil(good);
  expect(spoilt).not.toBe(good);
  expect(faultOf(spoilt)).toMatch(expected);
});
