import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { connectKafka } from '@rolebridge/kafka';
import { connectDatabase } from '@rolebridge/persistence';
import { answers, CONCURRENCY, crewOf, freePorts, type Ground, namesOf, stubEffects } from '../ground.ts';
import type { Subject } from '../measure.ts';
import { environmentVariables, type FloorEnvironment } from './environment.ts';
import { createFloorTables, floorTopics } from './stage.ts';

const READY_WITHIN_MS = 30_000;

/** The bare floor: the hops and the durable tables of Rolebridge in three processes, without any logic. What it costs is what the design costs. */
export async function floorSubject(ground: Ground): Promise<Subject> {
  const [port = 0, targetPort = 0] = await freePorts(2);
  const targetUrl = `http://127.0.0.1:${targetPort}`;
  const environment: FloorEnvironment = { ...ground, port, targetUrl, concurrency: CONCURRENCY };
  await Promise.all([mkdir(path.join(ground.folder, 'logs'), { recursive: true }), createFloorTables(ground.databaseUrl), createTopics(ground)]);
  const crew = crewOf(ground);
  const stub = crew.start({ name: 'stub target', module: './stub-target.js', environment: { PORT: String(targetPort) } });
  const stages = ['front', 'middle', 'last'].map((name) =>
    crew.start({ name: `floor ${name}`, module: `./floor/${name}.js`, environment: environmentVariables(environment), nodeOptions: ground.nodeOptions }),
  );
  const database = connectDatabase({ url: ground.databaseUrl, schema: 'public', applicationName: 'bench' });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await Promise.all([...stages, stub].map((program) => program.stop()));
    await database.close();
  };
  try {
    await Promise.all([answers(url, READY_WITHIN_MS), answers(`${targetUrl}/times`, READY_WITHIN_MS)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: 'bare floor', url, token: '', targets: ground.targets, ...stubEffects(targetUrl), names: () => namesOf([...stages, stub], database), broken: crew.broken, stop };
}

async function createTopics({ brokers, topicPrefix, targets }: Ground): Promise<void> {
  const admin = await connectKafka({ brokers, clientId: 'bench' }).admin();
  await admin.createTopics(floorTopics(topicPrefix, targets));
  await admin.close();
}
