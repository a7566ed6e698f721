import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret, loadOperators, newToken } from '@rolebridge/access';
import { OPERATORS } from '@rolebridge/access/nest';
import { type AnswerAsRead, type BulkRedriveResult, ClassifiedError, type DeadLetterDetails, type DeadLetterPage, type DismissalResult, type OperatorAudit } from '@rolebridge/contracts';
import { createLogger, createMetrics, Health } from '@rolebridge/observability';
import { type RunningService, startService } from '@rolebridge/observability/nest';
import { DeadLetterDesk } from '@rolebridge/persistence';
import { connectorLetters } from '../store/letters.ts';
import { person, Workbench } from '../test/workbench.ts';
import { AUDIT_LOG, DATABASE } from './connector.controllers.ts';
import { DEAD_LETTERS, DeadLetterController } from './dead-letters.controller.ts';

const folder = mkdtempSync(join(tmpdir(), 'dead-letters-'));
const tokens = { olga: newToken(), reader: newToken() };
const REASON = 'The field exists now.';
/** As targets answer: with what was sent in it. */
const ANSWER: AnswerAsRead = { status: 409, text: '{"scimType":"uniqueness","detail":"User anna.berg@example.org (Anna Berg) exists; token=s3cr3t"}' };
const CAUSES = ['field-missing', 'name-taken', 'role-unknown'] as const;

let bench: Workbench;
let service: RunningService;
/** What the target answers to a person's calls; nothing: it works. */
let refusals: Map<string, string>;

beforeAll(async () => {
  const entry = async (name: keyof typeof tokens, rights: string) => `{name: ${name}, rights: [${rights}], secrets: ['${await hashSecret(tokens[name], 'sha256')}']}`;
  writeFileSync(join(folder, 'operators.yaml'), `operators: [${await entry('olga', 'read, operate')}, ${await entry('reader', 'read')}]`);
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  refusals = new Map();
  bench = await Workbench.open();
  bench.directory.mischief = ({ operation, userId }) => {
    const code = operation === 'observe' ? undefined : refusals.get(userId);
    if (code === undefined) return undefined;
    throw new ClassifiedError({ kind: 'rejected', code, message: 'Refused.' }, { answer: ANSWER });
  };
  const runtime = await bench.run({ concurrency: 16 });
  const providers = [
    { provide: DEAD_LETTERS, useValue: new DeadLetterDesk(bench.database, connectorLetters({ redriven: () => bench.wake(), hint: ({ code }) => (code === 'name-taken' ? 'Free the name at the directory.' : undefined) })) },
    { provide: DATABASE, useValue: bench.database },
    { provide: AUDIT_LOG, useValue: createLogger({ service: 'x', level: 'silent' }) },
    { provide: OPERATORS, useFactory: () => loadOperators(join(folder, 'operators.yaml'), { refusalMs: 0 }) },
  ];
  const module = { module: DeadLetterController, controllers: [DeadLetterController], providers };
  service = await startService({ name: 'x', module, environment: { PORT: 0, HOST: '127.0.0.1' }, log: createLogger({ service: 'x', level: 'silent' }), metrics: createMetrics('x'), health: new Health() });
  expect(runtime.system.name).toBe('directory');
});
afterEach(async () => {
  await service.close();
  await bench.close();
});

async function ask<T>(path: string, who: keyof typeof tokens = 'olga', body?: unknown): Promise<T & { readonly status: number }> {
  const sending = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(`${service.url}/operator/${path}`, { ...sending, headers: { authorization: `Bearer ${tokens[who]}`, ...('headers' in sending ? sending.headers : {}) } });
  return { ...((await answer.json()) as T), status: answer.status };
}

const list = (query = '') => ask<DeadLetterPage>(`dead-letters${query}`);
const redrive = (order: object, who: keyof typeof tokens = 'olga') => ask<BulkRedriveResult>('dead-letters/redrive', who, { reason: REASON, ...order });

/** So many people whose wishes the target refuses, with one of the causes in turn. */
async function refused(count: number, causes: readonly string[] = CAUSES): Promise<readonly ReturnType<typeof person>[]> {
  const people = Array.from({ length: count }, () => person());
  people.forEach(({ userId }, index) => refusals.set(userId, causes[index % causes.length] ?? ''));
  await bench.wish(...people.map((one) => one.wish()));
  await bench.until(async () => (await list('?limit=1')).total === count, 60_000);
  return people;
}

/** Everything that a redrive could change. */
const everything = () => bench.database.query('select (select jsonb_agg(l order by user_id) from link l) as links, (select jsonb_agg(d order by id) from dead_letter d) as letters, (select count(*) from operator_audit) as orders, (select count(*) from outbox) as records');

describe('dead letters of a connector', () => {
  test('500 of three causes: a redrive by one cause leaves exactly the rest', async () => {
    const people = await refused(500);
    expect((await list('?code=name-taken')).total).toBe(167);
    const before = await everything();
    const foreseen = await redrive({ filter: { code: 'name-taken' }, dryRun: true });
    expect(foreseen).toMatchObject({ status: 200, dryRun: true, remaining: 0, skipped: [] });
    expect(foreseen.redriven).toHaveLength(167);
    expect(await everything()).toEqual(before);

    const mended = people.filter(({ userId }) => refusals.get(userId) === 'name-taken');
    mended.forEach(({ userId }) => refusals.delete(userId));
    const done = await redrive({ filter: { code: 'name-taken' } });
    expect(done).toMatchObject({ status: 200, dryRun: false, remaining: 0 });
    expect(new Set(done.redriven)).toEqual(new Set(foreseen.redriven));
    await bench.until(() => mended.every(({ userName }) => bench.directory.byKey(userName) !== undefined));
    await bench.until(async () => (await list('?code=name-taken&state=all&limit=1000')).letters.every(({ state }) => state === 'resolved'));
    expect((await list()).total).toBe(333);
    expect((await list('?code=name-taken')).total).toBe(0);
    expect(bench.directory.effects).toHaveLength(167);
    expect(await redrive({ filter: { code: 'name-taken' } })).toMatchObject({ redriven: [], skipped: [{ why: 'already resolved', count: 167 }] });
    const { orders } = await ask<OperatorAudit>('audit');
    expect(orders).toEqual([expect.objectContaining({ order: 'redrive', operator: 'olga', reason: REASON, filter: { code: 'name-taken' }, affected: 167 })]);
    expect(new Set(orders[0]?.subjects)).toEqual(new Set(mended.map(({ userId }) => `directory/${userId}`)));
  }, 120_000);

  test('asked twice at once, each is redriven once', async () => {
    await refused(30);
    const results = await Promise.all([redrive({ filter: {} }), redrive({ filter: {} }), redrive({ filter: {} })]);
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200]);
    const redriven = results.flatMap((result) => result.redriven);
    expect(new Set(redriven).size).toBe(redriven.length);
    expect((await bench.database.query<{ redrives: number }>('select redrives from link')).every(({ redrives }) => redrives >= 1)).toBe(true);
    const orders = await bench.database.query<{ affected: number }>('select affected from operator_audit');
    expect(orders.reduce((sum, { affected }) => sum + affected, 0)).toBe(redriven.length);
  });

  test('needs the right operate; who may only read can read', async () => {
    await refused(1);
    const before = await everything();
    expect(await redrive({ filter: {} }, 'reader')).toMatchObject({ status: 403, detail: 'This needs the right operate, which reader does not have.' });
    expect(await redrive({ filter: {}, dryRun: true }, 'reader')).toMatchObject({ status: 403 });
    expect(await everything()).toEqual(before);
    expect(await ask<DeadLetterPage>('dead-letters', 'reader')).toMatchObject({ status: 200, total: 1 });
  });

  test('a dismissed letter leaves the list; the link stays as it is, and a newer wish is applied as always', async () => {
    const [anna] = await refused(1);
    const [{ id } = { id: '' }] = (await list()).letters;
    const dismiss = (who: keyof typeof tokens, body: object) => ask<DismissalResult>('dead-letters/dismiss', who, body);
    expect(await dismiss('reader', { ids: [id], reason: REASON })).toMatchObject({ status: 403 });
    expect(await dismiss('olga', { ids: [], reason: REASON })).toMatchObject({ status: 400, detail: expect.stringContaining('ids: must be') });
    expect(await dismiss('olga', { filter: {}, ids: [id], reason: REASON })).toMatchObject({ status: 400, detail: expect.stringContaining('filter: is not known') });
    expect((await list()).total).toBe(1);
    expect(await dismiss('olga', { ids: [id], reason: REASON })).toMatchObject({ status: 200, dismissed: [id], skipped: [] });
    expect([(await list()).total, (await list('?state=all')).letters.map(({ state }) => state)]).toEqual([0, ['dismissed']]);
    expect(await bench.database.query('select state from link')).toEqual([{ state: 'rejected' }]);
    refusals.clear();
    if (anna) await bench.wish(anna.wish({ generation: 2 }));
    await bench.until(() => anna !== undefined && bench.directory.byKey(anna.userName) !== undefined);
  });

  test('a letter tells plan, call and rules without name, address or secret', async () => {
    const anna = person('anna.berg@example.org');
    refusals.set(anna.userId, 'name-taken');
    const wish = anna.wish({ units: ['US_SALES'] });
    await bench.wish({ ...wish, attributes: { ...wish.attributes, name: { familyName: 'Berg', givenName: 'Anna' }, title: 'Anna Berg, head of sales' } });
    await bench.until(async () => (await list()).total === 1);
    const [summary] = (await list()).letters;
    const letter = await ask<DeadLetterDetails>(`dead-letters/${summary?.id ?? ''}`);
    expect(letter).toMatchObject({ status: 200, consumer: 'connector-directory', system: 'directory', userId: anna.userId, generation: 1, state: 'open', plan: ['create'], rules: ['test'], obstacle: null, hint: 'Free the name at the directory.' });
    expect(letter.answer).toMatch(/^status 409\n[^]*"uniqueness"[^]* exists/);
    expect(letter.request).toContain('US_SALES');
    expect(letter.request).toContain('[24 characters]');
    const [row] = await bench.database.query<{ text: string }>('select d::text as text from dead_letter d');
    for (const secret of ['anna', 'berg', 'example', 'head of', 's3cr3t']) expect((row?.text ?? secret).toLowerCase()).not.toContain(secret);
  });

  test('follow the person: superseded by a newer wish, repeated when it fails again', async () => {
    const [anna, bert] = await refused(2, ['name-taken']);
    if (!anna || !bert) throw new Error('nobody');
    refusals.delete(anna.userId);
    await bench.wish(anna.wish({ generation: 2 }));
    await bench.settled(anna.userId);
    await redrive({ filter: {} });
    const all = () => list('?state=all');
    await bench.until(async () => (await all()).total === 3);
    const { letters } = await all();
    expect(letters.filter(({ userId }) => userId === anna.userId).map(({ state }) => state)).toEqual(['superseded']);
    expect(letters.filter(({ userId }) => userId === bert.userId).map(({ state }) => state)).toEqual(['open', 'repeated']);
    const repeated = letters.find(({ state }) => state === 'repeated');
    const superseded = letters.find(({ state }) => state === 'superseded');
    const before = await everything();
    expect(await redrive({ filter: { ids: [superseded?.id, repeated?.id] } })).toMatchObject({
      redriven: [],
      remaining: 0,
      skipped: expect.arrayContaining([
        { why: 'superseded by a newer state of the person', count: 1 },
        { why: 'it failed again; a later dead letter tells of it', count: 1 },
      ]),
    });
    expect(await everything()).toEqual(before);
  });

  test('with a rate the due times are spread, in one statement, behind single changes', async () => {
    await refused(5);
    await bench.database.query(`update target_state set breaker = 'closed'`);
    await redrive({ filter: {}, perSecond: 0.1, startInMs: 60_000 });
    const rows = await bench.database.query<{ s: number; priority: number }>(`select extract(epoch from not_before - now())::float8 as s, priority from link order by not_before`);
    expect(rows.map(({ priority }) => priority)).toEqual([9, 9, 9, 9, 9]);
    expect(rows.map(({ s }) => Math.round((s - (rows[0]?.s ?? 0)) / 10))).toEqual([0, 1, 2, 3, 4]);
    expect(rows[0]?.s).toBeGreaterThan(50);
    expect((await list()).total).toBe(0);
  });

  test.each<[string, unknown, string]>([
    ['no reason', { filter: {}, reason: ' ' }, 'reason: say in a sentence why this is right.'],
    ['a misspelt filter', { filter: { cod: 'x' } }, 'cod: is not known here; known are ids, consumer, system, kind, code, rule, since, until.'],
    ['no filter', {}, 'filter: must be an object.'],
    ['a rate of nothing', { filter: {}, perSecond: 0 }, 'perSecond: must be a number from 0.01 to 1000.'],
    ['a time that is none', { filter: { since: 'yesterday' } }, 'since: must be a time like 2026-11-22T09:00:00Z.'],
    ['an id that is none', { filter: { ids: ["x' or 1=1"] } }, 'ids: must be 1 to 1000 ids of dead letters.'],
  ])('an order with %s is refused', async (_, order, detail) => {
    await refused(1);
    const before = await everything();
    expect(await redrive(order as object)).toMatchObject({ status: 400, detail });
    expect(await everything()).toEqual(before);
  });

  test('what is not there is 404, and nothing is redriven', async () => {
    expect(await ask('dead-letters/000000000000')).toMatchObject({ status: 404 });
    expect(await redrive({ filter: { ids: ['000000000000'] } })).toMatchObject({ status: 200, redriven: [], skipped: [], remaining: 0 });
  });
});
