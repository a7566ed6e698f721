import { cp } from 'node:fs/promises';
import path from 'node:path';
import { landscapeTopics } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import { type Program, runOnce, supervise, type Supervised } from '../../landscape/children.ts';
import { allReady, type Backbone, compose, type CompositionOptions, environmentOf, migrateAll, ROOT, secondInstance, startAgain, stopAll } from '../../landscape/composition.ts';
import { emptyDatabase } from '../../landscape/empty-database.ts';
import { freePorts } from '../../landscape/free-ports.ts';
import { type LocalLandscape, localLandscape } from '../../landscape/local-landscape.ts';
import type { Dialect } from '../directory/plan.ts';
import { CHAOS_SERVICES, type ChaosService } from '../faults/schedule.ts';
import { CHAOS_SYSTEMS, type ChaosSystem } from '../stories/oracle.ts';

export interface StageOptions {
  readonly seed: number;
  /** For files and logs. */
  readonly folder: string;
  readonly backbone: Backbone;
  /** Name of the database and, with a dot, prefix of the topics: lower case letters, digits and underscores. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** The systems of this landscape; default all. */
  readonly systems?: readonly ChaosSystem[];
  /** Module that is loaded before every program, and the variables it reads by name of the program. */
  readonly preload?: { readonly module: string; readonly environment: (program: string) => Readonly<Record<string, string>> };
}

/** A program that ended although nobody stopped it. */
export interface Exit {
  readonly program: string;
  readonly how: string;
  readonly atMs: number;
}

const READY_WITHIN_MS = 120_000;
const SETTLE_MS = 4_000;
const TIMEOUT_MS = 2_000;
const SEARCH_LAG_MS = 1_000;
const PROCESSING_MS = 700;

const at = (port: number): string => `http://127.0.0.1:${port}`;
const module = (file: string): string => path.join(ROOT, 'services', 'e2e', 'dist', 'chaos', 'directory', file);

/** Starts everything on a database and topics of its own; when that fails nothing is left running. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const ports = await portsOf();
  const directory = { name: 'chaos-directory', kind: 'x-directory', url: at(ports.directory), operatorUrl: at(ports.connectorDirectory), ...speaking(options) };
  const { folder, systems = CHAOS_SYSTEMS } = options;
  const rulesFolder = path.join(folder, 'rules');
  for (const system of systems) await cp(path.join(ROOT, 'services', 'e2e', 'rules', system), path.join(rulesFolder, system), { recursive: true });
  const simulated = systems.filter((system) => system !== directory.name);
  const landscape = await localLandscape({ folder, rulesFolder, ports, systems: simulated, settleMs: SETTLE_MS, timeoutMs: TIMEOUT_MS, further: [directory], brake: { enabled: false }, asynchronousUploads: isAsynchronous(options) });
  const stage = new Stage({ ...options, backbone: { ...options.backbone, databaseUrl: await emptyDatabase(options.backbone, options.name) } }, landscape, ports);
  try {
    await stage.start();
  } catch (error) {
    await stage.stop();
    throw error;
  }
  return stage;
}

/** The landscape of a run: all services as processes, two simulated SAP targets, the chaos directory with its connector. */
export class Stage {
  readonly landscape: LocalLandscape;
  readonly backbone: Backbone;
  readonly topicPrefix: string;
  readonly systems: readonly ChaosSystem[];
  readonly frontDoor: string;
  readonly targets: Readonly<Record<ChaosSystem, string>>;
  /** Operator interface of the connector of each system. */
  readonly operators: Readonly<Record<ChaosSystem, string>>;
  /** Everything that ended although nobody stopped it. */
  readonly exits: Exit[] = [];
  readonly #options: StageOptions;
  readonly #composition: CompositionOptions;
  readonly #ports: Listeners;
  readonly #programs = new Map<string, Supervised>();
  readonly #further: Supervised[] = [];

  constructor(options: StageOptions, landscape: LocalLandscape, ports: Listeners) {
    this.#options = options;
    this.#ports = ports;
    this.landscape = landscape;
    this.backbone = options.backbone;
    this.topicPrefix = `${options.name}.`;
    this.systems = options.systems ?? CHAOS_SYSTEMS;
    this.frontDoor = at(ports.ingest);
    this.targets = { 'sales-cloud': at(ports.salesCloud), fieldglass: at(ports.fieldglass), 'chaos-directory': at(ports.directory) };
    this.operators = { 'sales-cloud': at(ports.connectorSalesCloud), fieldglass: at(ports.connectorFieldglass), 'chaos-directory': at(ports.connectorDirectory) };
    this.#composition = {
      landscape,
      backbone: this.backbone,
      topicPrefix: this.topicPrefix,
      only: ['ingest', 'role-mapping', ...this.systems.flatMap((system) => [`connector-${system}`, `simulated-${system}`])],
      extra: extraOf(options),
      nodeOptions: options.preload ? ['--import', options.preload.module] : [],
      onRestart: (program, how) => void this.exits.push({ program, how, atMs: Date.now() }),
    };
  }

  async start(): Promise<void> {
    const { landscape, backbone, topicPrefix } = this;
    const directoryJob = { ...this.#directoryConnector(), name: 'migration of the directory connector', module: module('migrate.js') };
    await Promise.all([migrateAll(this.#composition), runOnce(directoryJob), createTopics(landscape.systems, backbone, topicPrefix)]);
    for (const [name, program] of compose(this.#composition)) this.#programs.set(name, program);
    for (const program of [this.#directory(), this.#directoryConnector()]) this.#programs.set(program.name, this.#supervised(program));
    await allReady(landscape, { timeoutMs: READY_WITHIN_MS, signal: this.#options.signal, only: this.#composition.only ?? [] });
  }

  program(name: string): Supervised {
    const program = this.#programs.get(name);
    if (!program) throw new Error(`Nothing is called ${name}; there are ${[...this.#programs.keys()].join(', ')}.`);
    return program;
  }

  /** Starts a second instance of a service; it must be stopped. */
  async second(service: ChaosService): Promise<Supervised> {
    const [port = 0] = await freePorts(1);
    const program = service === 'connector-x-directory' ? this.#directoryConnector(port) : secondInstance(service, port, this.#composition);
    const running = this.#supervised({ ...program, name: `${service}-second` });
    this.#further.push(running);
    return running;
  }

  /** Ends every service in an orderly way, the front door first; the targets stay. */
  async stopServices(): Promise<void> {
    for (const service of CHAOS_SERVICES) await this.#programs.get(service)?.stop();
  }

  /** Starts what {@link stopServices} ended. */
  startServices(): void {
    for (const [name, program] of startAgain(CHAOS_SERVICES, this.#composition)) this.#programs.set(name, program);
    this.#programs.set(DIRECTORY_CONNECTOR, this.#supervised(this.#directoryConnector()));
  }

  /** The job of a stopped service after the database was put back. */
  async restored(service: ChaosService): Promise<void> {
    const program = service === DIRECTORY_CONNECTOR ? this.#directoryConnector(0) : secondInstance(service, 0, this.#composition);
    await runOnce({ ...program, name: `${service} restored`, arguments: ['restored'] });
  }

  async stop(): Promise<void> {
    const connector = this.#programs.get(DIRECTORY_CONNECTOR);
    await Promise.all([...this.#further, ...(connector ? [connector] : [])].map((program) => program.stop()));
    await stopAll(this.#programs);
  }

  #supervised(program: Program): Supervised {
    return supervise(program, { logFolder: path.join(this.landscape.folder, 'logs'), onRestart: this.#composition.onRestart });
  }

  #directory(): Program {
    const environment = { PORT: String(this.#ports.directory), SEARCH_LAG_MS: String(SEARCH_LAG_MS), SIMULATOR_SEED: String(this.#options.seed) };
    return { name: 'simulated-directory', module: module('simulator-main.js'), environment };
  }

  #directoryConnector(port: number = this.#ports.connectorDirectory): Program {
    const environment = { ...environmentOf(this.#composition, port), ...this.#composition.extra?.[DIRECTORY_CONNECTOR] };
    return { name: DIRECTORY_CONNECTOR, module: module('main.js'), environment, nodeOptions: this.#composition.nodeOptions ?? [] };
  }
}

/** Every second seed meets a Fieldglass that processes uploads later. */
function isAsynchronous({ seed }: StageOptions): boolean {
  return seed % 2 === 0;
}

/** Half of the seeds, whatever Fieldglass does, speak to the directory in bundles and by full lists of groups; few calls at once fill the bundles. */
export function dialectOf({ seed }: Pick<StageOptions, 'seed'>): Dialect {
  return seed % 4 >= 2 ? 'shared' : 'single';
}

/** Entries of `systems.yaml`. */
function speaking(options: StageOptions): object {
  const dialect = dialectOf(options);
  return { settings: { dialect }, ...(dialect === 'shared' ? { limits: { concurrency: FEW_CALLS, timeoutMs: TIMEOUT_MS } } : {}) };
}

const FEW_CALLS = 3;

function extraOf(options: StageOptions): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const { seed, preload } = options;
  const services = preload ? Object.fromEntries(CHAOS_SERVICES.map((name) => [name, preload.environment(name)])) : {};
  return { ...services, 'simulated-sales-cloud': { SIMULATOR_SEED: String(seed) }, 'simulated-fieldglass': { SEARCH_LAG_MS: String(SEARCH_LAG_MS), ASYNCHRONOUS_MS: String(isAsynchronous(options) ? PROCESSING_MS : 0) } };
}

const DIRECTORY_CONNECTOR = 'connector-x-directory';

const LISTENERS = ['ingest', 'roleMapping', 'connectorSalesCloud', 'connectorFieldglass', 'salesCloud', 'fieldglass', 'directory', 'connectorDirectory'] as const;

type Listeners = Readonly<Record<(typeof LISTENERS)[number], number>>;

async function portsOf(): Promise<Listeners> {
  const free = await freePorts(LISTENERS.length);
  return Object.fromEntries(LISTENERS.map((name, index) => [name, free[index] ?? 0])) as Listeners; // one for each name
}

async function createTopics(systems: readonly string[], { brokers }: Backbone, prefix: string): Promise<void> {
  const admin = await connectKafka({ brokers, clientId: 'chaos' }).admin();
  await admin.createTopics(landscapeTopics(systems, prefix));
  await admin.close();
}
