/** Escapes that may stand for U+0000 or a surrogate; without one of them JSON text can only hold storable strings. */
const SUSPICIOUS_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

/** Whether parsed JSON of this text must be looked through with {@link unstorableText}. */
export function mayBeUnstorable(json: string): boolean {
  return SUSPICIOUS_ESCAPE.test(json);
}

/**
 * The path of the first string that PostgreSQL cannot store although it is valid JSON: U+0000 and surrogates without their other
 * half (delivery law L3). E.g. `name.familyName`, `emails[0].value`; for a property name the path of its object; `undefined` when
 * everything can be stored.
 */
export function unstorableText(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return isUnstorable(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return Array.isArray(value) ? firstOf(value.map((item: unknown, index) => [`${path}[${index}]`, item])) : unstorableField(value, path);
}

function unstorableField(value: object, path: string): string | undefined {
  const fields = Object.entries(value);
  if (fields.some(([name]) => isUnstorable(name))) return path;
  return firstOf(fields.map(([name, item]) => [path ? `${path}.${name}` : name, item]));
}

function firstOf(parts: readonly (readonly [path: string, value: unknown])[]): string | undefined {
  for (const [path, value] of parts) {
    const found = unstorableText(value, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isUnstorable(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}
