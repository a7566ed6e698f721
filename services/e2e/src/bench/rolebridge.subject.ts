import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { landscapeTopics } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import { connectDatabase } from '@rolebridge/persistence';
import { allReady, compose, type CompositionOptions, migrateAll, ROOT, stopAll } from '../landscape/composition.ts';
import { DEFAULT_PORTS, type LocalLandscape, localLandscape, type Ports } from '../landscape/local-landscape.ts';
import { answers, CONCURRENCY, crewOf, freePorts, type Ground, namesOf, stubEffects } from './ground.ts';
import type { Subject } from './measure.ts';

const READY_WITHIN_MS = 60_000;
const SERVICES = ['ingest', 'role-mapping', 'connector-sales-cloud'] as const;

/** Rolebridge with what only it has. */
export interface RolebridgeSubject extends Subject {
  /** Address of the stub target. */
  readonly targetUrl: string;
  readonly landscape: LocalLandscape;
}

export interface RolebridgeOptions {
  /** Calls in flight per target. */
  readonly concurrency?: number;
  /** Calls a minute per target; default: no limit. */
  readonly perMinute?: number;
  /** Services that run; default: all that stand between the front door and the target. */
  readonly only?: readonly string[];
}

/** Rolebridge as it is deployed: real services, default settings, the rules of `deploy/rules`; systems of kind Sales Cloud, all behind one stub target. */
export async function rolebridgeSubject(ground: Ground, { only = SERVICES, ...limits }: RolebridgeOptions = {}): Promise<RolebridgeSubject> {
  const landscape = await landscapeOf(ground, limits);
  const crew = crewOf(ground);
  const options: CompositionOptions = {
    landscape,
    backbone: ground,
    topicPrefix: ground.topicPrefix,
    only,
    nodeOptions: ground.nodeOptions,
    onRestart: crew.onRestart,
  };
  await Promise.all([migrateAll(options), createTopics(ground, landscape)]);
  const targetUrl = `http://127.0.0.1:${landscape.ports.salesCloud}`;
  const stub = crew.start({ name: 'stub target', module: './stub-target.js', environment: { PORT: String(landscape.ports.salesCloud) } });
  const composition = compose(options);
  const database = connectDatabase({ url: ground.databaseUrl, schema: 'public', applicationName: 'bench' });
  const stop = async (): Promise<void> => {
    await stopAll(composition);
    await stub.stop();
    await database.close();
  };
  try {
    await answers(`${targetUrl}/times`, READY_WITHIN_MS);
    await allReady(landscape, { timeoutMs: READY_WITHIN_MS, signal: crew.broken, only });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'Rolebridge',
    url: `http://127.0.0.1:${landscape.ports.ingest}`,
    token: landscape.secrets.callerToken,
    targets: ground.targets,
    ...stubEffects(targetUrl),
    targetUrl,
    landscape,
    names: () => namesOf([...composition.values(), stub], database),
    broken: crew.broken,
    stop,
  };
}

async function landscapeOf({ folder, targets }: Ground, limits: Omit<RolebridgeOptions, 'only'>): Promise<LocalLandscape> {
  const systems = Array.from({ length: targets }, (_, index) => (index === 0 ? 'sales-cloud' : `sales-cloud-${index + 1}`));
  const rulesFolder = path.join(folder, 'rules');
  await rm(rulesFolder, { recursive: true, force: true });
  for (const system of systems) await cp(path.join(ROOT, 'deploy', 'rules', 'sales-cloud'), path.join(rulesFolder, system), { recursive: true });
  return localLandscape({ folder, rulesFolder, systems, concurrency: CONCURRENCY, ...limits, ports: await portsOf() });
}

async function portsOf(): Promise<Ports> {
  const [ingest, roleMapping, connectorSalesCloud, salesCloud] = await freePorts(4);
  if (!ingest || !roleMapping || !connectorSalesCloud || !salesCloud) throw new Error('This machine has no free ports.');
  return { ...DEFAULT_PORTS, ingest, roleMapping, connectorSalesCloud, salesCloud };
}

async function createTopics({ brokers, topicPrefix }: Ground, { systems }: LocalLandscape): Promise<void> {
  const admin = await connectKafka({ brokers, clientId: 'bench' }).admin();
  await admin.createTopics(landscapeTopics(systems, topicPrefix));
  await admin.close();
}
