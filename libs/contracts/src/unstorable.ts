/** Escapes that may stand for U+0000 or a surrogate; without one of them JSON text can only hold storable strings. */
const SUSPICIOUS_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

/** Whether parsed JSON of this text must be looked through with {@link unstorableText}. */
export function mayBeUnstorable(json: string): boolean {
  return SUSPICIOUS_ESCAPE.test(json);
}

/** Valid in JSON, refused by `jsonb` and by UTF-8: U+0000 and surrogates without their other half (delivery law L3). */
function isUnstorable(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

/**
 * The path of the first string that PostgreSQL cannot store (U+0000, lone surrogates), e.g. `name.familyName` or `emails[0].value`;
 * a property name that cannot be stored is reported as the path of its object, a bare string as ''. `undefined` when all can be stored.
 * Any depth of nesting is looked through.
 */
export function unstorableText(value: unknown, path = ''): string | undefined {
  return holdsUnstorable(value) ? pathOfFirst(value, path) : undefined;
}

/** Nearly always the answer is no: so first without paths, and without recursion, as a sender decides how deep its JSON is. */
function holdsUnstorable(root: unknown): boolean {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && isUnstorable(value)) return true;
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, item] of Object.entries(value)) {
      if (isUnstorable(name)) return true;
      open.push(item);
    }
  }
  return false;
}

function pathOfFirst(root: unknown, start: string): string | undefined {
  const open: (readonly [path: string, value: unknown])[] = [[start, root]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, value] = next;
    if (typeof value === 'string' && isUnstorable(value)) return path;
    if (typeof value !== 'object' || value === null) continue;
    const entries = Object.entries(value);
    if (entries.some(([name]) => isUnstorable(name))) return path;
    for (const [name, item] of entries.toReversed()) open.push([step(path, name, Array.isArray(value)), item]);
  }
  return undefined;
}

function step(path: string, name: string, inArray: boolean): string {
  if (inArray) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}
