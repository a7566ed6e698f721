import { complex, flag, list, reference, text, whole } from './attribute.ts';
import type { Attribute, Schema } from './attribute.ts';
import { URN } from './urns.ts';

const readOnly = { mutability: 'readOnly' } as const;
const supported = (name: string, more: readonly Attribute[] = []) =>
  complex(name, `Whether ${name} is served.`, [flag('supported', 'true or false.'), ...more], readOnly);

const serviceProviderConfig: Schema = {
  id: URN.serviceProviderConfig,
  name: 'Service Provider Configuration',
  description: 'What this service offers (RFC 7643 §5)',
  attributes: [
    supported('patch'),
    supported('bulk', [whole('maxOperations', 'Most operations.'), whole('maxPayloadSize', 'Largest body, bytes.')]),
    supported('filter', [whole('maxResults', 'Most resources on a page.')]),
    supported('changePassword'),
    supported('sort'),
    supported('etag'),
    complex('pagination', 'How lists are paged (RFC 9865).', [
      flag('cursor', 'Whether pages can be asked for by cursor.'),
      flag('index', 'Whether pages can be asked for by startIndex.'),
      text('defaultPaginationMethod', 'What a request without either means.', { ...readOnly, canonicalValues: ['cursor', 'index'] }),
      whole('defaultPageSize', 'Resources on a page when the caller names no number.'),
      whole('maxPageSize', 'Most resources on a page.'),
    ], readOnly),
    list('authenticationSchemes', 'How callers prove who they are.', [
      text('type', 'Kind of scheme.', readOnly),
      text('name', 'Name.', readOnly),
      text('description', 'Description.', readOnly),
      reference('specUri', 'Its specification.', ['external'], readOnly),
      flag('primary', 'The preferred one.'),
    ]),
  ],
};

const resourceType: Schema = {
  id: URN.resourceType,
  name: 'ResourceType',
  description: 'A kind of resource (RFC 7643 §6)',
  attributes: [
    text('name', 'Name.', { ...readOnly, required: true }),
    text('description', 'Description.', readOnly),
    reference('endpoint', 'Path of its collection.', ['uri'], { ...readOnly, required: true }),
    reference('schema', 'URN of its schema.', ['uri'], { ...readOnly, required: true, caseExact: true }),
    list('schemaExtensions', 'Its extensions.', [
      reference('schema', 'URN of the extension.', ['uri'], { ...readOnly, required: true, caseExact: true }),
      flag('required', 'Whether it must be present.'),
    ]),
  ],
};

const described = (name: string, more: readonly Attribute[] = []): Attribute =>
  list(name, 'The attributes.', [
    text('name', 'Name.', { ...readOnly, required: true }),
    text('type', 'Type.', { ...readOnly, required: true }),
    flag('multiValued', 'Whether it has several values.'),
    text('description', 'Description.', readOnly),
    flag('required', 'Whether it must be present.'),
    flag('caseExact', 'Whether case counts.'),
    text('mutability', 'Who may write it, when.', readOnly),
    text('returned', 'When it is returned.', readOnly),
    text('uniqueness', 'Among what it is unique.', readOnly),
    text('canonicalValues', 'Suggested values.', { ...readOnly, multiValued: true }),
    text('referenceTypes', 'What it may refer to.', { ...readOnly, multiValued: true }),
    ...more,
  ]);

const schema: Schema = {
  id: URN.schema,
  name: 'Schema',
  description: 'A schema (RFC 7643 §7)',
  attributes: [
    text('name', 'Name.', readOnly),
    text('description', 'Description.', readOnly),
    described('attributes', [described('subAttributes')]),
  ],
};

/** Schemas of the documents under `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas`. */
export const DISCOVERY_SCHEMAS: readonly Schema[] = [serviceProviderConfig, resourceType, schema];
