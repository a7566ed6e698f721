import { stringify } from 'csv-stringify/sync';
import { UNIT_SEPARATOR } from '../decide/validation.ts';
import type { RolesPayload, UnitsPayload } from '../decide/steps.ts';
import type { Captions, HeaderBlock, RoleColumn, RoleUpload } from '../settings.ts';

/** Modification type of a unit row (`systems/fieldglass.md` §4). */
const UPDATE = 'U';

/** The text for business units: column titles, then one row for each user. */
export function unitsCsv(payloads: readonly Pick<UnitsPayload, 'login' | 'units'>[], captions: Captions): string {
  return csv([
    [captions.modificationType, captions.username, captions.businessUnits],
    ...payloads.map(({ login, units }) => [UPDATE, login, units.join(UNIT_SEPARATOR)]),
  ]);
}

/** Column titles only: asks the service whether it takes our credentials, and changes nobody. */
export function emptyUnitsCsv({ modificationType, username, businessUnits }: Captions): string {
  return csv([[modificationType, username, businessUnits]]);
}

/** The text for one user's roles, in the configured layout: one row per role that comes or goes. */
export function rolesCsv({ login, add, remove }: RolesPayload, layout: RoleUpload): string {
  const row = (modification: string) => (role: string) => layout.columns.map((column) => field(column, { modification, username: login, role }));
  return csv([layout.columns.map(({ caption }) => caption), ...remove.map(row(layout.remove)), ...add.map(row(layout.add))]);
}

function field({ value, constant }: RoleColumn, row: Readonly<Record<'modification' | 'username' | 'role', string>>): string {
  return value === 'constant' ? (constant ?? '') : row[value];
}

/**
 * RFC 4180 with line feeds between the rows, as in the example of the sheet: an XML parser turns CRLF into a line feed anyway. Fields with
 * comma, quote or any line break are quoted.
 */
function csv(rows: readonly (readonly string[])[]): string {
  return stringify(rows.map((row) => [...row]), { record_delimiter: '\n', quoted_match: /[\r\n]/, eof: false });
}

/** As the sheet writes it. */
const TRUTH = { true: 'True', false: 'False' } as const;

/** The block that standard connectors expect before the column titles: one `Name=value` per line and an empty line. `type`: another one than the block's. */
export function headerBlockText(block: HeaderBlock | undefined, type = block?.type): string {
  if (!block) return '';
  const transaction = block.transaction === undefined ? undefined : TRUTH[`${block.transaction}`];
  const fields = [['Type', type], ['Language', block.language], ['Comments', block.comments], ['Transaction', transaction]];
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return `${lines.join('\n')}\n\n`;
}
