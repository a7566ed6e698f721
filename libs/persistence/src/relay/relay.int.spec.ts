import { ClassifiedError, type OutgoingRecord } from '@rolebridge/contracts';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from '../database.ts';
import { migrate } from '../migration/migrate.ts';
import { listAside, releaseAside } from '../outbox/aside.ts';
import { appendOutbox } from '../outbox/outbox.ts';
import type { Database, RelayPublisher } from '../port.ts';
import type { RelayOptions } from './relay-options.ts';
import { startRelay, type Relay } from './relay.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A broker in memory: keeps what arrives, fences older publishers, and misbehaves on order. */
class Broker {
  readonly records: OutgoingRecord[] = [];
  readonly opened: string[] = [];
  refuses: (record: OutgoingRecord) => boolean = () => false;
  /** What happens to the next publishes: `lost` = refused before writing, `unanswered` = written, but the answer is lost. */
  faults: ('lost' | 'unanswered')[] = [];
  delayMs = 0;
  onPublish: () => Promise<unknown> = () => Promise.resolve();
  private newest = 0;

  async open(instance: string): Promise<RelayPublisher> {
    const epoch = (this.newest += 1);
    this.opened.push(instance);
    return { publish: (records) => this.write(epoch, records), close: async () => undefined };
  }

  private async write(epoch: number, records: readonly OutgoingRecord[]): Promise<void> {
    const fault = this.faults.shift();
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (fault === 'lost') throw new Error('broker out of reach');
    if (epoch !== this.newest) throw new Error('fenced');
    if (records.some(this.refuses)) throw new ClassifiedError({ kind: 'rejected', code: 'record-too-large', message: 'too large' });
    this.records.push(...records);
    await this.onPublish();
    if (fault === 'unanswered') throw new Error('no answer');
  }

  values(key?: string): readonly number[] {
    return this.records.filter((record) => key === undefined || record.key === key).map(({ value }) => Number(value));
  }
}

/** One schema with a broker; instances are started by name and closed at the end. */
async function scene() {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema });
  const database = connectDatabase({ url, schema, applicationName: schema, queue: true });
  const broker = new Broker();
  const relays: Relay[] = [];
  const start = (name = 'a', options: Partial<RelayOptions> = {}): Relay => {
    const relay = startRelay({ url, schema, log, openPublisher: () => broker.open(name), ...options });
    relays.push(relay);
    return relay;
  };
  cleaning.push(async () => {
    await Promise.all(relays.map((relay) => relay.close()));
    await database.close();
  });
  return { database, broker, start, schema };
}

const cleaning: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(cleaning.splice(0).map((clean) => clean())));

const rows = (from: number, to: number, key = (n: number) => `k${n % 7}`) => Array.from({ length: to - from }, (_, index) => ({ topic: 't', key: key(from + index), value: String(from + index), headers: { h: 'x' } }));
const append = (database: Database, records: readonly OutgoingRecord[]) => database.transaction((sql) => appendOutbox(sql, records));
const ORDER = { topic: 't', operator: 'anna', reason: 'Looked at.' };
const left = async (database: Database) => (await database.query('select 1 from outbox')).length;
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const endRelaySessions = (database: Database) =>
  database.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [`${database.schema}-relay`]);

async function until(holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`It did not come true within ${withinMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the relay', () => {
  test('brings everything committed to the broker, in order, and nothing else', async () => {
    const { database, broker, start } = await scene();
    await append(database, rows(0, 1300));
    const relay = start();
    await until(() => broker.records.length >= 1300);
    await append(database, rows(1300, 1400));
    await database.transaction(async (sql) => {
      await appendOutbox(sql, rows(9000, 9010));
      throw new Error('changed my mind');
    }).catch(() => undefined);
    await append(database, rows(1400, 1500));
    await until(() => broker.records.length >= 1500);
    expect(broker.values()).toEqual(numbers(0, 1500));
    expect(broker.records[0]).toEqual({ topic: 't', key: 'k0', value: '0', headers: { h: 'x' } });
    await until(() => relay.published === 1500);
    expect(await left(database)).toBe(0);
    expect(relay.isReady()).toBe(true);
  });

  test('is woken by a commit instead of waiting for its next look', async () => {
    const { database, broker, start } = await scene();
    const relay = start();
    await until(() => relay.isReady() && broker.opened.length === 1);
    const took: number[] = [];
    for (const n of numbers(0, 20)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const committed = performance.now();
      await append(database, rows(n, n + 1));
      await until(() => broker.records.length > n);
      took.push(performance.now() - committed);
    }
    expect(took.toSorted((a, b) => a - b)[10]).toBeLessThan(300);
  });

  test('a row that commits late, with a lower number, is not passed over (L5)', async () => {
    const { database, broker, start } = await scene();
    start();
    const gate = Promise.withResolvers<void>();
    const late = database.transaction(async (sql) => {
      await appendOutbox(sql, rows(1, 2, () => 'late'));
      await gate.promise;
    });
    await until(async () => (await database.query(`select 1 from pg_stat_activity where application_name = $1 and state = 'idle in transaction'`, [database.schema])).length === 1);
    broker.onPublish = () => {
      gate.resolve();
      return late; // commits between the publish and the delete of the other one
    };
    await append(database, rows(2, 3, () => 'early'));
    await until(() => broker.values().includes(1));
    expect(broker.values()).toEqual([2, 1]);
  });

  test('a batch is limited by its size as well as by its count, and one large record still goes', async () => {
    const { database, start } = await scene();
    const sizes: number[] = [];
    const large = 'x'.repeat(400_000);
    await append(database, [...rows(0, 3), { topic: 't', key: 'k', value: 'y'.repeat(990_000), headers: {} }, ...Array.from({ length: 5 }, () => ({ topic: 't', key: 'k', value: large, headers: {} }))]);
    start('a', { onPublished: ({ records }) => sizes.push(records) });
    await until(() => sizes.length === 3);
    expect(sizes).toEqual([4, 3, 2]);
  });
});

describe('among several instances', () => {
  test('exactly one publishes; the other stands by, ready, and takes over when the first is closed (L5)', async () => {
    const { database, broker, start } = await scene();
    const first = start('first');
    await until(() => broker.opened.length === 1);
    const second = start('second');
    await until(() => second.isReady());
    await append(database, rows(0, 100));
    await until(() => first.published === 100);
    expect(broker.opened).toEqual(['first']);
    expect(second.published).toBe(0);
    await first.close();
    expect(first.isReady()).toBe(false);
    await append(database, rows(100, 200));
    await until(() => broker.records.length === 200);
    expect(broker.opened).toEqual(['first', 'second']);
    expect(broker.values()).toEqual(numbers(0, 200));
  });

  test('a standby keeps no snapshot open that would hold vacuum back', async () => {
    const { database, broker, start } = await scene();
    start('first');
    await until(() => broker.opened.length === 1);
    const second = start('second');
    await until(() => second.isReady());
    const held = await database.query('select 1 from pg_stat_activity where application_name = $1 and backend_xmin is not null and now() - query_start > interval \'100 ms\'', [`${database.schema}-relay`]);
    expect(held).toEqual([]);
  });

  test('whose sessions are ended again and again under load, nothing is lost and the newest of a key is last', async () => {
    const { database, broker, start } = await scene();
    start('first', { batchRecords: 20 });
    start('second', { batchRecords: 20 });
    broker.delayMs = 2;
    for (const round of numbers(0, 8)) {
      await append(database, rows(round * 100, round * 100 + 100));
      await endRelaySessions(database);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await until(async () => (await left(database)) === 0, 30_000);
    expect(new Set(broker.values())).toEqual(new Set(numbers(0, 800)));
    for (const key of new Set(broker.records.map((record) => record.key))) {
      expect(broker.values(key).at(-1)).toBe(Math.max(...broker.values(key)));
      expect(firstSeen(broker.values(key))).toEqual(numbers(0, 800).filter((n) => `k${n % 7}` === key));
    }
  }, 60_000);
});

/** Repetitions left out. */
function firstSeen(values: readonly number[]): readonly number[] {
  return [...new Set(values)];
}

describe('when something fails', () => {
  test('the same rows go again through a fresh publisher, in order', async () => {
    const { database, broker, start } = await scene();
    broker.faults = ['lost', 'lost', 'lost'];
    await append(database, rows(0, 50));
    const relay = start();
    await until(() => relay.published === 50);
    expect(broker.values()).toEqual(numbers(0, 50));
    expect(broker.opened).toHaveLength(4);
  });

  test('after a lost answer the rows come twice and end with the newest', async () => {
    const { database, broker, start } = await scene();
    broker.faults = ['unanswered'];
    await append(database, rows(0, 50));
    start();
    await until(async () => (await left(database)) === 0);
    expect(broker.values()).toEqual([...numbers(0, 50), ...numbers(0, 50)]);
  });

  test('a process that dies between publish and delete leaves its rows to the next one', async () => {
    const { database, broker, start } = await scene();
    await append(database, rows(0, 30));
    let died = false;
    broker.onPublish = async () => {
      if (died) return;
      died = true;
      await endRelaySessions(database); // all that the database sees of a kill -9
    };
    start();
    await until(async () => (await left(database)) === 0);
    expect(broker.values()).toEqual([...numbers(0, 30), ...numbers(0, 30)]);
  });

  test('a relay without its tables reports failure instead of trying for ever', async () => {
    const { databaseUrl: url } = await testStack();
    const relay = startRelay({ url, schema: uniqueSchema(), log, openPublisher: () => new Broker().open('a') });
    await expect(relay.failed).rejects.toThrow('outbox');
    expect(relay.isReady()).toBe(false);
    await relay.close();
  });

  test('a relay that is told to stop sends what the outbox holds before it goes', async () => {
    const { database, broker, start } = await scene();
    await append(database, rows(0, 40));
    const reached = Promise.withResolvers<void>();
    broker.onPublish = () => Promise.resolve(reached.resolve());
    const relay = start('a', { batchRecords: 7 });
    await reached.promise;
    await relay.close();
    expect([broker.values(), await left(database)]).toEqual([numbers(0, 40), 0]);
  });

  test('a publish that never answers does not keep the process from ending', async () => {
    const { database, start } = await scene();
    await append(database, rows(0, 3));
    const reached = Promise.withResolvers<void>();
    const relay = start('a', {
      openPublisher: async () => ({
        close: async () => undefined,
        publish: () => {
          reached.resolve();
          return new Promise(() => undefined);
        },
      }),
    });
    await reached.promise;
    await relay.close();
    expect(await left(database)).toBe(3);
  });
});

describe('a record the broker refuses', () => {
  test('is set aside with an alarm and blocks only its key, until an operator releases it', async () => {
    const { database, broker, start } = await scene();
    const alarms: unknown[] = [];
    broker.refuses = ({ value }) => value === '10';
    await append(database, rows(0, 30)); // 10 has key k3, as have 3, 17 and 24
    start('a', { onSetAside: (record) => alarms.push(record) });
    await until(async () => (await left(database)) === 0);
    await append(database, rows(30, 40)); // 31 and 38 have key k3
    await until(async () => (await left(database)) === 0);
    expect(broker.values('k3')).toEqual([3]);
    expect(broker.values().toSorted((a, b) => a - b)).toEqual(numbers(0, 40).filter((n) => n === 3 || n % 7 !== 3));
    expect(alarms).toEqual([{ topic: 't', sequence: 11, code: 'record-too-large' }]);
    expect(await listAside(database)).toMatchObject([{ topic: 't', key: 'k3', code: 'record-too-large', records: 5, refused: 1 }]);

    expect(await releaseAside(database, { ...ORDER, kind: 'drop', key: 'k3' })).toEqual({ going: 4, lost: 1 });
    await append(database, rows(45, 46));
    await until(() => broker.values('k3').length === 6);
    expect(broker.values('k3')).toEqual([3, 17, 24, 31, 38, 45]);
    expect(await listAside(database)).toEqual([]);
  });

  test('goes again after the broker’s limit was raised', async () => {
    const { database, broker, start } = await scene();
    broker.refuses = ({ value }) => value === '0';
    await append(database, rows(0, 3, () => 'k'));
    start();
    await until(async () => (await listAside(database)).length === 1);
    broker.refuses = () => false;
    expect(await releaseAside(database, { ...ORDER, kind: 'release', key: 'k' })).toEqual({ going: 3, lost: 0 });
    expect(await releaseAside(database, { ...ORDER, kind: 'release', key: 'k' })).toBeUndefined();
    await until(() => broker.records.length === 3);
    expect(broker.values()).toEqual([0, 1, 2]);
  });
});
