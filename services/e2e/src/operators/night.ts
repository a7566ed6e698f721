import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { TOPICS, type UserChange } from '@rolebridge/contracts';
import type { Fault } from '@rolebridge/simulator-kit';
import { testStack, uniquePrefix, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase, type Database } from '@rolebridge/persistence';
import { parse, stringify } from 'yaml';
import { allReady, type Composition, type CompositionOptions, ROOT, startAgain, stopAll } from '../landscape/composition.ts';
import { emptyDatabase } from '../landscape/empty-database.ts';
import { freePorts } from '../landscape/free-ports.ts';
import { launch } from '../landscape/launch.ts';
import { type LocalLandscape, localLandscape } from '../landscape/local-landscape.ts';
import { type FieldglassSide, fieldglassSide } from '../proxy-life/target-side.ts';
import type { Person } from '../story/people.ts';
import { type Source, scimSource } from '../story/source.ts';

const CONNECTOR = 'connector-fieldglass';
const PROGRAMS = ['simulated-fieldglass', 'ingest', 'role-mapping', CONNECTOR];

/** The command as it is installed: `npx rolebridge`. */
const COMMAND = path.join(ROOT, 'services', 'cli', 'bin', 'rolebridge.js');

/** Everybody is called so: nothing that is printed or kept for operators may contain it. */
export const NAME = { givenName: 'Gesine', familyName: 'Winterbottom' } as const;

/** Operators by name, with their rights. */
const OPERATORS = { watcher: ['read'], operator: ['read', 'operate'], head: ['read', 'operate', 'approve'] } as const;
export type OperatorName = keyof typeof OPERATORS;

/** What a command said, and how it ended. */
export interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that still runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly told: Promise<Told>;
}

/** A landscape as processes with SAP Fieldglass as its only target, whose brake lets two people through, and three operators with their command line. */
export class Night {
  readonly source: Source;
  readonly database: Database;
  readonly #parts: NightParts;
  readonly #ids = new Map<string, string>();
  #composition: Composition;

  private constructor(parts: NightParts, composition: Composition) {
    const { ports, secrets } = parts.options.landscape;
    this.#parts = parts;
    this.#composition = composition;
    this.source = scimSource(`http://127.0.0.1:${ports.ingest}`, secrets.callerToken);
    this.database = connectDatabase({ url: parts.options.backbone.databaseUrl, schema: 'connector_fieldglass', applicationName: 'night' });
  }

  static async open(): Promise<Night> {
    const folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-night-'));
    const [ingest = 0, roleMapping = 0, connectorFieldglass = 0, fieldglass = 0] = await freePorts(4);
    const ports = { ingest, roleMapping, connectorFieldglass, fieldglass, connectorSalesCloud: 0, salesCloud: 0 };
    const rulesFolder = path.join(folder, 'rules');
    await cp(path.join(ROOT, 'deploy', 'rules', 'fieldglass'), path.join(rulesFolder, 'fieldglass'), { recursive: true });
    const landscape = await localLandscape({ folder, rulesFolder, ports, systems: ['fieldglass'], settleMs: 300, brake: { enabled: false } });
    const tokens = await admit(folder);
    await brakeAfter(folder, 2);
    const { brokers, databaseUrl } = await testStack();
    const backbone = { brokers, databaseUrl: await emptyDatabase({ databaseUrl }, uniqueSchema()) };
    const options: CompositionOptions = { landscape, backbone, topicPrefix: uniquePrefix(), only: PROGRAMS, onRestart: () => undefined };
    return new Night({ options, tokens }, await launch(options, new AbortController().signal));
  }

  async close(): Promise<void> {
    await stopAll(this.#composition);
    await this.database.close();
    await rm(this.#parts.options.landscape.folder, { recursive: true, force: true });
  }

  /** Types a command. */
  type(who: OperatorName, ...argv: readonly string[]): Running {
    const { landscape } = this.#parts.options;
    const { PATH, HOME } = process.env;
    const at = (port: number): string => `http://127.0.0.1:${port}`;
    const env = { PATH, HOME, LANDSCAPE_FILE: path.join(landscape.folder, 'systems.yaml'), INGEST_URL: at(landscape.ports.ingest), ROLE_MAPPING_URL: at(landscape.ports.roleMapping), ROLEBRIDGE_TOKEN: this.#parts.tokens[who] };
    const child = spawn(process.execPath, [COMMAND, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const told = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(([out, err, [code]]): Told => ({ code: code as number | null, out, err })); // node's events are untyped
    return { child, told };
  }

  rolebridge(who: OperatorName, ...argv: readonly string[]): Promise<Told> {
    return this.type(who, ...argv).told;
  }

  /** Somebody joins: an employee of unit 1000, if nothing else is said. */
  async join(userName: string, more: Partial<Person> = {}): Promise<void> {
    this.#ids.set(userName, await this.source.join(this.#person(userName, more)));
  }

  async change(userName: string, more: Partial<Person>): Promise<void> {
    await this.source.change(this.#person(userName, more), this.idOf(userName));
  }

  async leave(userName: string): Promise<void> {
    await this.source.leave(this.idOf(userName));
  }

  idOf(login: string): string {
    return this.#ids.get(login) ?? 'nobody';
  }

  loginOf(id: string | null): string {
    return [...this.#ids].find(([, known]) => known === id)?.[0] ?? String(id);
  }

  /** A change event of a numbered source. */
  async event(data: UserChange): Promise<void> {
    const { ports, secrets } = this.#parts.options.landscape;
    const event = { specversion: '1.0', id: randomBytes(8).toString('hex'), source: '/idm/night', type: TOPICS.userChange.eventType, data };
    const answer = await fetch(`http://127.0.0.1:${ports.ingest}/events`, { method: 'POST', headers: { authorization: `Bearer ${secrets.callerToken}`, 'content-type': 'application/cloudevents+json' }, body: JSON.stringify(event) });
    if (!answer.ok) throw new Error(`The front door refused the event: ${answer.status} ${await answer.text()}`);
  }

  #person(userName: string, more: Partial<Person>): Person {
    return { userName, ...NAME, employeeNumber: `81-${userName}`, userType: 'employee', units: ['1000'], ...more };
  }

  /** The target loses all accounts and faults. */
  async wipeTarget(): Promise<void> {
    await fetch(`${this.#target}/_simulator/reset`, { method: 'POST' });
  }

  /** A fault at the target; answers how to end it. */
  async fault(fault: Fault): Promise<() => Promise<void>> {
    const url = `${this.#target}/_simulator/faults`;
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fault) });
    const { id } = (await answer.json()) as { readonly id: number }; // our own simulator
    return async () => void (await fetch(`${url}/${id}`, { method: 'DELETE' }));
  }

  fieldglass(): Promise<FieldglassSide> {
    return fieldglassSide(this.#target);
  }

  get #target(): string {
    return `http://127.0.0.1:${this.#parts.options.landscape.ports.fieldglass}`;
  }

  async stopConnector(): Promise<void> {
    await this.#composition.get(CONNECTOR)?.stop();
  }

  async startConnector(): Promise<void> {
    const { options } = this.#parts;
    this.#composition = new Map([...this.#composition, ...startAgain([CONNECTOR], options)]);
    await allReady(options.landscape, { timeoutMs: 60_000, signal: new AbortController().signal, only: [CONNECTOR] });
  }
}

interface NightParts {
  readonly options: CompositionOptions & { readonly landscape: LocalLandscape };
  readonly tokens: Readonly<Record<OperatorName, string>>;
}

async function admit(folder: string): Promise<Readonly<Record<OperatorName, string>>> {
  const tokens: Record<OperatorName, string> = { watcher: '', operator: '', head: '' };
  const operators = (Object.keys(OPERATORS) as OperatorName[]).map((name) => { // its own keys
    tokens[name] = randomBytes(24).toString('base64url');
    return { name, user: name, rights: OPERATORS[name], secrets: [`sha256$${createHash('sha256').update(tokens[name]).digest('hex')}`] };
  });
  await writeFile(path.join(folder, 'operators.yaml'), stringify({ operators }));
  return tokens;
}

async function brakeAfter(folder: string, count: number): Promise<void> {
  const file = path.join(folder, 'systems.yaml');
  const { systems, ...rest } = parse(await readFile(file, 'utf8')) as { readonly systems: readonly object[] }; // written by localLandscape
  await writeFile(file, stringify({ ...rest, systems: systems.map((system) => ({ ...system, brake: { count } })) }));
}
