import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';

/** Ports of everything that listens, on the loopback address. */
export interface Ports {
  readonly ingest: number;
  readonly roleMapping: number;
  readonly connectorSalesCloud: number;
  readonly connectorFieldglass: number;
  readonly salesCloud: number;
  readonly fieldglass: number;
}

export const DEFAULT_PORTS: Ports = { ingest: 8080, roleMapping: 8081, connectorSalesCloud: 8082, connectorFieldglass: 8083, salesCloud: 8092, fieldglass: 8093 };

/** Made once per landscape, kept beside it, readable by its owner alone. */
export interface LocalSecrets {
  readonly callerToken: string;
  readonly callerPassword: string;
  readonly operatorToken: string;
  readonly salesCloudPassword: string;
  readonly fieldglassLicenseKey: string;
  readonly fieldglassUploadPassword: string;
}

/** A landscape on this machine: its files, ports and secrets. */
export interface LocalLandscape {
  readonly folder: string;
  readonly ports: Ports;
  readonly secrets: LocalSecrets;
  readonly rulesFolder: string;
  readonly systems: readonly string[];
}

export interface LocalLandscapeOptions {
  readonly folder: string;
  readonly rulesFolder: string;
  readonly ports?: Ports;
  /** Calls in flight per target, default 16. */
  readonly concurrency?: number;
  /** Calls per minute and target, default 0: no limit. */
  readonly perMinute?: number;
  /** How long a target may take until what was sent shows; default 1 000 ms. */
  readonly settleMs?: number;
  /** Time-out of one call at a target; default 5 000 ms. */
  readonly timeoutMs?: number;
  /** Whether Fieldglass only receives uploads and tells later, in its audit trail, what became of them. */
  readonly asynchronousUploads?: boolean;
  /** The brake over all systems, as written in `systems.yaml`; default: its own. */
  readonly brake?: { readonly enabled: boolean };
  /** Further entries of `systems.yaml`, as written there. */
  readonly further?: readonly FurtherSystem[];
  /** Names of the systems, default {@link SYSTEMS}; `sales-cloud-2`, `sales-cloud-3`, … lie behind the first one's address, each with a path of its own. */
  readonly systems?: readonly string[];
}

/** A system that only tests know. */
export interface FurtherSystem {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  readonly operatorUrl: string;
}

export const SYSTEMS = ['sales-cloud', 'fieldglass'] as const;

/** Party names of the simulated communication arrangement. */
export const PARTIES = { senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM' } as const;

/** Writes the files of a landscape with the simulated targets; its secrets are drawn once and then kept. */
export async function localLandscape(options: LocalLandscapeOptions): Promise<LocalLandscape> {
  const { folder, rulesFolder, ports = DEFAULT_PORTS, systems = SYSTEMS, further = [] } = options;
  await mkdir(path.join(folder, 'logs'), { recursive: true });
  const secrets = await keptSecrets(path.join(folder, 'secrets.json'));
  await Promise.all([
    writeFile(path.join(folder, 'systems.yaml'), stringify(systemsFile(options, ports))),
    writeFile(path.join(folder, 'callers.yaml'), stringify(callersFile(secrets)), { mode: 0o600 }),
    writeFile(path.join(folder, 'operators.yaml'), stringify(operatorsFile(secrets)), { mode: 0o600 }),
    writeFile(path.join(folder, 'operator-token'), secrets.operatorToken, { mode: 0o600 }),
  ]);
  return { folder, ports, secrets, rulesFolder, systems: [...systems, ...further.map(({ name }) => name)] };
}

async function keptSecrets(file: string): Promise<LocalSecrets> {
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as LocalSecrets; // written below
  const draw = (): string => randomBytes(24).toString('base64url');
  const secrets: LocalSecrets = {
    callerToken: draw(),
    callerPassword: draw(),
    operatorToken: draw(),
    salesCloudPassword: draw(),
    fieldglassLicenseKey: draw(),
    fieldglassUploadPassword: draw(),
  };
  await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

/** Random tokens need no slow hash: there is nothing to guess (libs/access). */
const hashed = (token: string): string => `sha256$${createHash('sha256').update(token).digest('hex')}`;

function callersFile(secrets: LocalSecrets): object {
  return { callers: [{ name: 'ips', user: 'ips', rights: ['read', 'write'], secrets: [hashed(secrets.callerToken), hashed(secrets.callerPassword)] }] };
}

function operatorsFile({ operatorToken }: LocalSecrets): object {
  return { operators: [{ name: 'night-shift', user: 'night-shift', rights: ['read', 'operate', 'approve'], secrets: [hashed(operatorToken)] }] };
}

function systemsFile({ settleMs = 1_000, systems = SYSTEMS, further = [], brake, asynchronousUploads = false, ...limits }: LocalLandscapeOptions, ports: Ports): object {
  const common = { mode: 'active', limits: limitsOf(limits), settleMs };
  const simulated = systems.map((name) => ({ name, ...common, ...(name === 'fieldglass' ? fieldglass(ports, asynchronousUploads) : salesCloud(name, ports)) }));
  return { ...(brake ? { brake } : {}), systems: [...simulated, ...further.map((system) => ({ ...common, ...system }))] };
}

function limitsOf({ concurrency = 16, perMinute = 0, timeoutMs = 5_000 }: Pick<LocalLandscapeOptions, 'concurrency' | 'perMinute' | 'timeoutMs'>): object {
  return { concurrency, perMinute, timeoutMs };
}

const at = (port: number): string => `http://127.0.0.1:${port}`;

function salesCloud(name: string, ports: Ports): object {
  return {
    kind: 'sales-cloud',
    url: at(ports.salesCloud),
    operatorUrl: at(ports.connectorSalesCloud),
    settings: {
      ...PARTIES,
      ...(name === 'sales-cloud' ? {} : { path: `/${name}` }),
      generationHeader: true,
      authentication: { kind: 'basic', user: '_ROLEBRIDGE', password: { env: 'SALES_CLOUD_PASSWORD' } },
    },
  };
}

function fieldglass(ports: Ports, asynchronousUploads: boolean): object {
  return {
    kind: 'fieldglass',
    url: at(ports.fieldglass),
    operatorUrl: at(ports.connectorFieldglass),
    settings: {
      generationHeader: true,
      ...(asynchronousUploads ? { asynchronous: { pollEveryMs: 200, pollForMs: 3_000 } } : {}),
      virtualPersonName: { env: 'FIELDGLASS_VIRTUAL_PERSON' },
      licenseKey: { env: 'FIELDGLASS_LICENSE_KEY' },
      uploadUsername: { env: 'FIELDGLASS_UPLOAD_USER' },
      uploadPassword: { env: 'FIELDGLASS_UPLOAD_PASSWORD' },
    },
  };
}
