import { landscapeTopics } from '@rolebridge/contracts';
import { connectKafka } from './connect.ts';

/** One-shot job: creates the topics of a landscape that are missing. */
interface Job {
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly systems: readonly string[];
  readonly partitions?: number;
  readonly replicas?: number;
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').map((item) => item.trim()).filter((item) => item !== '');
}

function numberOf(name: string, problems: string[]): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  problems.push(`${name} must be a positive whole number, not "${text}".`);
  return undefined;
}

function readJob(): Job | readonly string[] {
  const problems: string[] = [];
  const brokers = listOf(process.env['KAFKA_BROKERS']);
  const systems = listOf(process.env['SYSTEMS']);
  if (brokers.length === 0) problems.push('KAFKA_BROKERS is missing: a comma list of host:port.');
  if (systems.length === 0) problems.push('SYSTEMS is missing: a comma list of the names of the configured systems.');
  const partitions = numberOf('TOPIC_PARTITIONS', problems);
  const replicas = numberOf('TOPIC_REPLICAS', problems);
  if (problems.length > 0) return problems;
  return { brokers, systems, prefix: process.env['TOPIC_PREFIX'] ?? '', ...(partitions && { partitions }), ...(replicas && { replicas }) };
}

async function create(job: Job): Promise<string> {
  const admin = await connectKafka({ brokers: job.brokers, clientId: 'create-topics' }).admin();
  try {
    const { created, differing } = await admin.createTopics(landscapeTopics(job.systems, job.prefix), job);
    const warning = differing.length === 0 ? '' : ` These differ from the catalogue and were left alone: ${differing.join(', ')}.`;
    return `${created.length} topics created.${warning}`;
  } finally {
    await admin.close();
  }
}

async function main(): Promise<void> {
  const job = readJob();
  if ('length' in job) throw new Error(job.join('\n'));
  process.stdout.write(`${await create(job)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
