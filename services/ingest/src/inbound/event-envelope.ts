import { isObject, type JsonObject } from '@rolebridge/scim';
import { isTooDeep } from './json-body.ts';

/** What is wrong with the envelope of an event, and with which attribute. */
export interface EnvelopeProblem {
  readonly attribute: string;
  readonly detail: string;
}

/** One CloudEvent as received: its attributes and its data as bytes; what of them could be read, when there is a problem. */
export type Envelope = { readonly attributes: Readonly<Record<string, string>>; readonly data: Buffer | null } & (
  | { readonly kind: 'event' }
  | { readonly kind: 'problem'; readonly problem: EnvelopeProblem }
);

/** Longest attribute that is kept. */
const MAX_ATTRIBUTE = 1024;
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** PURE. An event in the binary content mode: attributes are `ce-…` headers (CloudEvents HTTP binding 1.0 §3.1). */
export function binaryEvent(headers: Readonly<Record<string, string | readonly string[] | undefined>>, body: Buffer | undefined): Envelope {
  const named = Object.entries(headers).flatMap(([name, value]) => (name.startsWith('ce-') && typeof value === 'string' ? [[name.slice(3), unquoted(value)] as const] : []));
  const type = headers['content-type'];
  return checked({ ...Object.fromEntries(named), ...(typeof type === 'string' && { datacontenttype: type }) }, body ?? null);
}

/** PURE. An event in the JSON format (CloudEvents JSON format 1.0 §3), alone or as part of a batch. */
export function structuredEvent(json: unknown): Envelope {
  if (!isObject(json)) return { kind: 'problem', problem: { attribute: 'specversion', detail: 'An event must be a JSON object.' }, attributes: {}, data: null };
  const { data, data_base64: base64, ...members } = json;
  const attributes = Object.fromEntries(Object.entries(members).flatMap(([name, value]) => (isScalar(value) ? [[name, String(value)] as const] : [])));
  const unfit = unfitData(data, base64);
  if (unfit !== undefined) return problem('data_base64', unfit, attributes, null);
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : dataOf(json);
  return bytes && isTooDeep(bytes) ? problem('data_base64', 'The data of an event is nested too deeply.', attributes, null) : checked(attributes, bytes);
}

function unfitData(data: unknown, base64: unknown): string | undefined {
  if (data !== undefined && base64 !== undefined) return 'An event must not have both data and data_base64.';
  return base64 === undefined || typeof base64 === 'string' ? undefined : 'Attribute data_base64 must be a text in Base64.';
}

function dataOf({ data }: JsonObject): Buffer | null {
  return data === undefined || data === null ? null : Buffer.from(JSON.stringify(data));
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function checked(attributes: Readonly<Record<string, string>>, data: Buffer | null): Envelope {
  const unfit = Object.keys(attributes).find((name) => !isStorable(attributes[name] ?? ''));
  if (unfit !== undefined) return problem(unfit, `Attribute ${unfit} must be a text of at most ${MAX_ATTRIBUTE} characters without control characters.`, {}, null);
  const missing = REQUIRED.find((name) => !attributes[name]);
  if (missing) return problem(missing, `Attribute ${missing} is missing.`, attributes, data);
  if (attributes['specversion'] !== '1.0') return problem('specversion', 'Attribute specversion must be 1.0.', attributes, data);
  const type = attributes['datacontenttype'];
  if (type !== undefined && !JSON_TYPE.test(type)) return problem('datacontenttype', 'Attribute datacontenttype must be application/json.', attributes, data);
  return { kind: 'event', attributes, data };
}

function problem(attribute: string, detail: string, attributes: Readonly<Record<string, string>>, data: Buffer | null): Envelope {
  return { kind: 'problem', problem: { attribute, detail }, attributes, data };
}

function isStorable(text: string): boolean {
  return text.length <= MAX_ATTRIBUTE && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Values of headers may be quoted, and are percent-encoded (HTTP binding 1.0 §3.1.3.2). */
function unquoted(value: string): string {
  const bare = /^".*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : value;
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
