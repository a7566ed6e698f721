import { ConfigurationError } from '@rolebridge/observability';
import { parseSettings } from './parse-settings.ts';

const minimal = { senderParty: 'ROLEBRIDGE', recipientParty: 'C4CPROD', authentication: { kind: 'basic', user: 'u', password: { env: 'P' } } };

const parse = (settings: Readonly<Record<string, unknown>>, url = 'https://my000001.crm.ondemand.com') =>
  parseSettings({ name: 'prod', kind: 'sales-cloud', mode: 'shadow', url, limits: { concurrency: 1, perMinute: 0, timeoutMs: 1 }, settleMs: 0, settings });

function problemsOf(settings: Readonly<Record<string, unknown>>, url?: string): readonly string[] {
  try {
    parse(settings, url);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

test('three settings are enough, the rest has the defaults of the old flow (R-29)', () => {
  expect(parse(minimal)).toMatchObject({
    path: '/sap/bc/srt/scs/sap/employeereplicationin2',
    codes: { businessCharacter: '14', unitIdType: '917', primaryUnit: '219', furtherUnit: '222' },
    endDate: '9999-12-31',
    accountKey: 'userName',
    keyElement: 'EmployeeID',
    assignmentsAdopted: false,
    unitEnd: 'remove',
    deleteMode: 'lock',
    removeAction: '05',
    messageIdInQuery: true,
    probe: 'get',
  });
});

test('one message per wrong field, each naming system and field', () => {
  expect(problemsOf({ senderParty: 'x'.repeat(33), authentication: minimal.authentication, deleteMod: 'lock', endDate: 'never', accountKey: 'email' })).toEqual([
    'System prod: settings.recipientParty is missing.',
    'System prod: settings.deleteMod is unknown; check the spelling.',
    'System prod: settings.senderParty must NOT have more than 32 characters.',
    'System prod: settings.accountKey must be one of: userName, employeeNumber, userId.',
    'System prod: settings.endDate must match format "date".',
  ]);
});

test.each([
  [{ kind: 'none' }, 'settings.authentication.kind must be one of: basic, certificate, oauth'],
  [{ kind: 'basic', user: 'u' }, 'settings.authentication.password is missing'],
  [{ kind: 'basic', user: 'u', password: 'plain' }, 'settings.authentication.password must be object'],
  [{ kind: 'certificate', certificate: { env: 'C' } }, 'settings.authentication.key is missing'],
  [{ kind: 'oauth', tokenUrl: 'https://x/token', clientId: 'c' }, 'settings.authentication.clientSecret is missing'],
])('authentication %j is refused', (authentication, problem) => {
  expect(problemsOf({ ...minimal, authentication })).toEqual([`System prod: ${problem}.`]);
});

test('plain HTTP is for this machine only, unless somebody says otherwise', () => {
  expect(problemsOf(minimal, 'http://127.0.0.1:8092')).toEqual([]);
  expect(problemsOf(minimal, 'http://simulator:8092')).toEqual([expect.stringContaining('url must begin with https://')]);
  expect(problemsOf({ ...minimal, allowPlainHttp: true }, 'http://simulator:8092')).toEqual([]);
  const oauth = { kind: 'oauth', tokenUrl: 'http://tokens.example.org', clientId: 'c', clientSecret: { env: 'S' } };
  expect(problemsOf({ ...minimal, authentication: oauth })).toEqual([expect.stringContaining('tokenUrl must begin with https://')]);
});
