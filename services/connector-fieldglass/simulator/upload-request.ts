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
  const root = parseXml(body);
  if (!root) return no('the body is not well-formed XML');
  if (root.name === 'Envelope' && root.namespace !== ENVELOPES[version]) return { ok: false, code: 'VersionMismatch', problem: `this service speaks SOAP ${version}` };
  const soap = ENVELOPES[version];
  const transfer = path(root, [[soap, 'Envelope'], [soap, 'Body'], [UPLOAD, 'dataTransferRequestType']]);
  if (!transfer) return no('Envelope, Body, dataTransferRequestType expected');
  const [login, connector, upload] = exactly(transfer, [[UPLOAD, 'login'], ['', 'connector'], [UPLOAD, 'upload']]) ?? [];
  if (!login || !connector || !upload) return no('dataTransferRequestType must hold login, connector, upload');
  const [username, password] = exactly(login, [['', 'username'], ['', 'password']]) ?? [];
  if (!username || !password) return no('login must hold username, password');
  const { [`{${UPLOAD}}dataFormat`]: format, [`{${UPLOAD}}dataEncoding`]: encoding } = upload.attributes;
  if (format !== 'csvCommaSeparated' || encoding !== 'none') return no('upload needs dataFormat csvCommaSeparated and dataEncoding none');
  const text = path(upload, [[UPLOAD, 'upload'], [UPLOAD, 'data'], ['', 'dataText']]);
  if (!text || text.children.length > 0) return no('upload must hold data, dataText');
  return { ok: true, request: { username: username.text, password: password.text, connector: connector.text, text: text.text } };
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
