import * as fc from 'fast-check';
import type { OutgoingRecord } from '@rolebridge/contracts';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from '../database.ts';
import { migrate } from '../migration/migrate.ts';
import { appendOutbox } from '../outbox/outbox.ts';
import type { Database, RelayPublisher } from '../port.ts';
import { type Relay, startRelay } from './relay.ts';

/** What may happen, in any order. */
type Happening =
  | { readonly kind: 'append'; readonly keys: readonly number[]; readonly holdMs: number; readonly committed: boolean }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }
  | { readonly kind: 'start' | 'close' | 'sessions end' | 'pause' };
type Fault = 'lost' | 'unanswered' | 'slow' | 'fine';

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), keys: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }), holdMs: fc.integer({ min: 0, max: 20 }), committed: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('faults' as const), faults: fc.array(fc.constantFrom<Fault>('lost', 'unanswered', 'slow', 'fine'), { maxLength: 4 }) }) },
  { weight: 3, arbitrary: fc.constantFrom(...(['start', 'close', 'sessions end', 'pause'] as const)).map((kind) => ({ kind })) },
);

/** A broker in memory that fences older publishers and misbehaves on order. */
class Broker {
  readonly records: OutgoingRecord[] = [];
  faults: Fault[] = [];
  #newest = 0;

  open(): Promise<RelayPublisher> {
    const epoch = ++this.#newest;
    return Promise.resolve({ publish: (records: readonly OutgoingRecord[]) => this.#write(epoch, records), close: () => Promise.resolve() });
  }

  async #write(epoch: number, records: readonly OutgoingRecord[]): Promise<void> {
    const fault = this.faults.shift();
    if (fault === 'slow') await pause(30);
    if (fault === 'lost') throw new Error('The broker is out of reach.');
    if (epoch !== this.#newest) throw new Error('Fenced.');
    this.records.push(...records);
    if (fault === 'unanswered') throw new Error('No answer.');
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const SQL_FAILS = new Error('rolled back on purpose');

class Play {
  readonly broker = new Broker();
  /** Values per key that were committed, in the order of their row locks. */
  readonly committed = new Map<string, number[]>();
  readonly rolledBack: number[] = [];
  readonly #url: string;
  readonly #database: Database;
  readonly #relays: Relay[] = [];
  readonly #appending: Promise<unknown>[] = [];
  #value = 0;

  private constructor(url: string, database: Database) {
    this.#url = url;
    this.#database = database;
  }

  static async open(): Promise<Play> {
    const { databaseUrl: url } = await testStack();
    const schema = uniqueSchema();
    await migrate({ url, schema });
    const database = connectDatabase({ url, schema, applicationName: schema, queue: true });
    await database.query('create table subject (key text primary key, value bigint not null)');
    return new Play(url, database);
  }

  async happen(what: Happening): Promise<void> {
    switch (what.kind) {
      case 'append':
        this.#appending.push(this.#append(what));
        return;
      case 'faults':
        this.broker.faults = [...what.faults];
        return;
      case 'start':
        return this.start();
      case 'close':
        return this.#relays.shift()?.close();
      case 'sessions end':
        await this.#database.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [`${this.#database.schema}-relay`]);
        return;
      case 'pause':
        return void (await pause(20));
    }
  }

  start(): Promise<void> {
    if (this.#relays.length < 3) this.#relays.push(startRelay({ url: this.#url, schema: this.#database.schema, log, openPublisher: () => this.broker.open(), batchRecords: 3 }));
    return Promise.resolve();
  }

  /** As services do: the row of each subject is locked and changed before the record about it is appended. */
  async #append({ keys, holdMs, committed }: Extract<Happening, { kind: 'append' }>): Promise<void> {
    const mine: (readonly [string, number])[] = [];
    const work = this.#database.transaction(async (sql) => {
      for (const key of [...new Set(keys)].toSorted((a, b) => a - b).map((n) => `k${n}`)) {
        await sql.query('insert into subject values ($1, 0) on conflict (key) do update set value = subject.value + 1', [key]);
        const value = ++this.#value;
        mine.push([key, value]);
        await appendOutbox(sql, [{ topic: 't', key, value: String(value), headers: {} }]);
        await pause(holdMs);
      }
      if (!committed) throw SQL_FAILS;
      // the locks are still held: nobody else's value of these keys comes in between
      for (const [key, value] of mine) this.committed.set(key, [...(this.committed.get(key) ?? []), value]);
    });
    await work.catch((error: unknown) => {
      if (error !== SQL_FAILS) throw error;
      this.rolledBack.push(...mine.map(([, value]) => value));
    });
  }

  async calm(): Promise<void> {
    await Promise.all(this.#appending);
    this.broker.faults = [];
    await this.start();
    for (const end = Date.now() + 20_000; (await this.#database.query('select 1 from outbox limit 1')).length > 0; ) {
      if (Date.now() > end) throw new Error('The outbox does not get empty.');
      await pause(10);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.close()));
    await this.#database.close();
  }
}

test('whatever happens, every committed record arrives, in the order of its key; at worst a tail is repeated, never reversed (L5)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 5, maxLength: 25 }), async (happenings) => {
      const play = await Play.open();
      try {
        await play.start();
        for (const what of happenings) await play.happen(what);
        await play.calm();
        const arrived = Map.groupBy(play.broker.records, ({ key }) => key);
        expect([...arrived.keys()].toSorted()).toEqual([...play.committed.keys()].toSorted());
        for (const [key, records] of arrived) {
          const values = records.map(({ value }) => Number(value));
          expect([...new Set(values)]).toEqual(play.committed.get(key));
          expect(values.at(-1)).toBe(play.committed.get(key)?.at(-1));
        }
        expect(play.broker.records.filter(({ value }) => play.rolledBack.includes(Number(value)))).toEqual([]);
      } finally {
        await play.close();
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 180_000);
