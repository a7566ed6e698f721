import { parseXml, type Element } from './xml-tree.ts';

export const UPLOAD = 'insite:soapws:connectorn:v1';

export const ENVELOPES = { '1.1': 'http://schemas.xmlsoap.org/soap/envelope/', '1.2': 'http://www.w3.org/2003/05/soap-envelope' } as const;
export const MEDIA_TYPES = { '1.1': 'text/xml', '1.2': 'application/soap+xml' } as const;
export type SoapVersion = keyof typeof ENVELOPES;

export interface UploadRequest {
  readonly username: string;
  readonly password: string;
  readonly connector: string;
  readonly text: string;
}

export type ParsedRequest = { readonly ok: true; readonly request: UploadRequest } | { readonly ok: false; readonly code: 'Client' | 'VersionMismatch'; readonly problem: string };

/** Reads the request exactly as the sheet has it (`systems/fieldglass.md` §4): namespaces, order, attributes. Nothing more and nothing else is allowed. */
export function readRequest(body: string, version: SoapVersion): ParsedRequest {
  const soap = ENVELOPES[version];
  const root = parseXml(body);
  if (!root) return no('the body is not well-formed XML');
  if (root.name === 'Envelope' && root.namespace !== soap) return { ok: false, code: 'VersionMismatch', problem: `this service speaks SOAP ${version}` };
  const transfer = path(root, [[soap, 'Envelope'], [soap, 'Body'], [UPLOAD, 'dataTransferRequestType']]);
  return transfer ? readTransfer(transfer) : no('Envelope, Body, dataTransferRequestType expected');
}

function readTransfer(transfer: Element): ParsedRequest {
  const [login, connector, upload] = exactly(transfer, [[UPLOAD, 'login'], ['', 'connector'], [UPLOAD, 'upload']]) ?? [];
  if (!login || !connector || !upload) return no('dataTransferRequestType must hold login, connector, upload');
  const credentials = credentialsIn(login);
  if (!credentials) return no('login must hold username, password');
  const text = uploadText(upload);
  if (text === undefined) return no('upload must have dataFormat csvCommaSeparated, dataEncoding none, and hold data, dataText');
  return { ok: true, request: { ...credentials, connector: connector.text, text } };
}

function credentialsIn(login: Element): Pick<UploadRequest, 'username' | 'password'> | undefined {
  const [username, password] = exactly(login, [['', 'username'], ['', 'password']]) ?? [];
  return username && password && { username: username.text, password: password.text };
}

function uploadText(upload: Element): string | undefined {
  const { [`{${UPLOAD}}dataFormat`]: format, [`{${UPLOAD}}dataEncoding`]: encoding } = upload.attributes;
  if (format !== 'csvCommaSeparated' || encoding !== 'none') return undefined;
  const dataText = path(upload, [[UPLOAD, 'upload'], [UPLOAD, 'data'], ['', 'dataText']]);
  return dataText?.children.length === 0 ? dataText.text : undefined;
}

type Name = readonly [namespace: string, name: string];

/** Down a chain in which every element holds exactly the next one. */
function path(element: Element, names: readonly Name[]): Element | undefined {
  const [first, ...rest] = names;
  if (!first || !named(element, first)) return undefined;
  const [only, ...others] = element.children;
  if (rest.length === 0) return element;
  return only && others.length === 0 ? path(only, rest) : undefined;
}

/** The children, if they are exactly these in this order. */
function exactly(element: Element, names: readonly Name[]): readonly Element[] | undefined {
  const good = element.children.length === names.length && names.every((name, index) => named(element.children[index], name));
  return good ? element.children : undefined;
}

function named(element: Element | undefined, [namespace, name]: Name): boolean {
  return element?.namespace === namespace && element.name === name;
}

function no(problem: string): ParsedRequest {
  return { ok: false, code: 'Client', problem };
}
