import type { Attribute, Schema } from './attribute.ts';
import { URN } from './urns.ts';
import type { UserModel } from './user-model.ts';

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
export function resourceTypes(model: UserModel, baseUrl: string): readonly Document[] {
  return [
    {
      schemas: [URN.resourceType],
      id: 'User',
      name: 'User',
      endpoint: '/Users',
      description: 'User account',
      schema: model.core.id,
      schemaExtensions: model.extensions.map((extension) => ({ schema: extension.id, required: false })),
      meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/User` },
    },
  ];
}

/** `/Schemas` (RFC 7643 §7), the schemas of the discovery documents included. */
export function schemaDocuments(model: UserModel, discovery: readonly Schema[], baseUrl: string): readonly Document[] {
  return [model.core, ...model.extensions, ...discovery].map((schema) => ({
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
