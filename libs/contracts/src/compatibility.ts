/** A JSON Schema, or a part of one, as parsed. */
export type SchemaPart = Readonly<Record<string, unknown>>;

/** Keywords that hold one schema, or a list of them. */
const NESTED = ['items', 'additionalProperties', 'if', 'then', 'else', 'not', 'allOf', 'anyOf', 'oneOf', 'prefixItems'];
/** Keywords that say nothing to a machine. */
const PROSE = ['title', 'description', '$comment', 'examples', '$schema'];
const COMPARED_APART = [...NESTED, ...PROSE, 'properties', 'required', '$defs', 'enum'];

/**
 * What in `next` breaks readers of `previous` or records written under it, one sentence each. Allowed is only what both sides
 * survive: new optional fields and other prose. PURE.
 */
export function breakingChanges(previous: SchemaPart, next: SchemaPart, path = ''): readonly string[] {
  return [
    ...changedProperties(previous, next, path),
    ...changedRequired(previous, next, path),
    ...changedValues(previous, next, path),
    ...changedConstraints(previous, next, path),
    ...changedParts(previous, next, path),
  ];
}

function changedProperties(previous: SchemaPart, next: SchemaPart, path: string): readonly string[] {
  return ['properties', '$defs'].flatMap((keyword) => {
    const [before, now] = [partOf(previous[keyword]), partOf(next[keyword])];
    return Object.entries(before).flatMap(([name, part]) => {
      const at = keyword === '$defs' ? `${path}#${name}` : join(path, name);
      return name in now ? breakingChanges(partOf(part), partOf(now[name]), at) : [`${at}: removed or renamed; readers still look for it`];
    });
  });
}

function changedRequired(previous: SchemaPart, next: SchemaPart, path: string): readonly string[] {
  const [before, now] = [listOf(previous['required']), listOf(next['required'])];
  return [
    ...now.filter((name) => !before.includes(name)).map((name) => `${join(path, String(name))}: newly required; records that are stored already lack it`),
    ...before.filter((name) => !now.includes(name)).map((name) => `${join(path, String(name))}: no longer required; readers rely on it`),
  ];
}

function changedValues(previous: SchemaPart, next: SchemaPart, path: string): readonly string[] {
  if (!('enum' in previous) && !('enum' in next)) return [];
  const [before, now] = [listOf(previous['enum']), listOf(next['enum'])];
  return [
    ...before.filter((value) => !now.includes(value)).map((value) => `${path}: value ${String(value)} removed; stored records may hold it`),
    ...now.filter((value) => !before.includes(value)).map((value) => `${path}: value ${String(value)} added; readers of today refuse it`),
  ];
}

/** Any other keyword: stricter breaks stored records, looser breaks the readers of today. */
function changedConstraints(previous: SchemaPart, next: SchemaPart, path: string): readonly string[] {
  const keywords = new Set([...Object.keys(previous), ...Object.keys(next)].filter((keyword) => !COMPARED_APART.includes(keyword)));
  return [...keywords]
    .filter((keyword) => JSON.stringify(previous[keyword]) !== JSON.stringify(next[keyword]))
    .map((keyword) => `${path || 'the value'}: ${keyword} changed from ${shown(previous[keyword])} to ${shown(next[keyword])}`);
}

function changedParts(previous: SchemaPart, next: SchemaPart, path: string): readonly string[] {
  return NESTED.flatMap((keyword) => {
    const [before, now] = [asList(previous[keyword]), asList(next[keyword])];
    const at = keyword === 'items' ? `${path}[]` : `${path}<${keyword}>`;
    if (before.length !== now.length) return [`${at}: added or removed`];
    return before.flatMap((part, index) => (typeof part === 'object' ? breakingChanges(partOf(part), partOf(now[index]), at) : part === now[index] ? [] : [`${at}: changed`]));
  });
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function asList(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function partOf(value: unknown): SchemaPart {
  return typeof value === 'object' && value !== null ? (value as SchemaPart) : {}; // parsed JSON
}
