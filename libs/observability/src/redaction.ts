import { isNativeError } from 'node:util/types';

export const REDACTED = '[redacted]';

/**
 * Keys whose values never reach a log, whatever they hold: personal data, credentials, bodies. Compared in lower case without
 * `_` and `-`, so `userName`, `user_name` and `USER-NAME` are one.
 */
export const DENIED_KEYS: readonly string[] = `
  userName login emails email mail name givenName familyName middleName formatted displayName nickName
  phoneNumbers phoneNumber phone mobile addresses address birthDate employeeNumber externalId resource attributes user
  password passwd passphrase authorization proxyAuthorization cookie setCookie credentials secret secrets clientSecret
  token accessToken refreshToken idToken apiKey privateKey licenceKey licenseKey applicationKey xApplicationKey xCsrfToken
  body rawBody payload soapBody envelope csv dataText
`.trim().split(/\s+/);

const denied = new Set(DENIED_KEYS.map(plain));

/** Cheap look whether any rule below could match. */
const SUSPICIOUS = /[@<]|bearer|basic|passw|secret|token|licen[cs]e|(?:api|application|private)[-_]?key/i;

/** Order matters: whole SOAP bodies first, the parts of what is left afterwards. Every repetition is bounded, so that time stays linear. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/<((?:[\w.-]{1,40}:)?envelope)\b[^>]{0,2000}>[\s\S]*?(?:<\/\1\s*>|$)/gi, '[soap body]'],
  [/<((?:[\w.-]{1,40}:)?(?:password|token|licen[cs]ekey|secret))\b[^>]{0,500}>[\s\S]*?(?:<\/\1\s*>|$)/gi, `<$1>${REDACTED}</$1>`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s@"'<>]{1,512}@/gi, `$1${REDACTED}@`],
  [/(["']?\b[\w-]{0,40}(?:passw(?:or)?d|secret|token|licen[cs]e[-_]?key|(?:api|application|private)[-_]?key)["']?\s{0,5}[=:]\s{0,5})(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&"'<>}\]]+)/gi, `$1${REDACTED}`],
  [/[^\s@<>"'(),;:=[\]{}]{1,256}@[^\s@<>"'(),;:=[\]{}]{1,256}\.[^\s@<>"'(),;:=[\]{}.]+/g, '[e-mail]'],
];

/** Masks e-mail addresses, bearer and basic credentials, `key=secret` pairs, user info in URLs, `<password>` elements and SOAP bodies. */
export function redactText(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return RULES.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}

const MAX_DEPTH = 6;
const MAX_ITEMS = 50;

/** A copy of `value` that may be logged: denied keys are replaced, texts masked, depth and length limited. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  return typeof value === 'object' && value !== null ? redactObject(value, depth) : value;
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Date) return value;
  if (isNativeError(value)) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item: unknown) => redactValue(item, depth + 1));
  return redactFields(value, depth);
}

/** {@link redactValue} for the fields of an object. */
export function redactFields(value: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, isDenied(key) && item !== undefined ? REDACTED : redactValue(item, depth + 1)]));
}

/** What may be told of an error: its class, code, classification, masked message and stack, and its cause. */
export function redactError(error: Error, depth = 0): Record<string, unknown> {
  const { code, failure, cause } = error as Error & { readonly code?: unknown; readonly failure?: unknown }; // fields that Node, PostgreSQL and ClassifiedError add
  return {
    type: error.constructor.name,
    message: redactText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(failure === undefined ? {} : { failure: redactValue(failure, depth + 1) }),
    stack: redactText(error.stack ?? ''),
    ...(cause === undefined || depth >= MAX_DEPTH ? {} : { cause: redactValue(cause, depth + 1) }),
  };
}

function isDenied(key: string): boolean {
  return denied.has(plain(key));
}

function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '');
}
