import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalLandscape } from './local-landscape.ts';
import { PARTIES } from './local-landscape.ts';
import { type Program, runOnce, supervise, type Supervised } from './children.ts';

/** Root of the checkout, from `services/e2e/{src,dist}/landscape`. */
export const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

export interface Backbone {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

export interface CompositionOptions {
  readonly landscape: LocalLandscape;
  readonly backbone: Backbone;
  readonly topicPrefix?: string;
  /** Further variables by program name, e.g. the cost of a simulated target. */
  readonly extra?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Names of the programs that are part of it; default all. */
  readonly only?: readonly string[];
  /** Options of Node itself for every program, e.g. to profile it. */
  readonly nodeOptions?: readonly string[];
  readonly onRestart: (name: string, how: string) => void;
}

/** The running programs by name: services and simulated targets. */
export type Composition = ReadonlyMap<string, Supervised>;

interface Service {
  readonly name: string;
  readonly folder: string;
  readonly main: string;
  readonly migrate: string;
  readonly port: (landscape: LocalLandscape) => number;
}

const SERVICES: readonly Service[] = [
  { name: 'ingest', folder: 'ingest', main: 'dist/main.js', migrate: 'dist/migrate.js', port: ({ ports }) => ports.ingest },
  { name: 'role-mapping', folder: 'role-mapping', main: 'dist/main.js', migrate: 'dist/migrate.js', port: ({ ports }) => ports.roleMapping },
  { name: 'connector-sales-cloud', folder: 'connector-sales-cloud', main: 'dist/src/main.js', migrate: 'dist/src/migrate.js', port: ({ ports }) => ports.connectorSalesCloud },
  { name: 'connector-fieldglass', folder: 'connector-fieldglass', main: 'dist/src/main.js', migrate: 'dist/src/migrate.js', port: ({ ports }) => ports.connectorFieldglass },
];

/** Names of the programs that make up a landscape; simulators first, since the others call them. */
export const SERVICE_NAMES: readonly string[] = SERVICES.map(({ name }) => name);

/** The one-shot jobs: every schema is brought up to date. They run at once; each exits when it is done. */
export async function migrateAll(options: CompositionOptions): Promise<void> {
  const services = SERVICES.filter(({ name }) => isPart(name, options));
  await Promise.all(services.map((service) => runOnce({ name: `${service.name} migration`, module: moduleOf(service.folder, service.migrate), environment: environmentOf(options, 0) })));
}

/** Starts simulated targets and services, supervised: what ends by itself is started again. */
export function compose(options: CompositionOptions): Composition {
  const all = [...simulators(options), ...SERVICES.map((service) => programOf(service, options))];
  const programs = all.filter(({ name }) => isPart(name, options)).map((program) => ({ ...program, nodeOptions: options.nodeOptions ?? [] }));
  const settings = { logFolder: path.join(options.landscape.folder, 'logs'), onRestart: options.onRestart };
  return new Map(programs.map((program) => [program.name, supervise(program, settings)]));
}

/** Starts services again that were stopped; the others of the composition still run. */
export function startAgain(names: readonly string[], options: CompositionOptions): Composition {
  return compose({ ...options, only: names.filter((name) => isPart(name, options)) });
}

/** Ends everything; services before targets, so that calls in flight end well. */
export async function stopAll(composition: Composition): Promise<void> {
  const all = [...composition.values()];
  const services = all.filter(({ name }) => SERVICE_NAMES.includes(name));
  await Promise.all(services.map((program) => program.stop()));
  await Promise.all(all.filter((program) => !services.includes(program)).map((program) => program.stop()));
}

export interface Readiness {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** As in {@link CompositionOptions}. */
  readonly only?: readonly string[];
}

/** Waits until every service answers `/readyz` with 200; rejects with the reasons of the last answers when time is up. */
export async function allReady(landscape: LocalLandscape, { timeoutMs, signal, only = SERVICE_NAMES }: Readiness): Promise<void> {
  const services = SERVICES.filter(({ name }) => only.includes(name));
  const end = Date.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const answers = await Promise.all(services.map(async (service) => [service.name, await readiness(service.port(landscape))] as const));
    const late = answers.filter(([, problem]) => problem !== undefined);
    if (late.length === 0) return;
    if (Date.now() > end) throw new Error(`Not ready after ${timeoutMs / 1000} s: ${late.map(([name, problem]) => `${name} (${problem})`).join(', ')}. Logs: ${landscape.folder}/logs.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function readiness(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok ? undefined : (await answer.text()).slice(0, 300);
  } catch {
    return 'does not answer yet';
  }
}

function isPart(name: string, { only }: CompositionOptions): boolean {
  return only === undefined || only.includes(name);
}

function moduleOf(folder: string, file: string): string {
  return path.join(ROOT, 'services', folder, file);
}

function programOf(service: Service, options: CompositionOptions): Program {
  return { name: service.name, module: moduleOf(service.folder, service.main), environment: { ...environmentOf(options, service.port(options.landscape)), ...options.extra?.[service.name] } };
}

/** A program of the landscape for a second instance: the same service on another port. */
export function secondInstance(name: string, port: number, options: CompositionOptions): Program {
  const service = SERVICES.find((one) => one.name === name);
  if (!service) throw new Error(`No service is called ${name}; there are ${SERVICE_NAMES.join(', ')}.`);
  return { ...programOf({ ...service, port: () => port }, options), name: `${name}-second`, nodeOptions: options.nodeOptions ?? [] };
}

/** Variables that every service reads. */
export function environmentOf({ landscape, backbone, topicPrefix = '' }: CompositionOptions, port: number): Record<string, string> {
  const { folder, secrets, rulesFolder } = landscape;
  return {
    PORT: String(port),
    DATABASE_URL: backbone.databaseUrl,
    KAFKA_BROKERS: backbone.brokers.join(','),
    TOPIC_PREFIX: topicPrefix,
    LANDSCAPE_FILE: path.join(folder, 'systems.yaml'),
    CALLERS_FILE: path.join(folder, 'callers.yaml'),
    OPERATORS_FILE: path.join(folder, 'operators.yaml'),
    RULES_DIR: rulesFolder,
    SALES_CLOUD_PASSWORD: secrets.salesCloudPassword,
    FIELDGLASS_VIRTUAL_PERSON: 'rolebridge',
    FIELDGLASS_LICENSE_KEY: secrets.fieldglassLicenseKey,
    FIELDGLASS_UPLOAD_USER: 'rolebridge.ws',
    FIELDGLASS_UPLOAD_PASSWORD: secrets.fieldglassUploadPassword,
  };
}

function simulators({ landscape, extra }: CompositionOptions): readonly Program[] {
  const { ports, secrets } = landscape;
  return [
    {
      name: 'simulated-sales-cloud',
      module: moduleOf('connector-sales-cloud', 'dist/simulator/main.js'),
      environment: {
        PORT: String(ports.salesCloud),
        SIMULATOR_PASSWORD: secrets.salesCloudPassword,
        SIMULATOR_SENDER_PARTY: PARTIES.senderParty,
        SIMULATOR_RECIPIENT_PARTY: PARTIES.recipientParty,
        ...extra?.['simulated-sales-cloud'],
      },
    },
    {
      name: 'simulated-fieldglass',
      module: moduleOf('connector-fieldglass', 'dist/simulator/main.js'),
      environment: {
        PORT: String(ports.fieldglass),
        FIELDGLASS_VIRTUAL_PERSON: 'rolebridge',
        FIELDGLASS_LICENSE_KEY: secrets.fieldglassLicenseKey,
        FIELDGLASS_UPLOAD_USERNAME: 'rolebridge.ws',
        FIELDGLASS_UPLOAD_PASSWORD: secrets.fieldglassUploadPassword,
        ...extra?.['simulated-fieldglass'],
      },
    },
  ];
}
