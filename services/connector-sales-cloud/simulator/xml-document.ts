import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element as XML with namespaces sees it. */
export interface XmlElement {
  /** Local name. */
  readonly name: string;
  /** Empty: in no namespace. */
  readonly namespace: string;
  /** Without namespace declarations; names as written. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Character data directly inside, references resolved. */
  readonly text: string;
}

/** The text is no well-formed XML, or uses what a careful receiver does not read. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

type Nodes = readonly Readonly<Record<string, unknown>>[];
type Namespaces = Readonly<Record<string, string>>;

const ATTRIBUTES = ':@';
/** Entities are resolved here and not by the library: only the five of XML itself and character references. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
});

const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a document. Throws {@link XmlError}: not well-formed, a document type, an unknown entity, an undeclared prefix. */
export function readXml(text: string): XmlElement {
  if (text.includes('<!DOCTYPE')) throw new XmlError('A document type is not allowed.');
  if (NOT_XML.test(text)) throw new XmlError('A character that XML does not know.');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new XmlError(valid.err.msg);
  const roots = (parser.parse(text) as Nodes).filter((node) => elementName(node) !== undefined); // preserveOrder always gives an array of objects
  const [root, ...others] = roots;
  if (!root || others.length > 0) throw new XmlError('A document has exactly one root element.');
  return toElement(root, { xml: 'http://www.w3.org/XML/1998/namespace' });
}

function toElement(node: Readonly<Record<string, unknown>>, outer: Namespaces): XmlElement {
  const written = elementName(node) ?? '';
  const { attributes, namespaces } = startTagOf(node, outer);
  const { prefix, local } = split(written);
  const namespace = namespaces[prefix];
  if (namespace === undefined && prefix !== '') throw new XmlError(`The prefix of ${written} is not declared.`);
  const content = node[written] as Nodes; // the library puts an array there
  return {
    name: local,
    namespace: namespace ?? '',
    attributes,
    children: content.filter((child) => elementName(child) !== undefined).map((child) => toElement(child, namespaces)),
    text: content.map(textOf).join(''),
  };
}

interface StartTag {
  readonly attributes: Readonly<Record<string, string>>;
  readonly namespaces: Namespaces;
}

const NO_ATTRIBUTES = {};

function startTagOf(node: Readonly<Record<string, unknown>>, outer: Namespaces): StartTag {
  const raw = node[ATTRIBUTES] as Readonly<Record<string, string>> | undefined; // attributes are kept as text
  if (!raw) return { attributes: NO_ATTRIBUTES, namespaces: outer };
  const pairs = Object.entries(raw).map(([key, value]) => [key, resolved(value)] as const);
  const declarations = pairs.filter(([key]) => isDeclaration(key)).map(([key, value]) => [key.slice('xmlns:'.length), value] as const);
  return {
    attributes: Object.fromEntries(pairs.filter(([key]) => !isDeclaration(key))),
    namespaces: declarations.length > 0 ? { ...outer, ...Object.fromEntries(declarations) } : outer,
  };
}

function isDeclaration(attribute: string): boolean {
  return attribute === 'xmlns' || attribute.startsWith('xmlns:');
}

function elementName(node: Readonly<Record<string, unknown>>): string | undefined {
  for (const key in node) if (key !== ATTRIBUTES) return key.startsWith('#') || key.startsWith('?') ? undefined : key;
  return undefined;
}

function split(written: string): { readonly prefix: string; readonly local: string } {
  const colon = written.indexOf(':');
  return colon < 0 ? { prefix: '', local: written } : { prefix: written.slice(0, colon), local: written.slice(colon + 1) };
}

function textOf(node: Readonly<Record<string, unknown>>): string {
  if (typeof node['#text'] === 'string') {
    if (node['#text'].includes(']]>')) throw new XmlError('"]]>" must be escaped.');
    return resolved(node['#text']);
  }
  const section = node['#cdata'];
  return Array.isArray(section) ? section.map((part: Readonly<Record<string, string>>) => part['#text'] ?? '').join('') : '';
}

function resolved(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&([^;&]*);?/g, (reference, body: string) => {
    const character = reference.endsWith(';') ? characterOf(body) : undefined;
    if (character === undefined || NOT_XML.test(character)) throw new XmlError(`The reference ${reference} is not allowed.`);
    return character;
  });
}

function characterOf(body: string): string | undefined {
  const hex = /^#x([0-9a-fA-F]{1,6})$/.exec(body)?.[1];
  const decimal = /^#([0-9]{1,7})$/.exec(body)?.[1];
  const code = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16);
  if (Number.isNaN(code)) return NAMED[body];
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
