import type { Attribute, ResourceModel, Schema } from '@rolebridge/scim';

/** A JSON Schema (2020-12), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** PURE. The JSON Schema of a SCIM resource, from the model that reads, patches and filters it. */
export function describedResource({ core, extensions }: ResourceModel): JsonSchema {
  const { properties, required } = membersOf(core.attributes);
  return {
    type: 'object',
    description: core.description,
    required: ['schemas', ...required],
    properties: {
      schemas: { type: 'array', items: { enum: [core.id, ...extensions.map(({ id }) => id)] } },
      id: { type: 'string', readOnly: true, description: 'Ours, never changes.' },
      meta: { type: 'object', readOnly: true, description: 'resourceType, created, lastModified, location, version.' },
      ...properties,
      ...Object.fromEntries(extensions.map((extension) => [extension.id, describedExtension(extension)])),
    },
  };
}

function describedExtension({ description, attributes }: Schema): JsonSchema {
  return { type: 'object', description, ...membersOf(attributes) };
}

function membersOf(attributes: readonly Attribute[]): { readonly properties: JsonSchema; readonly required: readonly string[] } {
  const written = attributes.filter(({ mutability, required }) => required && mutability !== 'readOnly');
  return { properties: Object.fromEntries(attributes.map((attribute) => [attribute.name, describedAttribute(attribute)])), required: written.map(({ name }) => name) };
}

function describedAttribute(attribute: Attribute): JsonSchema {
  const value = describedValue(attribute);
  const shared = { description: attribute.description, ...(attribute.mutability === 'readOnly' && { readOnly: true }) };
  return attribute.multiValued ? { ...shared, type: 'array', items: value } : { ...shared, ...value };
}

const TYPES = { string: 'string', boolean: 'boolean', integer: 'integer', dateTime: 'string', reference: 'string', binary: 'string' } as const;

function describedValue({ type, subAttributes = [], maxLength, canonicalValues }: Attribute): JsonSchema {
  if (type === 'complex') return { type: 'object', ...membersOf(subAttributes) };
  if (TYPES[type] !== 'string') return { type: TYPES[type] };
  return { type: 'string', maxLength, ...(canonicalValues && { examples: canonicalValues }) };
}
