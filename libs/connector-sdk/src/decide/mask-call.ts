import type { AnswerAsRead, DesiredAccount } from '@rolebridge/contracts';
import { redactText } from '@rolebridge/observability';

/**
 * PURE. Calls as operators may see them. Nothing is shown unless it is known to be harmless: structure, names of fields, codes, the entitlements
 * of the wish. Every other value is replaced by its length, so that "too long" can still be seen.
 */
export interface CallMask {
  /** What was sent: JSON, XML or anything else. */
  request(body: string): string;
  /** What came back: its sentences are kept, without what they say about the person. */
  answer(answer: AnswerAsRead): string;
}

/** Fields whose values say nothing about a person. Compared in lower case, without prefix. */
const HARMLESS = new Set(
  `op path schemas active primary type kind status scimtype faultcode returncode code presence locale language preferredlanguage timezone
  country validfrom validto startdate enddate action actioncode operation version`.split(/\s+/),
);

/** Fields of answers that hold sentences. */
const SENTENCES = new Set(['detail', 'explanation', 'message', 'error', 'error_description', 'faultstring', 'title', 'description', 'reason', 'text']);

const URN = /^urn:[\w:.*-]{1,120}$/i;
const MAX_CHARACTERS = 100_000;
const MAX_DEPTH = 20;

/** The mask for calls about one person. `names`: further texts that name them, for instance the key of the account. */
export function callMask(desired: DesiredAccount, names: readonly string[] = []): CallMask {
  const known = new Set(Object.values(desired.entitlements).flatMap(({ items }) => items.map(({ value }) => value)));
  const words = personalWords([desired.attributes, names], known);
  const leaf = (key: string, value: string): string => (isHarmless(key, value, { known, words }) ? value : hidden(value));
  const sentence = (key: string, value: string): string => (SENTENCES.has(key) ? sentenceOf(value, words) : leaf(key, value));
  return {
    request: (body) => masked(body, leaf, hidden),
    answer: ({ status, text = '' }) => [...(status === undefined ? [] : [`status ${status}`]), ...(text.trim() === '' ? [] : [masked(text, sentence, (rest) => sentenceOf(rest, words))])].join('\n'),
  };
}

type Leaf = (key: string, value: string) => string;

function masked(text: string, leaf: Leaf, other: (text: string) => string): string {
  const start = text.slice(0, MAX_CHARACTERS).trimStart();
  if (start.startsWith('<')) return maskedXml(start, leaf);
  try {
    return JSON.stringify(maskedValue(JSON.parse(text), '', { leaf, depth: 0 }), null, 1);
  } catch {
    return other(start);
  }
}

function maskedValue(value: unknown, key: string, { leaf, depth }: { readonly leaf: Leaf; readonly depth: number }): unknown {
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'string') return leaf(key, value);
  if (typeof value !== 'object') return leaf(key, JSON.stringify(value) ?? '');
  if (depth >= MAX_DEPTH) return '…';
  const next = { leaf, depth: depth + 1 };
  if (Array.isArray(value)) return value.map((item: unknown) => maskedValue(item, key, next));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [nameOf(name), maskedValue(item, name.toLowerCase(), next)]));
}

/** Names of fields are ours or the target's; a name that looks like data is data. */
function nameOf(name: string): string {
  return /^[\w:.$@-]{1,100}$/.test(name) && !/@.+\./.test(name) ? name : hidden(name);
}

/** Element names and short codes stay; texts and attribute values pass the leaf. */
function maskedXml(xml: string, leaf: Leaf): string {
  return xml
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '')
    .replaceAll(/<!\[CDATA\[([\s\S]*?)(?:\]\]>|$)/g, (_, text: string) => text.replaceAll('<', '&lt;'))
    .replaceAll(/<([^<>\s/!?]*)([^<>]*>?)([^<]*)/g, (_, tag: string, rest: string, text: string) => {
      const key = tag.slice(tag.indexOf(':') + 1).toLowerCase();
      return `<${tag}${maskedAttributes(rest, leaf)}${text.trim() === '' ? text : leaf(key, text.trim())}`;
    });
}

function maskedAttributes(text: string, leaf: Leaf): string {
  return text.replaceAll(/([\w:.-]+)(\s*=\s*)("[^"]*"?|'[^']*'?)/g, (_, name: string, equals: string, quoted: string) => {
    const value = quoted.slice(1).replace(/["']$/, '');
    const harmless = name.startsWith('xmlns') || /^(true|false|\w{1,2})$/.test(value);
    return `${name}${equals}"${harmless ? value : leaf(name.slice(name.indexOf(':') + 1).toLowerCase(), value)}"`;
  });
}

function isHarmless(key: string, value: string, { known, words }: { readonly known: ReadonlySet<string>; readonly words: RegExp | undefined }): boolean {
  if (value === '' || known.has(value) || URN.test(value)) return true;
  return HARMLESS.has(key) && value.length <= 100 && value.search(/["'@]/) === -1 && (words === undefined || value.search(words) === -1);
}

function hidden(value: string): string {
  return `[${Array.from(value).length} characters]`;
}

/** Without the person's words, quoted texts, long numbers, addresses and credentials. */
function sentenceOf(text: string, words: RegExp | undefined): string {
  const bare = redactText(text.slice(0, 2000)).replaceAll(/(["'«“‘])[^"'»”’]{2,300}(["'»”’])/g, '$1…$2').replaceAll(/\d{5,}/g, '…');
  return words === undefined ? bare : bare.replaceAll(words, '…');
}

/** From this length on a word is hidden also inside of another: `annaberg`. */
const TELLING_LETTERS = 4;

/** Every word of two letters or more that the person's attributes hold, whatever its case (a target that writes in capitals makes GROSS of Groß); short ones only as a word of their own. */
function personalWords(attributes: unknown, known: ReadonlySet<string>): RegExp | undefined {
  const words = new Set(textsIn(attributes).filter((text) => !known.has(text) && !URN.test(text)).flatMap((text) => [text, text.toUpperCase()]).flatMap((text) => text.match(/[\p{L}\p{N}\p{M}]{2,}/gu) ?? []));
  if (words.size === 0) return undefined;
  const forms = [...words].toSorted((left, right) => right.length - left.length).map((word) => (word.length >= TELLING_LETTERS ? word : `(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`));
  return new RegExp(forms.join('|'), 'giu');
}

/** All texts but those under harmless names: `active` and `work` are no names. */
function textsIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  return Object.entries(value).flatMap(([key, item]) => (HARMLESS.has(key.toLowerCase()) ? [] : textsIn(item, depth + 1)));
}
