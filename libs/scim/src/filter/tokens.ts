import { ScimError } from '../message/scim-error.ts';

/** A piece of a filter: a bracket, a text in quotes (already decoded), or anything else up to the next blank or bracket. */
export type Token = { readonly kind: '(' | ')' | '[' | ']' } | { readonly kind: 'text' | 'word'; readonly text: string };

const PIECE = /\s*(?:([()[\]])|("(?:[^"\\]|\\.)*")|([^\s()[\]"]+))/suy;

/**
 * Cuts a filter into tokens. Texts are decoded as JSON strings, as RFC 7644 §3.4.2.2 demands.
 *
 * @throws ScimError `invalidFilter` for a text that does not end, is no JSON, or can stand in no attribute
 */
export function tokensOf(filter: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = filter.trimEnd().length;
  for (let at = 0; at < end; at = PIECE.lastIndex) {
    PIECE.lastIndex = at;
    const [whole, bracket, literal, word] = PIECE.exec(filter) ?? [];
    if (whole === undefined) throw ScimError.of('invalidFilter', 'The filter has a text without closing quote.');
    tokens.push(tokenOf(bracket, literal, word ?? ''));
  }
  return tokens;
}

function tokenOf(bracket: string | undefined, literal: string | undefined, word: string): Token {
  if (bracket === '(' || bracket === ')' || bracket === '[' || bracket === ']') return { kind: bracket };
  return literal === undefined ? { kind: 'word', text: word } : { kind: 'text', text: decoded(literal) };
}

function decoded(literal: string): string {
  const text = parsed(literal);
  // neither can be stored, so nothing could match; the database would refuse the question
  if (text.includes('\u0000') || !text.isWellFormed()) throw ScimError.of('invalidFilter', 'The filter has a text with U+0000 or half of a surrogate pair.');
  return text;
}

function parsed(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    throw ScimError.of('invalidFilter', 'The filter has a text that is not written as a JSON string.');
  }
}
