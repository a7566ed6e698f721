import { faultFailure, returnCodeFailure, statusFailure } from './fieldglass.errors.ts';
import { networkFailure } from './network.errors.ts';
import { redacted } from './redact.ts';

test.each([
  [-1, 'in-doubt', 'upload-pending'],
  [3, 'rejected', 'upload-bad-transaction'],
  [100, 'halting', 'upload-credentials'],
  [104, 'rejected', 'upload-too-many'],
  [106, 'in-doubt', 'upload-general-error'],
  [107, 'rejected', 'upload-no-row'],
  [255, 'rejected', 'upload-bad-object'],
  [500, 'in-doubt', 'upload-internal-error'],
  [42, 'unclassified', 'upload-return-code-42'],
])('return code %i is %s (%s)', (returnCode, kind, code) => {
  expect(returnCodeFailure(returnCode, 'why')).toMatchObject({ kind, code, message: expect.stringContaining('It says: why') });
});

test.each([
  ['create', 409, 'in-doubt', 'already-exists'],
  ['create', 400, 'rejected', 'http-400'],
  ['create', 500, 'in-doubt', 'http-500'],
  ['create', 502, 'in-doubt', 'http-502'],
  ['create', 503, 'transient', 'http-503'],
  ['create', 429, 'transient', 'http-429'],
  ['create', 404, 'halting', 'scim-base-path'],
  ['search', 500, 'transient', 'http-500'],
  ['search', 404, 'halting', 'scim-base-path'],
  ['change', 404, 'transient', 'account-gone'],
  ['change', 409, 'rejected', 'http-409'],
  ['change', 501, 'rejected', 'http-501'],
  ['delete', 405, 'rejected', 'delete-not-offered'],
  ['token', 401, 'halting', 'http-401'],
  ['token', 400, 'halting', 'token-refused'],
  ['read', 403, 'halting', 'http-403'],
  ['upload', 302, 'halting', 'http-302'],
  ['upload', 415, 'halting', 'http-415'],
  ['change', 418, 'unclassified', 'http-418'],
] as const)('%s answered with %i is %s (%s)', (operation, status, kind, code) => {
  expect(statusFailure({ operation, status })).toMatchObject({ kind, code });
});

test.each([
  ['Server', '', 'in-doubt', 'soap-server'],
  ['Receiver', '', 'in-doubt', 'soap-server'],
  ['Client', '', 'rejected', 'soap-client'],
  ['Server', 'unit X is closed', 'rejected', 'upload-refused'],
  ['VersionMismatch', 'SOAP 1.2 please', 'halting', 'soap-version'],
  ['', '', 'unclassified', 'soap-fault'],
])('a fault %s with the explanation "%s" is %s (%s)', (faultCode, explanation, kind, code) => {
  expect(faultFailure(faultCode, explanation)).toMatchObject({ kind, code });
});

test.each([
  ['ECONNREFUSED', 'create', 'transient', 'unreachable'],
  ['UND_ERR_CONNECT_TIMEOUT', 'create', 'transient', 'unreachable'],
  ['ECONNRESET', 'create', 'in-doubt', 'connection-lost'],
  ['ECONNRESET', 'read', 'transient', 'connection-lost'],
  ['UND_ERR_HEADERS_TIMEOUT', 'upload', 'in-doubt', 'timeout'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'create', 'halting', 'tls'],
] as const)('%s during %s is %s (%s)', (code, operation, kind, expected) => {
  const error = Object.assign(new Error('with a secret in it'), { code });
  expect(networkFailure(error, operation, false)).toMatchObject({ kind, code: expected });
  expect(networkFailure(new TypeError('wrapped', { cause: error }), operation, false)).toMatchObject({ kind, code: expected });
});

test('a text of the target comes without the person, secrets and line breaks, and not too long', () => {
  const sensitive = ['mora.k', 'Kim', 'Li', 'kim.mora@example.org'];
  expect(redacted('User MORA.K (Kim Mora-Lund, li) unknown to client\r\n<password>x</password>', sensitive)).toBe('User … (… Mora-Lund, …) unknown to client <password>[redacted]</password>');
  expect(redacted('mail of other@example.org and mora.kx', sensitive)).toBe('mail of [e-mail] and mora.kx');
  expect(redacted('x'.repeat(1_000), [])).toHaveLength(301);
  expect(redacted('$& a(b', ['a(b', '$&'])).toBe('… …');
});
