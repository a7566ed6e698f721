import 'reflect-metadata';
import { Controller, type INestMicroservice } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { eventually, openBench, range, record, valuesOf, type Bench } from '../test/bench.ts';
import type { Batch } from '../port.ts';
import { KafkaBatchServer, type Subscription } from './kafka-batch-server.ts';

let bench: Bench;
let app: INestMicroservice | undefined;
beforeEach(async () => (bench = await openBench()));
afterEach(async () => {
  await app?.close();
  app = undefined;
  await bench.close();
});

const taken: (string | undefined)[] = [];
let refusals = 0;

@Controller()
class Inbound {
  @EventPattern('identity.user.v1')
  async take(batch: Batch): Promise<void> {
    await Promise.resolve();
    refusals += 1;
    if (refusals === 1) throw new Error('the database is away');
    taken.push(...valuesOf(batch.records));
  }
}

async function serve(subscriptions: readonly Subscription[]): Promise<KafkaBatchServer> {
  const strategy = new KafkaBatchServer({ kafka: bench.kafka, subscriptions });
  const module = await Test.createTestingModule({ controllers: [Inbound] }).compile();
  app = module.createNestMicroservice({ strategy, logger: false });
  await app.listen();
  return strategy;
}

test('a controller is given batches, and what it throws makes the same records come again', async () => {
  const { topic, groupId } = await bench.topic(1);
  const publisher = bench.own(await bench.kafka.publisher());
  await publisher.publish(range(20).map((n) => record(topic, 'k', String(n))));
  const strategy = await serve([{ pattern: 'identity.user.v1', topics: [topic], groupId }]);
  await eventually(() => taken.length >= 20);
  expect(taken).toEqual(range(20).map(String));
  expect(refusals).toBeGreaterThanOrEqual(2);
  expect(strategy.isReady()).toBe(true);
});

test('a subscription without handler, and a handler without subscription, stop the start and are named', async () => {
  const { topic, groupId } = await bench.topic(1);
  await expect(serve([{ pattern: 'identity.group.v1', topics: [topic], groupId }])).rejects.toThrow(
    'Kafka subscriptions and handlers do not match: "identity.group.v1" is subscribed but no @EventPattern handler takes it; a handler waits for "identity.user.v1" but nothing subscribes it.',
  );
});
