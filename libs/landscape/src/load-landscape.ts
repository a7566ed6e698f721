import { readFileSync } from 'node:fs';
import { ConfigurationError } from '@rolebridge/observability';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Landscape, Limits, System } from './landscape.ts';
import { secretProblem, secretReferences, withAbsoluteFiles } from './secrets.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

type WrittenSystem = Pick<System, 'name' | 'kind' | 'url'> & Partial<Omit<System, 'limits'>> & { readonly limits?: Partial<Limits> };

const DEFAULT_LIMITS: Limits = { concurrency: 16, perMinute: 0, timeoutMs: 30_000 };

const schema = JSON.parse(readFileSync(new URL('../schemas/landscape.schema.json', import.meta.url), 'utf8')) as object; // our own file
const isLandscape = new Ajv2020({ allErrors: true, verbose: true, strict: true }).compile<Pick<Landscape, 'brake'> & { readonly systems: readonly WrittenSystem[] }>(schema);

/**
 * Reads the file that lists the systems. Throws {@link ConfigurationError} with one message per field: file, line, what is wrong,
 * what would be right. Defaults: mode `shadow`, concurrency 16, no limit per minute, timeout 30 s, settle 5 s. Secrets are looked
 * at by {@link systemsOfKind} only, since each service holds no more than its own.
 */
export function loadLandscape(file: string): Landscape {
  const source = readYaml(file);
  const written = source.value;
  if (!isLandscape(written)) throw new ConfigurationError(source.problems(isLandscape.errors ?? []));
  const problems = written.systems.flatMap((system, index) => problemsOf(system, index, written.systems, source));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { systems: written.systems.map((system) => complete(system, file)), ...(written.brake && { brake: written.brake }) };
}

/**
 * The systems that a connector of this kind serves. Throws {@link ConfigurationError} when there is none, or when one of their
 * secrets is not set or unreadable.
 */
export function systemsOfKind(landscape: Landscape, kind: string, env: Readonly<Record<string, string | undefined>> = process.env): readonly System[] {
  const systems = landscape.systems.filter((system) => system.kind === kind);
  if (systems.length === 0) throw new ConfigurationError([`The landscape has no system of kind ${kind}; add one, or do not start its connector.`]);
  const problems = systems.flatMap(({ name, settings }) =>
    secretReferences(settings).flatMap(({ path, reference }) => {
      const problem = secretProblem(reference, env);
      return problem ? [`System ${name}, settings.${path.join('.')}: ${problem}`] : [];
    }),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  return systems;
}

function problemsOf(system: WrittenSystem, index: number, all: readonly WrittenSystem[], source: YamlSource): readonly string[] {
  const at = (field: string, text: string | undefined) => (text ? [source.problem(['systems', index, field], text)] : []);
  const first = all.findIndex((other) => other.name === system.name);
  return [
    ...at('name', first < index ? `is used twice: ${system.name} is also systems[${first}]; names are unique.` : undefined),
    ...at('url', addressProblem(system.url)),
    ...at('operatorUrl', system.operatorUrl === undefined ? undefined : addressProblem(system.operatorUrl)),
  ];
}

/** Never quotes the address: it may hold a password. */
function addressProblem(address: string): string | undefined {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an address that begins with https:// or http://.';
  if (url.username || url.password) return 'must not hold a user or password; put credentials into settings, by reference.';
  if (url.hash) return 'must not have a part behind #.';
  return undefined;
}

function complete(system: WrittenSystem, file: string): System {
  const { name, kind, url, mode = 'shadow', settleMs = 5000, operatorUrl, limits, brake, proxy, settings = {} } = system;
  return {
    name,
    kind,
    mode,
    url,
    settleMs,
    limits: { ...DEFAULT_LIMITS, ...limits },
    ...(operatorUrl === undefined ? {} : { operatorUrl }),
    ...(brake && { brake }),
    ...(proxy && { proxy }),
    settings: withAbsoluteFiles(settings, file) as System['settings'], // keeps the shape
  };
}
