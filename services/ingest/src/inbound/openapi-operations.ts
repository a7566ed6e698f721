/** One operation of the front door, for the OpenAPI document. Paths and methods are proven against the running service by a test. */
export interface DescribedOperation {
  readonly path: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly tag: 'scim' | 'proxy' | 'events' | 'old paths' | 'tokens' | 'documents';
  readonly summary: string;
  /** Name of a schema, or nothing. */
  readonly body?: string;
  readonly answers: Readonly<Record<string, string>>;
}

const SCIM = '/scim/v2';
const PROXY = '/ipsproxy/service/api/v1/scim/{system}';
const OLD_PATHS = ['/ips/cod/employeeips', '/IDM_IPS/Fieldglass_EmployeeReplication'];

const ERRORS = { '400': 'Not well formed, or not allowed; the detail names the attribute.', '404': 'There is none.', '409': 'The user name is taken.' };

function resource(root: string, tag: 'scim' | 'proxy', name: 'User' | 'Group'): readonly DescribedOperation[] {
  const [all, one] = [`${root}/${name}s`, `${root}/${name}s/{id}`];
  return [
    { path: all, method: 'get', tag, summary: `List or find ${name.toLowerCase()}s: filter, startIndex, count, attributes, excludedAttributes.`, answers: { '200': 'ListResponse', '400': ERRORS['400'] } },
    { path: all, method: 'post', tag, summary: `Create a ${name.toLowerCase()}.`, body: name, answers: { '201': name, '400': ERRORS['400'], '409': ERRORS['409'] } },
    { path: one, method: 'get', tag, summary: `Read a ${name.toLowerCase()}.`, answers: { '200': name, '404': ERRORS['404'] } },
    { path: one, method: 'put', tag, summary: `Replace a ${name.toLowerCase()}.`, body: name, answers: { '200': name, ...ERRORS } },
    { path: one, method: 'patch', tag, summary: `Change a ${name.toLowerCase()} (RFC 7644 §3.5.2).`, body: 'PatchOp', answers: { '200': name, '204': 'Changed.', ...ERRORS } },
    { path: one, method: 'delete', tag, summary: `End a ${name.toLowerCase()}.`, answers: { '204': 'Ended.', '404': ERRORS['404'] } },
  ];
}

function discovery(name: string, summary: string): DescribedOperation {
  return { path: `${SCIM}/${name}`, method: 'get', tag: 'scim', summary, answers: { '200': summary } };
}

function oldPath(path: string): readonly DescribedOperation[] {
  const one = `${path}/{id}`;
  const upsert = { tag: 'old paths', body: 'User', answers: { '201': 'User', '400': ERRORS['400'] } } as const;
  return [
    { ...upsert, path, method: 'post', summary: 'Make or change the account of one system. Any prefix may stand before the path.' },
    { ...upsert, path: one, method: 'put', summary: 'Make or change the account of one system; an unknown id means the user of the body.' },
    { path: one, method: 'delete', tag: 'old paths', summary: 'End the account of one system; the person stays.', answers: { '204': 'Ended, or reported as leaving when nobody knows the id.' } },
  ];
}

export const OPERATIONS: readonly DescribedOperation[] = [
  ...resource(SCIM, 'scim', 'User'),
  ...resource(SCIM, 'scim', 'Group'),
  { path: `${SCIM}/.search`, method: 'post', tag: 'scim', summary: 'Find users and groups by a body (RFC 7644 §3.4.3).', body: 'SearchRequest', answers: { '200': 'ListResponse', '400': ERRORS['400'] } },
  { path: `${SCIM}/Users/.search`, method: 'post', tag: 'scim', summary: 'Find users by a body.', body: 'SearchRequest', answers: { '200': 'ListResponse', '400': ERRORS['400'] } },
  { path: `${SCIM}/Groups/.search`, method: 'post', tag: 'scim', summary: 'Find groups by a body.', body: 'SearchRequest', answers: { '200': 'ListResponse', '400': ERRORS['400'] } },
  { path: `${SCIM}/Bulk`, method: 'post', tag: 'scim', summary: 'Several changes in one request (RFC 7644 §3.7).', body: 'BulkRequest', answers: { '200': 'One result per operation.', '400': ERRORS['400'] } },
  discovery('ServiceProviderConfig', 'What is served.'),
  discovery('ResourceTypes', 'The types of resources.'),
  discovery('Schemas', 'The schemas.'),
  ...resource(PROXY, 'proxy', 'User'),
  ...resource(PROXY, 'proxy', 'Group'),
  { path: '/events', method: 'post', tag: 'events', summary: 'A change event, as CloudEvent 1.0: binary, structured, or a batch.', body: 'CloudEvent', answers: { '200': 'Of a batch: one result per event.', '202': 'Stored; it waits for one before it.', '204': 'It has taken effect, now or before.', '207': 'Of a batch: one result per event, some refused.', '400': 'Malformed; the attribute is named, a dead letter is kept.', '409': ERRORS['409'], '422': 'Another event had this source and id.' } },
  ...OLD_PATHS.flatMap(oldPath),
  { path: '/oauth2/token', method: 'post', tag: 'tokens', summary: 'A token for client id and secret (RFC 6749 §4.4).', body: 'TokenRequest', answers: { '200': 'Token', '400': 'invalid_request or unsupported_grant_type.', '401': 'invalid_client.' } },
  { path: '/openapi.json', method: 'get', tag: 'documents', summary: 'This document.', answers: { '200': 'OpenAPI 3.1.' } },
  { path: '/asyncapi.json', method: 'get', tag: 'documents', summary: 'The events, as AsyncAPI document.', answers: { '200': 'AsyncAPI 3.0.' } },
];
