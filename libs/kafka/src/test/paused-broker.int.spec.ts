import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startKafka, type RunningKafka } from '@rolebridge/local-stack';
import { eventually, openBench, range, record, remembering, valuesOf, type Bench } from './bench.ts';

/** A broker of its own, since it is stopped in the middle of work. */
let folder: string;
let broker: RunningKafka;
let bench: Bench;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-paused-'));
  broker = await startKafka({ dataDir: folder });
  bench = await openBench(broker.brokers);
}, 60_000);

afterAll(async () => {
  await bench.close();
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function signalBroker(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const { pid } = JSON.parse(await readFile(path.join(folder, 'child.json'), 'utf8')) as { readonly pid: number }; // written by local-stack
  process.kill(pid, signal);
}

test('after answers were lost, every record that was acknowledged is there: none is dropped as a duplicate', async () => {
  const { topic, groupId } = await bench.topic(1);
  const publisher = bench.own(await bench.kafka.publisher());
  const { seen, handler } = remembering();
  const consumer = await bench.consume({ groupId, topics: [topic], handler });
  const acknowledged: string[] = [];
  const publish = async (value: string): Promise<boolean> => {
    const done = await publisher.publish([record(topic, 'k', value)]).then(
      () => true,
      () => false,
    );
    if (done) acknowledged.push(value);
    return done;
  };
  for (const n of range(5)) await publish(`before ${n}`);
  await eventually(() => seen.length >= 5);
  await signalBroker('SIGSTOP');
  const lost = Promise.all(range(5).map((n) => publish(`lost ${n}`)));
  expect(await lost).toEqual([false, false, false, false, false]);
  await signalBroker('SIGCONT');
  let later = 0;
  await eventually(async () => {
    if (await publish(`after ${later}`)) later += 1;
    return later >= 20;
  }, 30_000);
  await eventually(() => acknowledged.every((value) => valuesOf(seen).includes(value)));

  expect(acknowledged).toHaveLength(25);
  expect(acknowledged.filter((value) => !valuesOf(seen).includes(value))).toEqual([]);
  expect(valuesOf(seen).filter((value) => value?.startsWith('after'))).toEqual(range(20).map((n) => `after ${n}`));
  await eventually(() => consumer.isReady());
  expect(consumer.isReady()).toBe(true);
}, 120_000);

test('a relay that was cut off does not take its place back by itself', async () => {
  const { topic } = await bench.topic(1);
  const older = bench.own(await bench.kafka.fencedPublisher(`${topic}.relay`));
  await older.publish([record(topic, 'k', 'before')]);
  await signalBroker('SIGSTOP');
  await expect(older.publish([record(topic, 'k', 'lost')])).rejects.toMatchObject({ failure: { code: 'kafka-unavailable' } });
  await signalBroker('SIGCONT');
  const newer = bench.own(await bench.kafka.fencedPublisher(`${topic}.relay`));
  await newer.publish([record(topic, 'k', 'newer')]);
  await expect(older.publish([record(topic, 'k', 'again')])).rejects.toMatchObject({ failure: { code: 'kafka-unavailable' } });
  await newer.publish([record(topic, 'k', 'still the newer')]);
}, 60_000);
