import { randomUUID } from 'node:crypto';
import type { DesiredAccount, EntitlementList, Presence } from '@rolebridge/contracts';
import type { System } from '@rolebridge/landscape';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { createLogger, createMetrics } from '@rolebridge/observability';
import { connectDatabase, type Database, migrate } from '@rolebridge/persistence';
import { systemRuntime, type SystemRuntime, type SystemRuntimeOptions } from '../dispatch/system-runtime.ts';
import { storeWishes } from '../store/inbox.ts';
import { Directory, directoryConnector, type DirectoryConnectorOptions } from './directory.ts';

export interface WorkbenchOptions extends DirectoryConnectorOptions {
  readonly settleMs?: number;
  readonly concurrency?: number;
  readonly mode?: System['mode'];
  readonly observeEverySeconds?: number;
  /** Another system with a target of its own; default `directory` with {@link Workbench.directory}. */
  readonly other?: { readonly name: string; readonly directory: Directory };
  /** Calls per minute; default no limit. */
  readonly perMinute?: number;
}

/** One database schema, one directory, any number of runtimes on them. */
export class Workbench {
  readonly directory = new Directory();
  readonly metrics = createMetrics('test');
  readonly #running: SystemRuntime[] = [];
  readonly database: Database;

  private constructor(database: Database) {
    this.database = database;
  }

  static async open(): Promise<Workbench> {
    const { databaseUrl: url } = await testStack();
    const schema = uniqueSchema();
    await migrate({ url, schema, directory: new URL('../store/migrations', import.meta.url) });
    return new Workbench(connectDatabase({ url, schema, applicationName: 'connector-sdk-test', queue: true }));
  }

  /** Starts one more instance of the connector. */
  async run(options: WorkbenchOptions & Partial<Pick<SystemRuntimeOptions, 'patience' | 'brake' | 'leaseMs' | 'renewMs' | 'connector' | 'database' | 'log'>> = {}): Promise<SystemRuntime> {
    const { settleMs = 50, concurrency = 4, perMinute = 0, mode = 'active', oneWay, hidesUnits, settingsHash, readable, teachesIds, observeEverySeconds = 3600, other: { name, directory } = { name: 'directory', directory: this.directory }, ...rest } = options;
    const runtime = systemRuntime({
      system: { name, kind: 'directory', mode, url: 'http://127.0.0.1', limits: { concurrency, perMinute, timeoutMs: 300 }, settleMs, proxy: { observeEverySeconds }, settings: {} },
      connector: directoryConnector(directory, { ...(oneWay === undefined ? {} : { oneWay }), ...(hidesUnits === undefined ? {} : { hidesUnits }), ...(settingsHash === undefined ? {} : { settingsHash }), ...(readable === undefined ? {} : { readable }), ...(teachesIds === undefined ? {} : { teachesIds }) }),
      database: this.database,
      topicPrefix: '',
      serviceVersion: 'test',
      log: createLogger({ service: 'test', level: 'silent' }),
      metrics: this.metrics,
      ...rest,
    });
    this.#running.push(runtime);
    await runtime.start();
    return runtime;
  }

  async wish(...wishes: readonly DesiredAccount[]): Promise<void> {
    await this.wishAt('directory', ...wishes);
  }

  async wishAt(system: string, ...wishes: readonly DesiredAccount[]): Promise<void> {
    const stored = wishes.map((desired) => ({ desired: { ...desired, system }, origin: { topic: 't', partition: 0, offset: 0, timestamp: 0 } }));
    await this.database.transaction((sql) => storeWishes(sql, system, stored));
    this.wake();
  }

  wake(): void {
    for (const runtime of this.#running) runtime.wake();
  }

  async link(userId: string): Promise<Record<string, unknown> & { readonly state: string }> {
    const [row] = await this.database.query<Record<string, unknown> & { state: string }>('select * from link where user_id = $1', [userId]);
    if (!row) throw new Error(`There is no link of ${userId}.`);
    return row;
  }

  /** Waits until the condition holds; the test fails with the last state when it never does. */
  async until(condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`Not reached: ${condition.toString()}; links: ${JSON.stringify(await this.#links())}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async settled(userId: string): Promise<void> {
    await this.until(async () => ['applied', 'unchanged', 'accepted'].includes((await this.link(userId)).state));
  }

  /** Records written by completions, of one topic. */
  async records(topic: string): Promise<readonly Record<string, unknown>[]> {
    const rows = await this.database.query<{ value: string }>('select value from outbox where topic = $1 order by 1', [topic]);
    return rows.map((row) => JSON.parse(row.value) as Record<string, unknown>);
  }

  async stop(runtime: SystemRuntime): Promise<void> {
    this.#running.splice(this.#running.indexOf(runtime), 1);
    await runtime.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((runtime) => runtime.close()));
    await this.database.close();
  }

  #links(): Promise<readonly object[]> {
    return this.database.query(`select user_id, state, attempt, failure, newest_seen, applied, not_before from link order by state in ('applied', 'unchanged') limit 20`);
  }
}

export interface Change {
  readonly generation?: number;
  readonly presence?: Presence;
  readonly units?: readonly string[];
  /** Missing: no statement. */
  readonly roles?: readonly string[];
  readonly urgency?: DesiredAccount['urgency'];
  readonly userName?: string;
  readonly operation?: DesiredAccount['cause']['operation'];
}

function listOf(values: readonly string[]): EntitlementList {
  return { complete: true, items: values.map((value) => ({ value, rules: ['test'] })) };
}

/** A person whose wishes are numbered; the number travels as `title`, so that the directory's log shows the order. */
export function person(userName: string = `p${randomUUID().slice(0, 8)}`) {
  const userId = randomUUID();
  return {
    userId,
    userName,
    wish(change: Change = {}): DesiredAccount {
      const { generation = 1, presence = 'active', units = ['100'], urgency = presence === 'active' ? 'normal' : 'leaving' } = change;
      return {
        system: 'directory',
        userId,
        generation,
        userGeneration: generation,
        ruleSet: 1,
        presence,
        urgency,
        attributes: { userName: change.userName ?? userName, title: `#${generation}` },
        entitlements: { unit: listOf(units), ...(change.roles ? { role: listOf(change.roles) } : {}) },
        cause: { operation: change.operation ?? 'replace', at: new Date(0).toISOString(), by: 'test', correlationId: 'c' },
      };
    },
  };
}
