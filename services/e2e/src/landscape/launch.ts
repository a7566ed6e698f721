import { landscapeTopics } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import { allReady, compose, type Composition, type CompositionOptions, migrateAll, stopAll } from './composition.ts';

const READY_WITHIN_MS = 90_000;

/** One-shot jobs, then every program; resolves when all services are ready. When that fails nothing is left running. */
export async function launch(options: CompositionOptions, signal: AbortSignal): Promise<Composition> {
  await Promise.all([migrateAll(options), createTopics(options)]);
  const composition = compose(options);
  try {
    await allReady(options.landscape, { timeoutMs: READY_WITHIN_MS, signal, ...(options.only ? { only: options.only } : {}) });
  } catch (error) {
    await stopAll(composition);
    throw error;
  }
  return composition;
}

async function createTopics({ landscape, backbone, topicPrefix = '' }: CompositionOptions): Promise<void> {
  const admin = await connectKafka({ brokers: backbone.brokers, clientId: 'create-topics' }).admin();
  await admin.createTopics(landscapeTopics(landscape.systems, topicPrefix));
  await admin.close();
}
