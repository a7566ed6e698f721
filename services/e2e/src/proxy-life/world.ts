import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testStack, uniquePrefix, uniqueSchema } from '@rolebridge/local-stack';
import { parse, stringify } from 'yaml';
import { compose, type Composition, ROOT, SERVICE_NAMES, stopAll } from '../landscape/composition.ts';
import { emptyDatabase } from '../landscape/empty-database.ts';
import { freePorts } from '../landscape/free-ports.ts';
import { launch } from '../landscape/launch.ts';
import { localLandscape, type LocalLandscape, type Ports } from '../landscape/local-landscape.ts';
import { ProxyClient } from './proxy-client.ts';
import { FieldglassAdministrator, type FieldglassSide, fieldglassSide } from './target-side.ts';

export interface WorldOptions {
  /** How many groups SAP Fieldglass has. */
  readonly groups: number;
  /** Rules; default those of the sample landscape. */
  readonly rulesFolder?: string;
  /** What stood in SAP Fieldglass before anybody here looked. */
  readonly before: (administrator: FieldglassAdministrator, side: () => Promise<FieldglassSide>) => Promise<void>;
}

/** The whole landscape as processes, on the broker and the database of this test run, with SAP IDM and SAP IAG as callers of the proxy API. */
export interface World {
  readonly idm: ProxyClient;
  readonly iag: ProxyClient;
  readonly landscape: LocalLandscape;
  fieldglass(): Promise<FieldglassSide>;
  close(): Promise<void>;
}

const SECRETS = { idm: 'idm-secret-of-this-test-0123456789abcdef', iag: 'iag-secret-of-this-test-0123456789abcdef' } as const;
const hashed = (token: string): string => `sha256$${createHash('sha256').update(token).digest('hex')}`;

export async function openWorld({ groups, before, rulesFolder }: WorldOptions): Promise<World> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-proxy-'));
  const [ingest = 0, roleMapping = 0, connectorSalesCloud = 0, connectorFieldglass = 0, salesCloud = 0, fieldglass = 0] = await freePorts(6);
  const ports: Ports = { ingest, roleMapping, connectorSalesCloud, connectorFieldglass, salesCloud, fieldglass };
  const landscape = await localLandscape({ folder, rulesFolder: rulesOr(rulesFolder), ports });
  await admit(folder);
  const { brokers, databaseUrl } = await testStack();
  const options = { landscape, backbone: { brokers, databaseUrl: await emptyDatabase({ databaseUrl }, uniqueSchema()) }, topicPrefix: uniquePrefix(), extra: { 'simulated-fieldglass': { GROUP_COUNT: String(groups) } }, onRestart: () => undefined };
  const target = `http://127.0.0.1:${fieldglass}`;
  const targets = compose({ ...options, only: ['simulated-sales-cloud', 'simulated-fieldglass'] });
  const services: { running: Composition } = { running: new Map() };
  const close = async (): Promise<void> => {
    await stopAll(services.running);
    await stopAll(targets);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(async () => (await fieldglassSide(target)).users.length === 0);
    await before(await FieldglassAdministrator.signIn(target, landscape.secrets.fieldglassLicenseKey), () => fieldglassSide(target));
    services.running = await launch({ ...options, only: SERVICE_NAMES }, new AbortController().signal);
  } catch (error) {
    await close();
    throw error;
  }
  const client = (name: keyof typeof SECRETS): ProxyClient => new ProxyClient(`http://127.0.0.1:${ingest}`, name, SECRETS[name]);
  return { idm: client('idm'), iag: client('iag'), landscape, fieldglass: () => fieldglassSide(target), close };
}

function rulesOr(folder: string | undefined): string {
  return folder ?? path.join(ROOT, 'deploy', 'rules');
}

/** Both are answered once the target has it: IDM needs its answer, and so does an access request. */
async function admit(folder: string): Promise<void> {
  const [callersFile, systemsFile] = [path.join(folder, 'callers.yaml'), path.join(folder, 'systems.yaml')];
  const { callers } = parse(await readFile(callersFile, 'utf8')) as { readonly callers: readonly object[] }; // written by localLandscape
  const proxying = Object.entries(SECRETS).map(([name, secret]) => ({ name, rights: ['read', 'write'], resources: ['proxy'], systems: ['sales-cloud', 'fieldglass'], answer: 'applied', secrets: [hashed(secret)] }));
  await writeFile(callersFile, stringify({ callers: [...callers, ...proxying] }));
  const { systems } = parse(await readFile(systemsFile, 'utf8')) as { readonly systems: readonly object[] }; // likewise
  await writeFile(systemsFile, stringify({ systems: systems.map((system) => ({ ...system, proxy: { observeEverySeconds: 2, waitMs: 20_000 } })) }));
}

/** Waits until it is so; an error that it never became so. */
export async function eventually(isSo: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    if (await isSo().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
