import type { Attribute, Schema } from './attribute.ts';
import { URN } from './urns.ts';
import type { ResourceModel } from './user-model.ts';

export interface ServiceLimits {
  /** Most resources on one page. */
  readonly maxResults: number;
}

type Document = Readonly<Record<string, unknown>>;

/** `/ServiceProviderConfig` (RFC 7643 §5): what is served, nothing more. */
export function serviceProviderConfig(limits: ServiceLimits, baseUrl: string): Document {
  return {
    schemas: [URN.serviceProviderConfig],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: limits.maxResults },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
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
  return { ...published, ...(subAttributes && { subAttributes: subAttributes.map(attributeDocument) }) };
}
