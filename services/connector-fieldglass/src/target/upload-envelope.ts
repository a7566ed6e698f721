/** SOAP 1.1 and 1.2: sibling packages of the source use either, so it is a setting (`systems/fieldglass.md` §4.1). */
const VERSIONS = {
  '1.1': { namespace: 'http://schemas.xmlsoap.org/soap/envelope/', headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' } },
  '1.2': { namespace: 'http://www.w3.org/2003/05/soap-envelope', headers: { 'content-type': 'application/soap+xml; charset=utf-8' } },
} as const;

export type SoapVersion = keyof typeof VERSIONS;

export interface Upload {
  readonly username: string;
  readonly password: string;
  readonly connectorName: string;
  /** Header block and CSV. */
  readonly text: string;
}

export function soapHeaders(version: SoapVersion): Readonly<Record<string, string>> {
  return VERSIONS[version].headers;
}

/** The request of `systems/fieldglass.md` §4, character by character. Holds credentials: never to be logged. */
export function envelope({ username, password, connectorName, text }: Upload, version: SoapVersion): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<soap:Envelope xmlns:soap="${VERSIONS[version].namespace}"><soap:Body>`,
    '<c:dataTransferRequestType xmlns:c="insite:soapws:connectorn:v1">',
    `<c:login><username>${escaped(username)}</username><password>${escaped(password)}</password></c:login>`,
    `<connector>${escaped(connectorName)}</connector>`,
    '<c:upload c:dataFormat="csvCommaSeparated" c:dataEncoding="none">',
    `<c:data><dataText>${cdata(text)}</dataText></c:data>`,
    '</c:upload>',
    '</c:dataTransferRequestType>',
    '</soap:Body></soap:Envelope>',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\r': '&#13;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"'\r]/g, (character) => ENTITIES[character] ?? character);
}

/** Its end mark is split over two sections. A carriage return stands outside: inside, a parser would make a line feed of it (XML 1.0 §2.11). */
function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>').replaceAll('\r', ']]>&#13;<![CDATA[')}]]>`;
}
