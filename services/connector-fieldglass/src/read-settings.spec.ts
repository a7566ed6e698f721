import { SETTINGS, systemAt } from '../test/rig.ts';
import { readSettings } from './read-settings.ts';

const URL = 'https://abc123.fgvms.com';
const problems = (settings: object, url = URL): readonly string[] => {
  try {
    readSettings(systemAt(url, settings));
    return [];
  } catch (error) {
    return (error as { readonly problems: readonly string[] }).problems; // ConfigurationError
  }
};

test('a system needs its four secrets; everything else has a default', () => {
  expect(readSettings(systemAt(URL))).toMatchObject({
    scimBasePath: '/api/v1',
    tokenPath: '/api/oauth2/v2.0/token',
    connectorPath: '/ws2/services/connectorn',
    connectorName: 'User Business Unit Association Upload',
    soapVersion: '1.1',
    captions: { modificationType: 'Modification Type', username: 'Username', businessUnits: 'Business Units' },
    unitList: 'replace',
    activeSupported: true,
    updateMethod: 'PUT',
    deleteMode: 'deactivate',
    virtualPersonName: SETTINGS.virtualPersonName,
  });
  expect(problems({ headerBlock: 'off' })).toEqual([]);
});

test.each([
  [{ scimBasePath: 'api/v1' }, 'settings.scimBasePath must be a path like /api/v1'],
  [{ soapVersion: '2' }, 'settings.soapVersion must be one of'],
  [{ soapVersion: 1.1 }, 'settings.soapVersion must be one of'],
  [{ licenseKey: 'the key itself' }, 'settings.licenseKey must name a secret'],
  [{ licenseKey: undefined }, 'settings.licenseKey must name a secret'],
  [{ unitlist: 'add' }, 'settings.unitlist is unknown; check the spelling'],
  [{ captions: { username: 'a\nb' } }, 'settings.captions.username must be one line of text'],
  [{ captions: { user: 'a' } }, 'settings.captions.user is unknown'],
  [{ headerBlock: { language: 'en' } }, 'settings.headerBlock.type must be one line of text'],
  [{ waitingPattern: { explanation: '(' } }, 'settings.waitingPattern.explanation must be a regular expression'],
  [{ activeSupported: 'yes' }, 'settings.activeSupported must be a boolean'],
  [{ activeSupported: false }, 'settings.deleteMode must be delete where activeSupported is false'],
  [{ roles: { columns: [{ caption: 'R', value: 'role' }] } }, 'settings.roles.columns must have a column with the value modification'],
  [{ roles: { columns: [{ caption: 'R', value: 'group' }] } }, 'settings.roles.columns.0.value must be one of'],
  [{ asynchronous: { pollForMs: 0 } }, 'settings.asynchronous.pollForMs must not be less than 50'],
])('%j is refused: %s', (settings, expected) => {
  const told = problems(settings);
  expect(told).toContainEqual(expect.stringContaining(expected));
  expect(told.every((problem) => problem.startsWith('System fieldglass: ') && problem.endsWith('.'))).toBe(true);
  expect(told.join()).not.toContain('the key itself');
});

test('the address is the environment itself, and encrypted', () => {
  expect(problems({}, 'https://abc123.fgvms.com/api')).toEqual([expect.stringContaining('without a path')]);
  expect(problems({}, 'http://abc123.fgvms.com')).toEqual([expect.stringContaining('allowPlainHttp')]);
  expect(problems({ allowPlainHttp: true }, 'http://fieldglass-simulator:8093')).toEqual([]);
  expect(problems({}, 'http://127.0.0.1:8093')).toEqual([]);
});
