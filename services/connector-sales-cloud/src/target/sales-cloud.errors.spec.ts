import { failureOfAnswer, failureOfNetwork } from './sales-cloud.errors.ts';
import { soapFaultCode } from './soap-fault.ts';

const fault = (code: string) =>
  `<?xml version="1.0"?><soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body><soap-env:Fault><faultcode>soap-env:${code}</faultcode><faultstring xml:lang="en">Ng, Li</faultstring></soap-env:Fault></soap-env:Body></soap-env:Envelope>`;

test.each([
  [400, 'rejected'],
  [401, 'halting'],
  [403, 'halting'],
  [404, 'halting'],
  [302, 'halting'],
  [408, 'transient'],
  [409, 'rejected'],
  [413, 'rejected'],
  [418, 'rejected'],
  [429, 'transient'],
  [500, 'in-doubt'],
  [502, 'in-doubt'],
  [503, 'transient'],
  [504, 'in-doubt'],
  [599, 'in-doubt'],
  [100, 'unclassified'],
])('status %d is %s', (status, kind) => {
  expect(failureOfAnswer({ status })).toMatchObject({ kind, code: `http-${String(status)}` });
});

test.each([
  ['Server', 'transient'],
  ['Server.Busy', 'transient'],
  ['Client', 'rejected'],
  ['VersionMismatch', 'rejected'],
  ['MustUnderstand', 'rejected'],
  ['FailedAuthentication', 'halting'],
  ['Unheard', 'in-doubt'],
])('a SOAP fault %s is %s', (code, kind) => {
  expect(failureOfAnswer({ status: 500, faultCode: code }).kind).toBe(kind);
});

test('refused credentials stay refused credentials whatever the body says', () => {
  expect(failureOfAnswer({ status: 401, faultCode: 'Server' }).kind).toBe('halting');
});

test('only the code of a fault is read, never its text', () => {
  expect(soapFaultCode(fault('Client'))).toBe('Client');
  expect(soapFaultCode(fault('Server.Busy'))).toBe('Server.Busy');
});

test.each(['', 'not xml', '<html>Fault</html>', '<!DOCTYPE x [<!ENTITY a "b">]><Envelope><Body><Fault><faultcode>&a;</faultcode></Fault></Body></Envelope>', '<Fault'])(
  '%j is no fault',
  (body) => {
    expect(soapFaultCode(body)).toBeUndefined();
  },
);

test.each([
  [{ code: 'ECONNREFUSED' }, 'transient', 'transient'],
  [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'transient', 'transient'],
  [{ code: 'ECONNRESET' }, 'in-doubt', 'transient'],
  [{ code: 'UND_ERR_SOCKET' }, 'in-doubt', 'transient'],
  [{ code: 'UND_ERR_HEADERS_TIMEOUT' }, 'in-doubt', 'transient'],
  [{ name: 'TimeoutError', code: 23 }, 'in-doubt', 'transient'],
  [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'halting', 'halting'],
  [{ code: 'CERT_HAS_EXPIRED' }, 'halting', 'halting'],
  ['a string', 'in-doubt', 'transient'],
])('without an answer, %j is %s after writing and %s otherwise', (error, afterWriting, otherwise) => {
  expect(failureOfNetwork(error, true).failure.kind).toBe(afterWriting);
  expect(failureOfNetwork(error, false).failure.kind).toBe(otherwise);
});
