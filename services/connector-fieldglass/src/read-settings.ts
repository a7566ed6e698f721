import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { System } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import { FieldglassSettings, type RoleUpload } from './settings.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads `settings` of a system, fills in the defaults and refuses what it does not know.
 * Throws {@link ConfigurationError} with one message per field.
 */
export function readSettings(system: System): FieldglassSettings {
  const { headerBlock, ...rest } = system.settings;
  const off = headerBlock === 'off' || headerBlock === false || headerBlock === undefined;
  const settings = plainToInstance(FieldglassSettings, off ? rest : { ...rest, headerBlock });
  const errors = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true, forbidUnknownValues: false });
  const problems = [...errors.flatMap((error) => problemsOf(error, 'settings')), ...addressProblems(system, settings), ...together(settings)];
  if (problems.length > 0) throw new ConfigurationError(problems.map((problem) => `System ${system.name}: ${problem}`));
  return settings;
}

function problemsOf(error: ValidationError, path: string): readonly string[] {
  const here = `${path}.${error.property}`;
  const nested = (error.children ?? []).flatMap((child) => problemsOf(child, here));
  const said = Object.entries(error.constraints ?? {})[0];
  if (!said) return nested;
  const [rule, text] = said;
  if (rule === 'whitelistValidation') return [`${here} is unknown; check the spelling.`, ...nested];
  return [`${here} ${text.startsWith(`${error.property} `) ? text.slice(error.property.length + 1) : text}.`, ...nested];
}

/** The paths of both interfaces begin at the host. Never quotes the address. */
function addressProblems({ url }: System, { allowPlainHttp }: FieldglassSettings): readonly string[] {
  const address = URL.parse(url);
  if (!address || !/^https?:$/.test(address.protocol) || address.pathname !== '/' || address.search !== '') {
    return ['url must be the address of the environment without a path, like https://abc123.fgvms.com.'];
  }
  if (address.protocol === 'https:' || allowPlainHttp || LOOPBACK.test(address.hostname)) return [];
  return ['url must begin with https://; the license key travels unencrypted otherwise. Set settings.allowPlainHttp to true where that is meant.'];
}

/** What only shows when fields are looked at together. */
function together(settings: FieldglassSettings): readonly string[] {
  const stuck = !settings.activeSupported && settings.deleteMode === 'deactivate';
  return [...batchProblems(settings), ...(stuck ? ['settings.deleteMode must be delete where activeSupported is false: nobody could ever leave otherwise.'] : []), ...roleProblems(settings.roles)];
}

function batchProblems({ uploadBatch, asynchronous, roleGroups, roles }: FieldglassSettings): readonly string[] {
  const unseen = uploadBatch > 1 && asynchronous !== undefined;
  const twice = roleGroups === true && roles !== undefined;
  return [
    ...(unseen ? ['settings.uploadBatch must be 1 where asynchronous is set: the audit trail tells of files, not of rows.'] : []),
    ...(twice ? ['settings.roleGroups must be false where roles says how they are uploaded: each role would be written twice.'] : []),
  ];
}

/** Whether roles are groups of the same name. */
export function rolesAreGroups({ roleGroups, roles }: Pick<FieldglassSettings, 'roleGroups' | 'roles'>): boolean {
  return roleGroups ?? roles === undefined;
}

function roleProblems(roles: RoleUpload | undefined): readonly string[] {
  if (!roles || !Array.isArray(roles.columns)) return [];
  const missing = (['modification', 'username', 'role'] as const).filter((value) => !roles.columns.some((column) => column.value === value));
  return missing.map((value) => `settings.roles.columns must have a column with the value ${value}.`);
}
