import { readdirSync, readFileSync } from 'node:fs';
import { breakingChanges, type SchemaPart } from './compatibility.ts';
import { SCHEMAS } from './validation.ts';

const LOCK = new URL('../schemas.lock/', import.meta.url);
const ACCEPT = 'node libs/contracts/tools/accept-schemas.mjs';

const read = (folder: URL, file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as SchemaPart;

describe('the committed schemas', () => {
  test('have no change that breaks readers or stored records', () => {
    const breaks = readdirSync(LOCK).flatMap((file) => {
      if (!readdirSync(SCHEMAS).includes(file)) return [`${file}: removed; its topic may still hold records`];
      return breakingChanges(read(LOCK, file), read(SCHEMAS, file)).map((change) => `${file} ${change}`);
    });
    if (breaks.length > 0) throw new Error(`A contract changed in a way that breaks others:\n  ${breaks.join('\n  ')}\nMake a new version of the topic instead (….v2). If nobody reads it yet: ${ACCEPT}`);
  });

  test('are accepted as they are', () => {
    const files = [...new Set([...readdirSync(LOCK), ...readdirSync(SCHEMAS)])];
    const different = files.filter((file) => !readdirSync(LOCK).includes(file) || JSON.stringify(read(LOCK, file)) !== JSON.stringify(read(SCHEMAS, file)));
    if (different.length > 0) throw new Error(`Compatible changes in ${different.join(', ')} are not accepted yet: ${ACCEPT}`);
  });
});

interface Part {
  [key: string]: Part;
}

/** user.v1 as it is, after `change`. */
function broken(change: (schema: Part) => void): readonly string[] {
  const schema = structuredClone(read(SCHEMAS, 'user.v1.schema.json')) as unknown as Part;
  change(schema);
  return breakingChanges(read(SCHEMAS, 'user.v1.schema.json'), schema);
}

const at = (part: Part | undefined, ...steps: string[]): Part => steps.reduce<Part>((so, step) => so[step] ?? {}, part ?? {});
const set = (part: Part, key: string, value: unknown) => Object.assign(part, { [key]: value });

describe('the comparison bites on', () => {
  test.each<[string, (schema: Part) => void, string]>([
    ['a removed field', (schema) => delete at(schema, 'properties')['primaryUnit'], 'primaryUnit: removed or renamed; readers still look for it'],
    ['a renamed field', (schema) => { set(at(schema, 'properties'), 'businessUnits', at(schema, 'properties', 'units')); delete at(schema, 'properties')['units']; }, 'units: removed or renamed; readers still look for it'],
    ['a newly required field', (schema) => set(schema, 'required', [...(schema['required'] as unknown as string[]), 'units']), 'units: newly required; records that are stored already lack it'],
    ['a field that readers may miss', (schema) => set(schema, 'required', (schema['required'] as unknown as string[]).filter((name) => name !== 'cause')), 'cause: no longer required; readers rely on it'],
    ['a narrowed type', (schema) => set(at(schema, 'properties', 'units'), 'maxItems', 10), 'units: maxItems changed from nothing to 10'],
    ['a changed type', (schema) => set(at(schema, 'properties', 'units', 'items'), 'type', 'integer'), 'units[]: type changed from "string" to "integer"'],
    ['a value that is gone', (schema) => set(at(schema, 'properties', 'presence'), 'enum', ['active', 'disabled', 'absent']), 'presence: value erased removed; stored records may hold it'],
    ['a value that readers do not know', (schema) => set(at(schema, 'properties', 'presence'), 'enum', ['active', 'disabled', 'absent', 'erased', 'asleep']), 'presence: value asleep added; readers of today refuse it'],
    ['a closed door for unknown fields', (schema) => set(schema, 'additionalProperties', false), '<additionalProperties>: added or removed'],
    ['a changed field deep inside', (schema) => delete at(schema, 'properties', 'requested', 'additionalProperties', 'properties')['grants'], 'requested<additionalProperties>.grants: removed or renamed; readers still look for it'],
    ['another reference', (schema) => set(at(schema, 'properties', 'id'), '$ref', 'other'), 'id: $ref changed from "https://rolebridge.io/schemas/parts.v1.schema.json#/$defs/userId" to "other"'],
  ])('%s', (_, change, expected) => {
    expect(broken(change)).toEqual([expected]);
  });

  test('but not on a new optional field or other prose', () => {
    expect(broken((schema) => { set(at(schema, 'properties'), 'nickname', { type: 'string' }); set(schema, 'description', 'other'); })).toEqual([]);
  });
});
