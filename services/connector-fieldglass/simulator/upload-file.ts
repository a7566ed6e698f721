import { CsvError, parse } from 'csv-parse/sync';
import type { Environment, RoleLayout } from './options.ts';

export interface FileProblem {
  readonly returnCode: number;
  readonly explanation: string;
}

export type UploadRow =
  | { readonly kind: 'units'; readonly userName: string; readonly units: readonly string[]; readonly problem?: FileProblem }
  | { readonly kind: 'role'; readonly userName: string; readonly role: string; readonly change: 'add' | 'remove' };

export type ReadFile = { readonly ok: true; readonly rows: readonly UploadRow[] } | ({ readonly ok: false } & FileProblem);

/** Reads the text of an upload: header block where one is expected, RFC 4180, exactly the configured columns. */
export function readFile(connector: string, text: string, environment: Environment): ReadFile {
  const body = environment.headerBlock ? withoutBlock(text, connector) : text;
  if (body === undefined) return no(106, `a header block that begins with Type=${connector} and ends with an empty line is expected`);
  const records = csv(body);
  if (!records) return no(106, 'the file does not follow RFC 4180');
  const [titles, ...rows] = records;
  if (!titles) return no(107, 'no data');
  if (connector === environment.connectorName) return unitRows(titles, rows, environment);
  const { roles } = environment;
  return roles && connector === roles.connectorName ? roleRows(titles, rows, roles) : no(255, 'unknown connector');
}

function unitRows(titles: readonly string[], rows: readonly (readonly string[])[], environment: Environment): ReadFile {
  if (!same(titles, environment.captions)) return no(106, `the columns must be ${environment.captions.join(', ')}`);
  if (rows.length === 0) return no(107, 'no data');
  if (rows.some(([modification]) => modification !== 'U')) return no(106, 'modification type is not known');
  return { ok: true, rows: rows.map(([, userName = '', list = '']) => unitRow(userName, list === '' ? [] : [...new Set(list.split('~'))], environment)) };
}

function unitRow(userName: string, units: readonly string[], environment: Environment): UploadRow {
  const unknown = units.find((unit) => !exists(unit, environment));
  return { kind: 'units', userName, units, ...(unknown === undefined ? {} : { problem: { returnCode: 106, explanation: `business unit ${unknown} does not exist` } }) };
}

function exists(unit: string, { units }: Environment): boolean {
  return unit !== '' && (units === undefined || units.includes(unit));
}

function roleRows(titles: readonly string[], rows: readonly (readonly string[])[], layout: RoleLayout): ReadFile {
  if (!same(titles, layout.columns.map(({ caption }) => caption))) return no(106, 'the columns are not those of this connector');
  if (rows.length === 0) return no(107, 'no data');
  const cell = (row: readonly string[], value: string): string => row[layout.columns.findIndex((column) => column.value === value)] ?? '';
  const parsed = rows.map((row) => ({ modification: cell(row, 'modification'), userName: cell(row, 'username'), role: cell(row, 'role') }));
  if (parsed.some(({ modification }) => modification !== layout.add && modification !== layout.remove)) return no(106, 'modification type is not known');
  return { ok: true, rows: parsed.map(({ modification, userName, role }) => ({ kind: 'role', userName, role, change: modification === layout.add ? 'add' : 'remove' })) };
}

function withoutBlock(text: string, connector: string): string | undefined {
  const block = /^Type=([^\r\n]*)\r?\n(?:(?:Language|Comments|Transaction)=[^\r\n]*\r?\n)*\r?\n/.exec(text);
  return block?.[1] === connector ? text.slice(block[0].length) : undefined;
}

/** RFC 4180 allows a carriage return outside of quotes only before a line feed; the parser is more lenient. */
function csv(text: string): readonly (readonly string[])[] | undefined {
  if (/\r(?!\n)/.test(text.replaceAll(/"[^"]*"/g, ''))) return undefined;
  try {
    return parse(text, { record_delimiter: ['\r\n', '\n'], skip_empty_lines: false });
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

function no(returnCode: number, explanation: string): ReadFile {
  return { ok: false, returnCode, explanation };
}
