import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import type { System } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import type { SalesCloudSettings } from './settings.ts';
import { SETTINGS_SCHEMA } from './settings.schema.ts';

const ajv = new Ajv({ allErrors: true, useDefaults: true, discriminator: true, strict: false });
formats.default(ajv, ['date']);
const isSettings = ajv.compile<SalesCloudSettings>(SETTINGS_SCHEMA);

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Checks the settings of a system and fills in the defaults. Throws {@link ConfigurationError} with one message per field. */
export function parseSettings(system: System): SalesCloudSettings {
  const settings: unknown = structuredClone(system.settings);
  if (!isSettings(settings)) throw new ConfigurationError(problemsOf(system, isSettings.errors ?? []));
  const problems = addressProblems(system, settings);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings;
}

function problemsOf(system: System, errors: readonly ErrorObject[]): readonly string[] {
  const sentences = errors.filter(({ keyword }) => keyword !== 'oneOf' && keyword !== 'if').map((error) => `System ${system.name}: ${fieldOf(error)} ${saidBy(error)}.`);
  return [...new Set(sentences)];
}

function fieldOf(error: ErrorObject): string {
  const parent = `settings${error.instancePath.replaceAll('/', '.')}`;
  if (error.keyword === 'required') return `${parent}.${String(error.params['missingProperty'])}`;
  if (error.keyword === 'additionalProperties') return `${parent}.${String(error.params['additionalProperty'])}`;
  return error.keyword === 'discriminator' ? `${parent}.kind` : parent;
}

function saidBy(error: ErrorObject): string {
  if (error.keyword === 'required') return 'is missing';
  if (error.keyword === 'additionalProperties') return 'is unknown; check the spelling';
  if (error.keyword === 'enum') return `must be one of: ${(error.schema as readonly string[] | undefined ?? allowedBy(error)).join(', ')}`;
  if (error.keyword === 'discriminator') return 'must be one of: basic, certificate, oauth';
  return error.message ?? 'is not valid';
}

function allowedBy(error: ErrorObject): readonly string[] {
  const allowed: unknown = error.params['allowedValues'];
  return Array.isArray(allowed) ? allowed.map(String) : [];
}

function addressProblems(system: System, settings: SalesCloudSettings): readonly string[] {
  const addresses = [['url', system.url] as const, ...(settings.authentication.kind === 'oauth' ? [['settings.authentication.tokenUrl', settings.authentication.tokenUrl] as const] : [])];
  return addresses.flatMap(([field, address]) => {
    const problem = addressProblem(address, settings.allowPlainHttp);
    return problem ? [`System ${system.name}: ${field} ${problem}`] : [];
  });
}

function addressProblem(address: string, allowPlainHttp: boolean): string | undefined {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an address that begins with https://.';
  if (url.protocol === 'https:' || allowPlainHttp || LOOPBACK.test(url.hostname)) return undefined;
  return 'must begin with https://; credentials travel unencrypted otherwise. Set settings.allowPlainHttp to true where that is meant.';
}
