/** Valid in JSON, refused by `jsonb` and by UTF-8: U+0000 and surrogates without their other half (delivery law L3). */
function isUnstorable(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

/**
 * The path of the first string that PostgreSQL cannot store (U+0000, lone surrogates), e.g. `name.familyName` or `emails[0].value`;
 * a property name that cannot be stored is reported as the path of its object. `undefined` when everything can be stored; the path of a bare string is ''.
 */
export function unstorableText(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return isUnstorable(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return firstOf(value.map((item: unknown, index) => [`${path}[${index}]`, item]));
  const entries = Object.entries(value);
  if (entries.some(([name]) => isUnstorable(name))) return path;
  return firstOf(entries.map(([name, item]) => [path === '' ? name : `${path}.${name}`, item]));
}

function firstOf(parts: readonly (readonly [string, unknown])[]): string | undefined {
  for (const [path, item] of parts) {
    const found = unstorableText(item, path);
    if (found !== undefined) return found;
  }
  return undefined;
}
