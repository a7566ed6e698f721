import { connectorConsumer, type Outcome, topicName } from '@rolebridge/contracts';
import type { DirectoryState, Evidence, FieldglassState, Letter, LoggedCall, SalesCloudState, StateRecord, Told } from '../check/evidence.ts';
import { CHAOS_SYSTEMS, type ChaosSystem } from '../stories/oracle.ts';
import { readTopics } from './read-topics.ts';
import type { Stage } from './stage.ts';
import { REDELIVERED, type Replayed, stateTopics } from './replay.ts';
import type { Struck } from './strike.ts';
import type { Tables } from './tables.ts';

export interface Collecting {
  readonly stage: Stage;
  readonly tables: Tables;
  readonly struck: Struck;
  readonly restless: readonly string[];
  readonly replayed: Replayed;
}

const CONSUMERS = ['ingest', 'role-mapping', ...CHAOS_SYSTEMS.map(connectorConsumer)];

/** Looks at targets, topics and tables once everything is quiet. */
export async function collect({ stage, tables, struck, restless, replayed }: Collecting): Promise<Evidence> {
  const shown = <T>(system: ChaosSystem, what: string): Promise<T> => json<T>(`${stage.targets[system]}/_simulator/${what}`);
  const calls = async (system: ChaosSystem): Promise<readonly LoggedCall[]> => (await shown<{ readonly calls: readonly LoggedCall[] }>(system, 'calls?limit=1000000')).calls;
  const [salesCloud, fieldglass, directory] = [await shown<SalesCloudState>('sales-cloud', 'state'), await shown<FieldglassState>('fieldglass', 'state'), await shown<DirectoryState>('chaos-directory', 'state')];
  return {
    salesCloud,
    fieldglass,
    directory,
    calls: { 'sales-cloud': await calls('sales-cloud'), fieldglass: await calls('fieldglass'), 'chaos-directory': [...(await calls('chaos-directory')), ...directory.bundles.flatMap(({ parts }) => parts)] },
    links: await tables.links(),
    accepted: await tables.accepted(),
    wished: await tables.wished(),
    records: await generations(stage),
    letters: await deadLetters(stage),
    outcomes: await outcomesOf(stage),
    ids: await tables.people(),
    awakenings: struck.awakenings,
    exits: stage.exits,
    restless,
    replayed,
  };
}

async function json<T>(url: string): Promise<T> {
  return (await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()) as T; // our own simulators
}

async function generations(stage: Stage): Promise<readonly StateRecord[]> {
  const records = await readTopics(stage, stateTopics(stage));
  return records.map(({ topic, key, value, headers }) => {
    const { generation } = JSON.parse(value?.toString('utf8') ?? '{}') as { readonly generation: number }; // as the contract says
    return { topic, key: key ?? '', generation, redelivered: headers[REDELIVERED] !== undefined };
  });
}

async function deadLetters(stage: Stage): Promise<readonly Letter[]> {
  const names = new Map(CONSUMERS.map((consumer) => [topicName('deadLetter', { consumer }, stage.topicPrefix), consumer]));
  const records = await readTopics(stage, [...names.keys()]);
  return records.map(({ topic, key, headers }) => ({ consumer: names.get(topic) ?? topic, userId: key ?? '', code: headers['rb_error_code'] ?? '' }));
}

/** What the connectors told, in the order of the topic. */
export async function outcomesOf(stage: Stage): Promise<readonly Told[]> {
  const records = await readTopics(stage, [topicName('outcome', {}, stage.topicPrefix)]);
  return records.flatMap(({ value, headers }): readonly Told[] => {
    const outcome = JSON.parse(value?.toString('utf8') ?? '{}') as Outcome; // as the contract says
    return outcome.stage === 'delivered' ? [{ id: headers['ce_id'] ?? '', system: outcome.system, userId: outcome.userId, generation: outcome.accountGeneration, state: outcome.state }] : [];
  });
}
