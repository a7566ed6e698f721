import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { environmentOf } from '../../simulator/options.ts';
import { readFile } from '../../simulator/upload-file.ts';
import { readRequest } from '../../simulator/upload-request.ts';
import { hasForbidden } from '../decide/validation.ts';
import { Captions } from '../settings.ts';
import { headerBlockText, rolesCsv, unitsCsv } from './upload-csv.ts';
import { envelope, soapHeaders } from './upload-envelope.ts';

const golden = (name: string) => readFileSync(new URL(`../../test/golden/${name}`, import.meta.url), 'utf8');

const CREDENTIALS = { username: 'ws.user', password: 'p&<>"\'w', connectorName: 'User Business Unit Association Upload' };
const common = { generation: 1, sensitive: [] };
const units = (login: string, list: readonly string[]) => ({ kind: 'set-units', login, units: list, ...common }) as const;

const HOSTILE = units('o\'hara, "kim" <k&k> ]]> 👩🏽‍💻\nline\rbreak', ['PLANT,10', 'A"B', 'C]]>D', 'x;y', 'é']);

test('the usual upload is, character by character, the one of the sheet in SOAP 1.1', () => {
  const text = unitsCsv([units('mora.k', ['PLANT10', 'PLANT22'])], new Captions());
  expect(`${envelope({ ...CREDENTIALS, text }, '1.1')}\n`).toBe(golden('usual-soap11.xml'));
  expect(soapHeaders('1.1')).toEqual({ 'content-type': 'text/xml; charset=utf-8', soapaction: '""' });
});

test('hostile names and units stay one row, one field each, in SOAP 1.2', () => {
  const text = unitsCsv([HOSTILE], new Captions());
  expect(`${text}\n`).toBe(golden('hostile.csv'));
  expect(`${envelope({ ...CREDENTIALS, text }, '1.2')}\n`).toBe(golden('hostile-soap12.xml'));
  expect(soapHeaders('1.2')).toEqual({ 'content-type': 'application/soap+xml; charset=utf-8' });
});

test('a header block comes before the columns and ends with an empty line', () => {
  const block = headerBlockText({ type: 'User Business Unit Association Upload', language: 'en', comments: 'by Rolebridge', transaction: false });
  expect(block).toBe('Type=User Business Unit Association Upload\nLanguage=en\nComments=by Rolebridge\nTransaction=False\n\n');
  expect(headerBlockText({ type: 'T' })).toBe('Type=T\n\n');
  expect(headerBlockText(undefined)).toBe('');
});

test('titles of columns are configuration', () => {
  const captions = { modificationType: 'Modification_Type', username: 'Username', businessUnits: 'Business_Units' };
  expect(unitsCsv([units('mora.k', [])], captions)).toBe('Modification_Type,Username,Business_Units\nU,mora.k,');
});

test('roles are one row each, those that go first', () => {
  const layout = { connectorName: 'R', add: 'A', remove: 'D', columns: [{ caption: 'M', value: 'modification' }, { caption: 'R', value: 'role' }, { caption: 'U', value: 'username' }, { caption: 'C', value: 'constant', constant: 'k' }] } as const;
  expect(rolesCsv({ kind: 'set-roles', login: 'mora.k', add: ['Buyer, senior'], remove: ['Auditor'], ...common }, layout)).toBe('M,R,U,C\nD,Auditor,mora.k,k\nA,"Buyer, senior",mora.k,k');
});

test('whatever XML can carry arrives at the target as it was (D5)', () => {
  const environment = environmentOf({ port: 0, virtualPersonName: '', licenseKey: '', uploadUsername: '', uploadPassword: '' });
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !hasForbidden(value));
  const tricky = fc.array(fc.constantFrom('\r', '\n', '\r\n', ',', '"', ']]>', ']', '>', '&', '<', "'", ';', 'x', '😀'), { minLength: 1 }).map((parts) => parts.join(''));
  const any = fc.oneof(text, tricky);
  const unit = any.filter((value) => !value.includes('~'));
  fc.assert(
    fc.property(any, fc.uniqueArray(unit, { minLength: 1, maxLength: 5 }), any, fc.constantFrom('1.1' as const, '1.2' as const), (login, list, password, version) => {
      const body = envelope({ ...CREDENTIALS, password, text: unitsCsv([units(login, list)], new Captions()) }, version);
      const parsed = readRequest(body, version);
      expect(parsed).toMatchObject({ ok: true, request: { password, connector: CREDENTIALS.connectorName } });
      const file = parsed.ok ? readFile(CREDENTIALS.connectorName, parsed.request.text, environment) : undefined;
      expect(file).toEqual({ ok: true, rows: [{ kind: 'units', userName: login, units: list }] });
    }),
    { numRuns: 300 },
  );
});
