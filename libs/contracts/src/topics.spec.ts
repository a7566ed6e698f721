import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connectorConsumer, landscapeTopics, topicName, MAX_ERASE_AFTER_DAYS, TOMBSTONE_AFTER_HOURS, TOPICS, type TopicDefinition, type TopicId } from './topics.ts';

const topics = Object.entries<TopicDefinition>(TOPICS);
const CONSUMERS = ['ingest', 'role-mapping', 'connector'];
const DAY_MS = 86_400_000;

interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * From a writer to a reader. Left out: edges that fill read models only, and the named exception. `operator` is a person, so what goes to one (dead letters)
 * and what comes from one (commands) does not close a loop: one node each.
 */
function edgesOf([, topic]: readonly [string, TopicDefinition]): readonly Edge[] {
  if (topic.readModelOnly || topic.endsBecause) return [];
  const expand = (names: readonly string[], person: string) => names.flatMap((name) => (name === '<consumer>' ? CONSUMERS : name === 'operator' ? [person] : [name]));
  return expand(topic.writers, 'commanding operator').flatMap((from) => expand(topic.readers, 'watching operator').map((to) => ({ from, to })));
}

function cycle(edges: readonly Edge[]): readonly string[] | undefined {
  const walk = (at: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(at)) return [...path, at];
    for (const { to } of edges.filter(({ from }) => from === at)) {
      const found = walk(to, [...path, at]);
      if (found) return found;
    }
    return undefined;
  };
  for (const { from } of edges) {
    const found = walk(from, []);
    if (found) return found;
  }
  return undefined;
}

describe('the map of topics', () => {
  test('has no cycle, so that no event can cause itself', () => {
    expect(cycle(topics.flatMap(edgesOf))).toBeUndefined();
  });

  test('would have one if outcomes caused events', () => {
    const withOutcome = topics.map(([id, topic]) => [id, { ...topic, readModelOnly: false }] as unknown as readonly [string, TopicDefinition]);
    expect(cycle(withOutcome.flatMap(edgesOf))).toEqual(expect.arrayContaining(['ingest', 'role-mapping']));
  });

  test.each(['outcome', 'observedAccount', 'entitlement', 'learnedId'] as const)('would have one if %s were an edge like others', (id) => {
    const { readModelOnly: _, endsBecause: __, ...edge } = TOPICS[id] as TopicDefinition;
    expect(cycle(topics.flatMap(([name, topic]) => edgesOf([name, name === id ? edge : topic])))).toBeDefined();
  });

  test('names one exception that may cause an event at the front door, with the reason why it ends (L8)', () => {
    expect(topics.filter(([, topic]) => topic.endsBecause).map(([id]) => id)).toEqual(['learnedId']);
  });

  test.each(topics)('gives %s one version everywhere, a schema and a writer', (_, { pattern, schema, eventType, writers, readers }) => {
    const version = /\.v\d+$/.exec(pattern)?.[0];
    expect(version).toBeDefined();
    expect([schema, eventType].map((text) => text.endsWith(version ?? '?'))).toEqual([true, true]);
    expect(pattern.replaceAll(/<\w+>\.?/g, '').endsWith(schema)).toBe(true);
    expect([writers.length, readers.length]).not.toContain(0);
  });

  test('keeps nothing that names a person longer than 30 days after the leaving (L30)', () => {
    const tombstoneMs = TOMBSTONE_AFTER_HOURS * 3_600_000;
    for (const [id, { config }] of topics) {
      const ms = (name: string) => Number(config[name]);
      const eraseMs = id === 'outcome' ? 0 : MAX_ERASE_AFTER_DAYS * DAY_MS; // outcomes name nobody
      if (config['cleanup.policy'] === 'delete') {
        expect(eraseMs + ms('retention.ms') + ms('segment.ms')).toBeLessThanOrEqual(30 * DAY_MS);
        continue;
      }
      expect(tombstoneMs).toBeGreaterThan(ms('segment.ms'));
      expect(eraseMs + tombstoneMs + ms('max.compaction.lag.ms')).toBeLessThanOrEqual(18 * DAY_MS);
      expect(ms('delete.retention.ms') + ms('max.compaction.lag.ms') + tombstoneMs).toBeLessThanOrEqual(30 * DAY_MS);
      expect([config['segment.ms'], config['max.compaction.lag.ms'], config['delete.retention.ms']].map(Number)).toEqual([DAY_MS, 8 * DAY_MS, 14 * DAY_MS]);
    }
  });

  test('derives the names of a landscape', () => {
    expect(landscapeTopics(['sales-cloud'], 'x.').map(({ topic }) => topic)).toEqual([
      'x.idm.user-change.v1',
      'x.identity.user.v1',
      'x.identity.group.v1',
      'x.identity.learned-id.v1',
      'x.provisioning.outcome.v1',
      'x.provisioning.sales-cloud.desired-account.v1',
      'x.provisioning.sales-cloud.observed-account.v1',
      'x.provisioning.sales-cloud.entitlement.v1',
      ...['ingest', 'role-mapping', connectorConsumer('sales-cloud')].flatMap((consumer) => [`x.${consumer}.retry.v1`, `x.${consumer}.dead-letter.v1`]),
    ]);
    expect(() => topicName('retry')).toThrow('needs a consumer');
  });

  test('is the only place where a name is typed', () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const stems = topics.map(([, { pattern }]) => pattern.replaceAll(/<\w+>/g, '').replaceAll('.', String.raw`\.`));
    const typed = new RegExp(`['"\`][^'"\`\\s]*(?:${stems.join('|').replaceAll(String.raw`\.\.`, String.raw`\.[^'"\`\s]*\.`)})['"\`]`);
    const found = sources(root).filter((file) => !/contracts\/src\/topics\.ts$|\.spec\.ts$/.test(file)).flatMap((file) => codeLines(file).filter((line) => typed.test(line)).map((line) => `${file.slice(root.length)}: ${line.trim()}`));
    expect(found).toEqual([]);
    expect(typed.test("topic: 'identity.user.v1'")).toBe(true);
    expect(typed.test('`${prefix}provisioning.${system}.desired-account.v1`')).toBe(true);
  });
});

function sources(root: string): readonly string[] {
  return ['libs', 'services'].flatMap((top) => readdirSync(`${root}${top}`).map((project) => `${root}${top}/${project}/src`))
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.ts'));
}

/** Lines without comments: prose may name topics. */
function codeLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '').split('\n').filter((line) => !line.trim().startsWith('//'));
}

const ids: readonly TopicId[] = ['userChange', 'user', 'group', 'desiredAccount', 'learnedId', 'observedAccount', 'entitlement', 'outcome', 'retry', 'deadLetter'];
test('every topic is known by its id', () => expect(topics.map(([id]) => id)).toEqual(ids));
