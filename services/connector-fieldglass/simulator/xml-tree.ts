import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element with its name resolved (Namespaces in XML 1.0). */
export interface Element {
  /** Empty: in no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** By `{namespace}name`; unprefixed ones by name alone. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Text directly inside, CDATA included. */
  readonly text: string;
}

type Scope = Readonly<Record<string, string>>;
type Raw = Readonly<Record<string, unknown>>;

const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false, parseAttributeValue: false, trimValues: false, htmlEntities: true, ignoreDeclaration: true });

/** The root element; undefined where the text is not well-formed, uses an undeclared prefix or brings a document type. */
export function parseXml(text: string): Element | undefined {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return undefined;
  const nodes: unknown = parser.parse(text);
  const root = (Array.isArray(nodes) ? nodes : []).find((node: Raw) => !('#text' in node));
  return root === undefined ? undefined : elementOf(root, {});
}

function elementOf(node: Raw, outer: Scope): Element | undefined {
  const [tag = ''] = Object.keys(node).filter((key) => key !== ':@');
  const raw = (node[':@'] ?? {}) as Readonly<Record<string, string>>; // fast-xml-parser's own shape
  const content = (node[tag] ?? []) as readonly Raw[]; // likewise
  const scope = { ...outer, ...declarations(raw) };
  const name = resolved(tag, scope, scope[''] ?? '');
  const attributes = Object.entries(raw).filter(([key]) => !isDeclaration(key)).map(([key, value]) => [resolved(key, scope, ''), value] as const);
  const children = content.filter((child) => !('#text' in child)).map((child) => elementOf(child, scope));
  const known = children.filter((child) => child !== undefined);
  if (!name || known.length < children.length || attributes.some(([key]) => key === undefined)) return undefined;
  return {
    ...name,
    attributes: Object.fromEntries(attributes.map(([key, value]) => [key?.namespace ? `{${key.namespace}}${key.name}` : (key?.name ?? ''), value])),
    children: known,
    text: content.map((child) => (typeof child['#text'] === 'string' ? child['#text'] : '')).join(''),
  };
}

function isDeclaration(attribute: string): boolean {
  return attribute === 'xmlns' || attribute.startsWith('xmlns:');
}

function declarations(attributes: Readonly<Record<string, string>>): Scope {
  return Object.fromEntries(Object.entries(attributes).flatMap(([key, value]) => (isDeclaration(key) ? [[key.slice('xmlns:'.length), value]] : [])));
}

function resolved(qualified: string, scope: Scope, byDefault: string): { readonly namespace: string; readonly name: string } | undefined {
  const colon = qualified.indexOf(':');
  if (colon < 0) return { namespace: byDefault, name: qualified };
  const namespace = scope[qualified.slice(0, colon)];
  return namespace === undefined ? undefined : { namespace, name: qualified.slice(colon + 1) };
}
