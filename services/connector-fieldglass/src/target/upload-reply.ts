import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { isObject } from '../decide/mapping.ts';
import type { RowResults } from '../settings.ts';

/** What an answer of the upload service says. Its schema is not published: the fields are looked for at any depth (`systems/fieldglass.md` §4.1). */
export interface UploadReply {
  readonly returnCode?: number;
  readonly explanation: string;
  readonly transactionId?: string;
  /** Local name of the fault code, when the answer is a fault. */
  readonly fault?: string;
}

const parser = new XMLParser({ ignoreAttributes: true, removeNSPrefix: true, parseTagValue: false, trimValues: true });

const TRANSACTION_NAMES = ['transactionId', 'transactionID', 'TransactionId', 'transactionIdentifier'];

/** What a reply says about one row of the upload. */
export interface RowReply {
  readonly username: string;
  readonly returnCode?: number;
  readonly explanation: string;
}

/** The rows that a reply tells of, by the configured names of their elements, at any depth. */
export function parseRows(text: string, names: RowResults): readonly RowReply[] {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return [];
  return elementsAt(parser.parse(text), names.row).flatMap((row) => {
    const username = textAt(row, names.username);
    return username === undefined ? [] : [{ username, explanation: textAt(row, names.explanation) ?? '', ...optional('returnCode', integer(textAt(row, names.returnCode))) }];
  });
}

/** All elements with this local name, at any depth. */
function elementsAt(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => elementsAt(item, name));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === name ? [inner].flat() : elementsAt(inner, name)));
}

/** Undefined: not an answer of this service. Document types are refused, so no entity can blow up. */
export function parseReply(text: string): UploadReply | undefined {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  const root: unknown = parser.parse(text);
  const body = isObject(root) && isObject(root['Envelope']) ? root['Envelope']['Body'] : undefined;
  if (!isObject(body)) return undefined;
  const fault = 'Fault' in body ? { fault: faultCode(body['Fault']) } : {};
  const explanation = textAt(body, 'explanation') ?? faultText(body['Fault']);
  return { explanation, ...fault, ...optional('returnCode', integer(textAt(body, 'returnCode'))), ...optional('transactionId', transactionIdIn(body)) };
}

function transactionIdIn(body: unknown): string | undefined {
  return TRANSACTION_NAMES.map((name) => textAt(body, name)).find((found) => found !== undefined);
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, Value>>); // TypeScript widens computed keys
}

/** SOAP 1.1 `faultcode`, SOAP 1.2 `Code/Value`; without prefix. */
function faultCode(fault: unknown): string {
  const qualified = textAt(fault, 'faultcode') ?? textAt(isObject(fault) ? fault['Code'] : undefined, 'Value') ?? '';
  return qualified.slice(qualified.lastIndexOf(':') + 1);
}

/** Only a fault of its sender tells a reason in its own text; a server's is about the server. */
function faultText(fault: unknown): string {
  if (!['Client', 'Sender'].includes(faultCode(fault))) return '';
  return textAt(fault, 'faultstring') ?? textAt(isObject(fault) ? fault['Reason'] : undefined, 'Text') ?? '';
}

/** The text of the first element with this local name, at any depth. */
function textAt(value: unknown, name: string): string | undefined {
  if (Array.isArray(value)) return value.map((item: unknown) => textAt(item, name)).find((found) => found !== undefined);
  if (!isObject(value)) return undefined;
  const own = value[name];
  if (typeof own === 'string') return own;
  return Object.values(value).map((inner) => textAt(inner, name)).find((found) => found !== undefined);
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
