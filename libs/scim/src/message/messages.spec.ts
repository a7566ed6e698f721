import { DISCOVERY_SCHEMAS } from '../schema/discovery-schemas.ts';
import { schemaDocuments } from '../schema/documents.ts';
import { URN } from '../schema/urns.ts';
import { groupModel, userModel } from '../schema/user-model.ts';
import { project, readProjection } from '../user/projection.ts';
import { userResource } from '../user/resource.ts';
import { listResponse } from './list-response.ts';
import { ScimError } from './scim-error.ts';

test('an error has its status as text and its keyword (RFC 7644 §3.12)', () => {
  expect(ScimError.of('uniqueness', 'Taken.').body()).toEqual({ schemas: [URN.error], status: '409', scimType: 'uniqueness', detail: 'Taken.' });
  expect(ScimError.plain(404, 'Unknown.').body()).toEqual({ schemas: [URN.error], status: '404', detail: 'Unknown.' });
});

test('a list names how many there are and how many are on this page', () => {
  expect(listResponse(['a'], 5, 3)).toEqual({ schemas: [URN.listResponse], totalResults: 5, startIndex: 3, itemsPerPage: 1, Resources: ['a'] });
});

const META = { resourceType: 'User', created: 'c', lastModified: 'm', location: 'l', version: 'W/"1"' } as const;
const resource = userResource({ userName: 'a', name: { familyName: 'F', givenName: 'G' }, emails: [{ value: 'x@y.z', type: 'work' }], [URN.enterpriseUser]: { department: 'D', division: 'V' } }, '1', META, userModel());

test('a resource names the schemas it uses', () => {
  expect(resource['schemas']).toEqual([URN.user, URN.enterpriseUser]);
});

test.each([
  ['userName', undefined, { userName: 'a' }],
  ['name.familyName,emails.value', undefined, { name: { familyName: 'F' }, emails: [{ value: 'x@y.z' }] }],
  [`${URN.enterpriseUser}:department`, undefined, { [URN.enterpriseUser]: { department: 'D' } }],
  [`${URN.user}:USERNAME`, undefined, { userName: 'a' }],
  [undefined, `meta,emails,name.givenName,${URN.enterpriseUser},id`, { userName: 'a', name: { familyName: 'F' } }],
])('attributes=%s excludedAttributes=%s', (only, without, rest) => {
  expect(project(resource, readProjection(only, without))).toEqual({ schemas: resource['schemas'], id: '1', ...rest });
});

test('every served schema has a document, the discovery schemas too', () => {
  const documents = schemaDocuments([userModel(), groupModel()], DISCOVERY_SCHEMAS, 'https://x/scim/v2');
  expect(documents.map((document) => document['id'])).toEqual([URN.user, URN.enterpriseUser, URN.sapUser, URN.sapCustomUser, URN.group, URN.sapGroup, URN.sapCustomGroup, URN.serviceProviderConfig, URN.resourceType, URN.schema]);
});
