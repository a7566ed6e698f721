import { Writable } from 'node:stream';
import type { ConnectorDependencies, FetchedToken, SharedToken } from '@rolebridge/connector-sdk';
import type { System } from '@rolebridge/landscape';
import { createLogger } from '@rolebridge/observability';
import type { Fault, RunningSimulator } from '@rolebridge/simulator-kit';
import { startFieldglassSimulator } from '../simulator/fieldglass.simulator.ts';
import type { FieldglassSimulatorOptions } from '../simulator/options.ts';
import { fieldglassConnector } from '../src/fieldglass.connector.ts';
import type { FieldglassConnector } from './link-record.ts';

export const SECRETS = {
  FIELDGLASS_VIRTUAL_PERSON: 'virtual.person',
  FIELDGLASS_LICENSE_KEY: 'licence-key-0815',
  FIELDGLASS_UPLOAD_USERNAME: 'ws.user',
  FIELDGLASS_UPLOAD_PASSWORD: 'pass<&>word',
} as const;

export const SETTINGS = {
  virtualPersonName: { env: 'FIELDGLASS_VIRTUAL_PERSON' },
  licenseKey: { env: 'FIELDGLASS_LICENSE_KEY' },
  uploadUsername: { env: 'FIELDGLASS_UPLOAD_USERNAME' },
  uploadPassword: { env: 'FIELDGLASS_UPLOAD_PASSWORD' },
  waitingPattern: { returnCode: 106, explanation: 'user .* does not exist' },
} as const;

export function systemAt(url: string, settings: object = {}, limits: Partial<System['limits']> = {}): System {
  return {
    name: 'fieldglass',
    kind: 'fieldglass',
    mode: 'active',
    url,
    settleMs: 1_000,
    limits: { concurrency: 8, perMinute: 0, timeoutMs: 2_000, ...limits },
    settings: { ...SETTINGS, ...settings },
  };
}

/** The token as the SDK shares it over PostgreSQL, here over an object that several connectors are given. */
export function tokenShelf(): ConnectorDependencies['sharedToken'] {
  const kept = new Map<string, string>();
  const flights = new Map<string, Promise<string>>();
  return (name, fetch: () => Promise<FetchedToken>): SharedToken => {
    const once = (): Promise<string> => {
      const flight = flights.get(name) ?? fetch().then(({ value }) => (kept.set(name, value), value)).finally(() => flights.delete(name));
      flights.set(name, flight);
      return flight;
    };
    return {
      get: async () => kept.get(name) ?? once(),
      replace: async (used) => {
        const now = kept.get(name);
        return now !== undefined && now !== used ? now : once();
      },
    };
  };
}

export interface SimulatedState {
  readonly users: readonly { readonly id: string; readonly userName: string; readonly active: boolean; readonly attributes: Readonly<Record<string, unknown>>; readonly units: readonly string[]; readonly roles: readonly string[] }[];
  readonly effects: readonly { readonly kind: string; readonly userName: string; readonly generation?: string }[];
  readonly tokensIssued: number;
  readonly groups: readonly { readonly id: string; readonly displayName: string; readonly members: readonly string[] }[];
}

/** A simulated Fieldglass with connectors that speak to it over HTTP, and everything they wrote to the log. */
export class Rig {
  readonly simulator: RunningSimulator;
  readonly #connectors: FieldglassConnector[] = [];
  readonly #shelf = tokenShelf();
  readonly #lines: string[] = [];

  constructor(simulator: RunningSimulator) {
    this.simulator = simulator;
  }

  static async start(options: Partial<FieldglassSimulatorOptions> = {}): Promise<Rig> {
    for (const [name, value] of Object.entries(SECRETS)) process.env[name] = value;
    return new Rig(
      await startFieldglassSimulator({
        port: 0,
        virtualPersonName: SECRETS.FIELDGLASS_VIRTUAL_PERSON,
        licenseKey: SECRETS.FIELDGLASS_LICENSE_KEY,
        uploadUsername: SECRETS.FIELDGLASS_UPLOAD_USERNAME,
        uploadPassword: SECRETS.FIELDGLASS_UPLOAD_PASSWORD,
        ...options,
      }),
    );
  }

  connector(settings: object = {}, limits: Partial<System['limits']> = {}): FieldglassConnector {
    const destination = new Writable({ write: (chunk: Buffer, _, done) => (this.#lines.push(chunk.toString('utf8')), done()) });
    const log = createLogger({ service: 'connector-fieldglass', level: 'trace', destination });
    const connector = fieldglassConnector(systemAt(this.simulator.url, settings, limits), { log, sharedToken: this.#shelf });
    this.#connectors.push(connector);
    return connector;
  }

  async state(): Promise<SimulatedState> {
    return (await (await fetch(`${this.simulator.url}/_simulator/state`)).json()) as SimulatedState; // our own simulator
  }

  async calls(): Promise<readonly { readonly operation: string; readonly result: string }[]> {
    const page = (await (await fetch(`${this.simulator.url}/_simulator/calls`)).json()) as { readonly calls: readonly { readonly operation: string; readonly result: string }[] }; // our own simulator
    return page.calls;
  }

  async order(fault: Fault): Promise<void> {
    const response = await fetch(`${this.simulator.url}/_simulator/faults`, { method: 'POST', body: JSON.stringify(fault) });
    if (response.status !== 201) throw new Error(`The fault was not ordered: ${await response.text()}`);
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.simulator.url}/_simulator/faults`, { method: 'DELETE' });
  }

  get log(): string {
    return this.#lines.join('');
  }

  async close(): Promise<void> {
    for (const connector of this.#connectors) await connector.close?.();
    await this.simulator.close();
  }
}
