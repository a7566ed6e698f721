import { TOPICS } from '@rolebridge/contracts';
import type { ResourceModel } from '@rolebridge/scim';
import { contractSchema } from './described-contract.ts';
import { describedResource, type JsonSchema } from './described-resource.ts';
import { OPERATIONS, type DescribedOperation } from './openapi-operations.ts';

export interface DocumentParts {
  readonly users: ResourceModel;
  readonly groups: ResourceModel;
  readonly version: string;
}

const ERROR: JsonSchema = { type: 'object', required: ['schemas', 'status'], properties: { schemas: { type: 'array', items: { type: 'string' } }, status: { type: 'string' }, scimType: { type: 'string' }, detail: { type: 'string' } } };
const LIST: JsonSchema = { type: 'object', required: ['schemas', 'totalResults'], properties: { schemas: { type: 'array', items: { type: 'string' } }, totalResults: { type: 'integer' }, startIndex: { type: 'integer' }, itemsPerPage: { type: 'integer' }, Resources: { type: 'array', items: { type: 'object' } } } };
const TOKEN: JsonSchema = { type: 'object', required: ['access_token', 'token_type', 'expires_in'], properties: { access_token: { type: 'string' }, token_type: { const: 'Bearer' }, expires_in: { type: 'integer' }, scope: { type: 'string' } } };
const OPEN: JsonSchema = { type: 'object' };

/** The OpenAPI 3.1 document of the front door, from the models and contracts that it works with. */
export function openApi({ users, groups, version }: DocumentParts): JsonSchema {
  return {
    openapi: '3.1.0',
    info: { title: 'Rolebridge front door', version, description: 'SCIM 2.0, the proxy API of SAP Identity Provisioning, change events, and the paths of the two old flows.' },
    security: [{ bearer: [] }, { basic: [] }, { oauth: [] }, { certificate: [] }],
    paths: pathsOf(OPERATIONS),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
        oauth: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/oauth2/token', scopes: {} } } },
        certificate: { type: 'mutualTLS' },
      },
      schemas: {
        User: describedResource(users),
        Group: describedResource(groups),
        ListResponse: LIST,
        Error: ERROR,
        PatchOp: OPEN,
        SearchRequest: OPEN,
        BulkRequest: OPEN,
        CloudEvent: { type: 'object', required: ['specversion', 'id', 'source', 'type', 'data'], properties: { specversion: { const: '1.0' }, id: { type: 'string' }, source: { type: 'string' }, type: { const: TOPICS.userChange.eventType }, data: contractSchema('userChange') } },
        TokenRequest: { type: 'object', required: ['grant_type'], properties: { grant_type: { const: 'client_credentials' }, client_id: { type: 'string' }, client_secret: { type: 'string' } } },
        Token: TOKEN,
      },
    },
  };
}

function pathsOf(operations: readonly DescribedOperation[]): JsonSchema {
  const paths = [...new Set(operations.map(({ path }) => path))];
  return Object.fromEntries(
    paths.map((path) => {
      const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
      const methods = operations.filter((operation) => operation.path === path).map((operation) => [operation.method, described(operation)]);
      return [path, { ...(parameters.length > 0 && { parameters }), ...Object.fromEntries(methods) }];
    }),
  );
}

const BODY_TYPES: Readonly<Record<string, readonly string[]>> = {
  CloudEvent: ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'],
  TokenRequest: ['application/x-www-form-urlencoded'],
};
const SCHEMA_NAMES = new Set(['User', 'Group', 'ListResponse', 'Token']);

function described({ tag, summary, body, answers, method, path }: DescribedOperation): JsonSchema {
  const types = body === undefined ? [] : (BODY_TYPES[body] ?? ['application/scim+json', 'application/json']);
  return {
    operationId: `${method}${path.replaceAll(/[^A-Za-z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(tag === 'tokens' && { security: [] }),
    ...(body !== undefined && { requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, { schema: bodySchema(body, type) }])) } }),
    responses: { ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer, tag)])), ...(tag !== 'tokens' && { '401': { description: 'The credentials are missing or wrong.' }, '403': { description: 'A right, part or system is missing.' }, '429': { description: 'Please wait, or repeat; Retry-After says when.' } }) },
  };
}

function bodySchema(body: string, type: string): JsonSchema {
  const whole = { $ref: `#/components/schemas/${body}` };
  if (type === 'application/cloudevents-batch+json') return { type: 'array', items: whole, maxItems: 1000 };
  return body === 'CloudEvent' && type === 'application/json' ? { $ref: '#/components/schemas/CloudEvent/properties/data' } : whole;
}

function response(answer: string, tag: DescribedOperation['tag']): JsonSchema {
  if (!SCHEMA_NAMES.has(answer)) return { description: answer };
  const type = tag === 'tokens' ? 'application/json' : 'application/scim+json';
  return { description: answer, content: { [type]: { schema: { $ref: `#/components/schemas/${answer}` } } } };
}
