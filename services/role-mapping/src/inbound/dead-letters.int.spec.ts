import type { BulkRedriveResult, DeadLetterDetails, DeadLetterPage, OperatorAudit } from '@rolebridge/contracts';
import { connectDatabase } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import type { RunningRoleMapping } from './run-role-mapping.ts';
import { Landscape, OPERATOR_TOKEN, eventually } from '../test/landscape.ts';
import { ANNA, person, systemRules } from '../test/person.ts';

const BERT = '22222222-2222-4222-8222-222222222222';

describe('dead letters of role-mapping, with a real broker and a real database', () => {
  let landscape: Landscape;
  let service: RunningRoleMapping;
  let database: Database;

  beforeEach(async () => {
    landscape = await Landscape.start(['sales-cloud']);
    await landscape.rules('sales-cloud', systemRules({ settings: { primaryUnit: 'reject' }, passThrough: { units: true } }));
    service = await landscape.serve();
    database = connectDatabase({ url: landscape.environment['DATABASE_URL'] ?? '', schema: landscape.schema, applicationName: 'test' });
  });
  afterEach(async () => {
    await database.close();
    await landscape.close();
  });

  async function ask<T>(path: string, body?: unknown): Promise<T & { readonly status: number }> {
    const headers = { authorization: `Bearer ${OPERATOR_TOKEN}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${service.url}/operator/${path}`, { headers, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) });
    return { ...((await answer.json()) as T), status: answer.status };
  }
  const letters = async (query = '') => (await ask<DeadLetterPage>(`dead-letters?limit=100${query}`)).letters;
  const redrive = (filter: object, more: object = {}) => ask<BulkRedriveResult>('dead-letters/redrive', { filter, reason: 'The rules are mended.', ...more });

  test('somebody whom the rules refuse is open until judged well: by a redrive after the cause is mended, or by a newer state', async () => {
    const anna = person({ units: ['1000'] });
    await landscape.send(landscape.record(anna), landscape.record(person({ id: BERT, units: ['1000'] })));
    await eventually(async () => (await letters()).length === 2);
    const letter = (await letters()).find(({ userId }) => userId === ANNA);
    expect(letter).toMatchObject({ consumer: 'role-mapping', system: 'sales-cloud', userId: ANNA, generation: 1, kind: 'rejected', code: 'primary-unit-missing', state: 'open' });
    expect(await ask<DeadLetterDetails>(`dead-letters/${letter?.id ?? ''}`)).toMatchObject({ status: 200, obstacle: null, request: null });

    expect((await redrive({ ids: [letter?.id] }, { dryRun: true })).redriven).toEqual([letter?.id]);
    expect((await redrive({ ids: [letter?.id] })).redriven).toEqual([letter?.id]);
    await eventually(async () => (await letters('&state=all')).length === 3);
    expect((await letters('&state=all')).filter(({ userId }) => userId === ANNA).map(({ state }) => state)).toEqual(['open', 'repeated']);

    await landscape.send(landscape.record({ ...anna, generation: 2, presence: 'absent' }));
    await eventually(async () => (await letters()).length === 1);
    expect((await letters('&state=all')).filter(({ userId }) => userId === ANNA).map(({ state }) => state)).toEqual(['superseded', 'repeated']);

    await landscape.rules('sales-cloud', systemRules({ settings: { primaryUnit: 'first' }, passThrough: { units: true } }));
    expect(await ask('rules/reload', {})).toMatchObject({ status: 200 });
    await eventually(async () => (await letters()).length === 0);
    expect((await letters('&state=all')).filter(({ userId }) => userId === BERT).map(({ state }) => state)).toEqual(['resolved']);
    expect((await ask<OperatorAudit>('audit')).orders).toEqual([expect.objectContaining({ order: 'reload-rules', operator: 'night-shift', affected: 1 }), expect.objectContaining({ order: 'redrive', operator: 'night-shift', affected: 1, subjects: [`sales-cloud/${ANNA}`] })]);
  });

  test('a redrive judges by the newest state, spread over time; twice is once', async () => {
    await landscape.send(landscape.record(person({ units: ['1000'] })), landscape.record(person({ id: BERT, units: ['1000'] })));
    await eventually(async () => (await letters()).length === 2);
    const results = await Promise.all([redrive({}, { perSecond: 0.01, startInMs: 60_000 }), redrive({}, { perSecond: 0.01, startInMs: 60_000 })]);
    expect(results.flatMap(({ redriven }) => redriven)).toHaveLength(2);
    expect((await letters('&state=all')).map(({ state }) => state)).toEqual(['under-way', 'under-way']);
    const due = await database.query<{ s: number }>('select extract(epoch from reevaluate_at - now())::float8 as s from user_state order by reevaluate_at');
    expect(due.map(({ s }) => Math.round((s - (due[0]?.s ?? 0)) / 50))).toEqual([0, 2]);
    expect(due[0]?.s).toBeGreaterThan(50);
  });

  test('a record that cannot be read says so, and rests when the person comes well', async () => {
    const good = landscape.record(person());
    await landscape.send({ ...good, value: '{"id":"' });
    await eventually(async () => (await letters()).length === 1);
    const [letter] = await letters();
    expect(letter).toMatchObject({ userId: ANNA, generation: null, kind: 'malformed' });
    expect(await redrive({ ids: [letter?.id] })).toMatchObject({ redriven: [], skipped: [{ why: expect.stringMatching(/could not be read/), count: 1 }] });
    await landscape.send(good);
    await eventually(async () => (await letters()).length === 0);
    expect((await letters('&state=all')).map(({ state }) => state)).toEqual(['superseded']);
  });
});
