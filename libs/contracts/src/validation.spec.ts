import { readdirSync, readFileSync } from 'node:fs';
import { TOPICS, type TopicId } from './topics.ts';
import { SCHEMAS, validate } from './validation.ts';

const GOLDEN = new URL('../golden/', import.meta.url);
const CASES = ['usual', 'minimal', 'unicode', 'future'];
const ids = Object.keys(TOPICS) as TopicId[]; // keys of our own constant

function golden(id: TopicId, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`${TOPICS[id].schema}/${name}.json`, GOLDEN), 'utf8')) as Record<string, unknown>;
}

describe('the golden examples', () => {
  test.each(ids.flatMap((id) => CASES.map((name) => [id, name] as const)))('of %s: %s is valid', (id, name) => {
    expect(validate(id, golden(id, name))).toMatchObject({ ok: true });
  });

  test('and schemas stand beside each topic, none without one', () => {
    const schemas = ids.map((id) => TOPICS[id].schema).toSorted();
    expect(readdirSync(GOLDEN).toSorted()).toEqual(schemas);
    expect(readdirSync(SCHEMAS).toSorted()).toEqual([...schemas, 'parts.v1'].toSorted().map((name) => `${name}.schema.json`));
  });
});

/** The example with one field set, or removed when `value` is undefined. */
function changed(id: TopicId, path: string, value: unknown): unknown {
  const copy = structuredClone(golden(id, 'usual'));
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  const parent = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

describe('a value of a wrong shape is refused, naming the field but not its content', () => {
  test.each<[TopicId, string, unknown, string]>([
    ['user', 'id', '17', 'id must match format "uuid"'],
    ['user', 'id', undefined, 'id is missing'],
    ['user', 'generation', '7', 'generation must be integer'],
    ['user', 'generation', 7.5, 'generation must be integer'],
    ['user', 'generation', 2 ** 53, 'generation must be <= 9007199254740991'],
    ['user', 'presence', 'gone', 'presence must be one of active, disabled, absent, erased'],
    ['user', 'resource/emails/0/value', 17, 'resource.emails[0].value must be string'],
    ['user', 'resource/active', 'true', 'resource.active must be boolean'],
    ['user', 'resource/userName', undefined, 'resource.userName is missing'],
    ['user', 'units', '100,200', 'units must be array'],
    ['user', 'requested/fieldglass/grants/0/by', undefined, 'requested.fieldglass.grants[0].by is missing'],
    ['user', 'validTo', 'next year', expect.stringContaining('validTo must match pattern')],
    ['userChange', 'operation', 'merge', 'operation must be one of create, replace, patch, lock, unlock, delete'],
    ['userChange', 'user', undefined, 'user is missing'],
    ['userChange', 'operation', 'patch', 'patch is missing'],
    ['desiredAccount', 'entitlements/unit/complete', undefined, 'entitlements.unit.complete is missing'],
    ['desiredAccount', 'userGeneration', null, 'userGeneration must be integer'],
    ['outcome', 'state', undefined, 'state is missing'],
    ['outcome', 'stage', 'evaluated', 'ruleSet is missing'],
    ['retry', 'kind', 'replay', 'kind must be one of redrive, reapply'],
    ['retry', 'expiresAt', 'tomorrow', 'expiresAt must match format "date-time"'],
  ])('%s %s = %j', (id, path, value, problem) => {
    expect(validate(id, changed(id, path, value))).toMatchObject({ ok: false, problem });
  });

  test.each([null, [], 'text', 17])('%j', (value) => {
    expect(validate('user', value)).toMatchObject({ ok: false, problem: 'the value must be object' });
  });
});

test('checking a user takes microseconds of processor time', () => {
  const user = golden('user', 'usual');
  for (let n = 0; n < 2000; n += 1) validate('user', user);
  const before = process.cpuUsage();
  for (let n = 0; n < 20_000; n += 1) validate('user', user);
  expect(process.cpuUsage(before).user / 20_000).toBeLessThan(50);
});
