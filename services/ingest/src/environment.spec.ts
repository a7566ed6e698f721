import { ConfigurationError, loadEnvironment } from '@rolebridge/observability';
import { URN } from '@rolebridge/scim';
import { IngestEnvironment } from './environment.ts';
import { settingsOf } from './settings.ts';

const VALID = {
  DATABASE_URL: 'postgres://rolebridge@localhost/rolebridge',
  KAFKA_BROKERS: 'localhost:9092',
  LANDSCAPE_FILE: 'systems.yaml',
  CALLERS_FILE: 'callers.yaml',
  OPERATORS_FILE: 'operators.yaml',
};

function problemsOf(variables: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadEnvironment(IngestEnvironment, variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

test('with the common variables it starts, on the defaults of the old flows', () => {
  expect(settingsOf(loadEnvironment(IngestEnvironment, VALID))).toMatchObject({
    userTopic: 'identity.user.v1',
    statements: { extensions: [URN.sapCustomUser], units: 'z_assignedInstitutes', primaryUnit: 'z_primaryInstitute', roles: 'z_roles', separator: ',', unitCase: 'exact' },
    door: { unavailableStatus: 429, retryAfterSeconds: 5, requestsPerMinute: 0 },
  });
});

test('lists, numbers and choices are read', () => {
  const settings = settingsOf(loadEnvironment(IngestEnvironment, { ...VALID, CUSTOM_EXTENSIONS: `${URN.sapCustomUser}, urn:acme:cloud:scim:schemas:extension:custom:2.0:User`, LIST_SEPARATOR: ';', CORRELATED_SOURCES: '/idm', UNAVAILABLE_STATUS: '503', TOPIC_PREFIX: 't.' }));
  expect(settings.statements.extensions).toHaveLength(2);
  expect([settings.statements.separator, [...settings.correlatedSources], settings.door.unavailableStatus, settings.userTopic]).toEqual([';', ['/idm'], 503, 't.identity.user.v1']);
});

test.each([
  ['CALLERS_FILE', { CALLERS_FILE: '' }],
  ['OPERATORS_FILE', { OPERATORS_FILE: '' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'rolebridge.example.org' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'https://rolebridge.example.org/' }],
  ['CUSTOM_EXTENSIONS', { CUSTOM_EXTENSIONS: 'z_roles' }],
  ['ROLES_ATTRIBUTE', { ROLES_ATTRIBUTE: 'z roles' }],
  ['UNIT_CASE', { UNIT_CASE: 'lower' }],
  ['RETURN_BY_USER_NAME', { RETURN_BY_USER_NAME: 'perhaps' }],
  ['UNAVAILABLE_STATUS', { UNAVAILABLE_STATUS: '500' }],
  ['ACCEPT_TIMEOUT_MS', { ACCEPT_TIMEOUT_MS: '5s' }],
  ['IDEMPOTENCY_HOURS', { IDEMPOTENCY_HOURS: '0' }],
  ['CALLER_REQUESTS_PER_MINUTE', { CALLER_REQUESTS_PER_MINUTE: '-1' }],
])('a wrong %s ends the start with one message that names it', (name, wrong) => {
  expect(problemsOf({ ...VALID, ...wrong })).toEqual([expect.stringMatching(`^${name}: `)]);
});
