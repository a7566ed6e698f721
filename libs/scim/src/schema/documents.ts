import type { Attribute, Schema } from './attribute.ts';
import { URN } from './urns.ts';
import type { ResourceModel } from './user-model.ts';

export interface ServiceLimits {
  /** Most operations of a bulk request. */
  readonly maxOperations: number;
  /** Largest body, bytes. */
  readonly maxPayloadSize: number;
  /** Resources on a page when the caller names no number. */
  readonly defaultResults: number;
  /** Most resources on one page. */
  readonly maxResults: number;
}

type Document = Readonly<Record<string, unknown>>;

/** `/ServiceProviderConfig` (RFC 7643 §5): what is served, nothing more. */
export function serviceProviderConfig(limits: ServiceLimits, baseUrl: string): Document {
  return {
    schemas: [URN.serviceProviderConfig],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: limits.maxOperations, maxPayloadSize: limits.maxPayloadSize },
    filter: { supported: true, maxResults: limits.maxResults },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    // RFC 9865 §4
    pagination: { cursor: true, index: true, defaultPaginationMethod: 'index', defaultPageSize: limits.defaultResults, maxPageSize: limits.maxResults },
    authenticationSchemes: [
      { type: 'oauthbearertoken', name: 'Bearer token', description: 'Header Authorization: Bearer', specUri: 'https://www.rfc-editor.org/info/rfc6750', primary: true },
      { type: 'httpbasic', name: 'Basic', description: 'Header Authorization: Basic', specUri: 'https://www.rfc-editor.org/info/rfc7617', primary: false },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

/** `/ResourceTypes` (RFC 7643 §6). */
export function resourceTypes(models: readonly ResourceModel[], baseUrl: string): readonly Document[] {
  return models.map(({ core, extensions }) => ({
    schemas: [URN.resourceType],
    id: core.name,
    name: core.name,
    endpoint: `/${core.name}s`,
    description: core.description,
    schema: core.id,
    schemaExtensions: extensions.map((extension) => ({ schema: extension.id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${core.name}` },
  }));
}

/** `/Schemas` (RFC 7643 §7), the schemas of the discovery documents included. */
export function schemaDocuments(models: readonly ResourceModel[], discovery: readonly Schema[], baseUrl: string): readonly Document[] {
  return [...models.flatMap(({ core, extensions }) => [core, ...extensions]), ...discovery].map((schema) => ({
    schemas: [URN.schema],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: schema.attributes.map(attributeDocument),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` },
  }));
}

function attributeDocument(attribute: Attribute): Document {
  const { maxLength: _maxLength, keepsEmpty: _keepsEmpty, takesNumbers: _takesNumbers, subAttributes, ...published } = attribute;
  // plain days are taken and told too, which are no dateTime (RFC 7643 §2.3.5)
  const type = attribute.type === 'dateTime' ? 'string' : attribute.type;
  return { ...published, type, ...(subAttributes && { subAttributes: subAttributes.map(attributeDocument) }) };
}
