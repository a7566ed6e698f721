import { ScimError } from '../message/scim-error.ts';
import { URN } from '../schema/urns.ts';
import { parseFilter } from './parse-filter.ts';

const NAMES = new Set(['username', `${URN.user}:username`.toLowerCase()]);

/**
 * The login that `filter=userName eq "…"` asks for: what IPS sends after a conflict. No other filter is served yet.
 *
 * @throws ScimError `invalidFilter` for every other filter
 */
export function userNameOfFilter(text: string): string {
  const filter = parseFilter(text);
  if (filter.op === 'eq' && NAMES.has(filter.path.toLowerCase()) && typeof filter.value === 'string') return filter.value;
  throw ScimError.of('invalidFilter', 'Only the filter userName eq "…" is served here.');
}
