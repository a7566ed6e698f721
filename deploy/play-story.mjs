// Plays the story of services/e2e against the containers; exit code 0 only if both simulated targets end as the story expects.
// It begins with an empty landscape (deploy/README.md says what to type). --kill <service> kills that service, kill -9, in the middle of the work.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { play } from '../services/e2e/dist/start/play.js';
import { screenOf } from '../services/e2e/dist/start/screen.js';

const SERVICES = ['ingest', 'role-mapping', 'connector-sales-cloud', 'connector-fieldglass'];

const { kill } = parseArgs({ options: { kill: { type: 'string' } } }).values;
const { env } = process;
const secret = (name) => readFileSync(new URL(`secrets/${name}`, import.meta.url), 'utf8').trim();
const host = (port) => `127.0.0.1:${port}`;

/** Process 1 is only the init of the container: its child is the service. */
function killInContainer(name) {
  execFile('docker', ['compose', 'exec', '-T', name, 'sh', '-c', 'kill -9 $(cat /proc/1/task/1/children)'], (error) => {
    if (error && error.code !== 137) process.stderr.write(`${name} was not killed: ${error.message}\n`);
  });
}

const stage = {
  landscape: {
    systems: ['sales-cloud', 'fieldglass'],
    secrets: { callerToken: secret('caller-token'), operatorToken: secret('operator-token') },
    ports: {
      ingest: env.HTTP_PORT ?? 8080,
      connectorSalesCloud: env.CONNECTOR_SALES_CLOUD_PORT ?? 8082,
      connectorFieldglass: env.CONNECTOR_FIELDGLASS_PORT ?? 8083,
      salesCloud: env.SIMULATED_SALES_CLOUD_PORT ?? 8092,
      fieldglass: env.SIMULATED_FIELDGLASS_PORT ?? 8093,
    },
  },
  backbone: { brokers: [host(env.KAFKA_PORT ?? 29092)], databaseUrl: secret('database-url').replace('postgres:5432', host(env.POSTGRES_PORT ?? 5432)) },
  topicPrefix: '',
  composition: new Map(SERVICES.map((name) => [name, { name, kill: () => killInContainer(name) }])),
  screen: screenOf(process.stdout),
  options: { once: true, ...(kill && { kill }) },
  signal: new AbortController().signal,
};

process.exit((await play(stage)) ? 0 : 1);
