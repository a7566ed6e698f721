import { readDeadLetter } from '@rolebridge/contracts';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from '../database.ts';
import { migrate } from '../migration/migrate.ts';
import type { Database } from '../port.ts';
import { readBacklog } from '../backlog.ts';
import { buryLetters, type Letter } from './bury.ts';
import { DeadLetterDesk } from './desk.ts';
import { startForgettingLetters } from './forget.ts';
import type { LetterBook } from './letter-rows.ts';

const ID = '6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01';

let database: Database;
let worked: string[];

/** A service without rows of its own: letters are open until something is noted; code `deaf` cannot be redriven. */
const BOOK: LetterBook = { join: '', state: `case when d.redrives = '[]' then 'open' else 'under-way' end`, obstacle: `case when d.code = 'deaf' then 'deaf' end`, obstacles: { deaf: 'nobody listens' } };

const desk = (): DeadLetterDesk =>
  new DeadLetterDesk(database, {
    book: BOOK,
    lock: async (sql, letters) => void (await sql.query('select 1 from dead_letter where id = any($1) order by id for update', [letters.map(({ id }) => id)])),
    redrive: async (_, letters) => {
      worked.push(...letters.map(({ id }) => id));
      return new Map();
    },
    redriven: () => undefined,
  });

beforeEach(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema });
  database = connectDatabase({ url, schema, applicationName: schema, queue: true });
  worked = [];
});
afterEach(() => database.close());

const letter = (change: Partial<Letter> & { readonly code?: string } = {}): Letter => ({
  consumer: 'connector-directory',
  original: { topic: 't', partition: 3, offset: 7, timestamp: 1000, key: ID, value: '{}' },
  failure: { kind: 'rejected', code: change.code ?? 'http-400', message: 'Refused for li.ng@example.org.', field: 'name' },
  attempts: 2,
  firstFailureAt: '2026-11-20T08:00:00.000Z',
  at: '2026-11-20T09:00:00.000Z',
  correlationId: 'c1',
  serviceVersion: '1',
  plan: ['create', 'set-units'],
  system: 'directory',
  userId: ID,
  generation: 5,
  rules: ['sales', 'all'],
  request: 'create {"name":"[5 characters]"}',
  answer: 'status 400',
  ...change,
});

const at = (index: number): string => new Date(Date.parse('2026-11-20T09:00:00.000Z') + index).toISOString();

describe('dead letters', () => {
  test('stand on their topic and before operators, in one transaction, under one id', async () => {
    await buryLetters(database, [letter()]);
    const [record] = await database.query<{ topic: string; headers: Record<string, string>; value: string }>('select * from outbox');
    const { letters } = await desk().list({});
    expect(record?.topic).toBe('connector-directory.dead-letter.v1');
    expect(record?.headers['rb_dead_letter_id']).toBe(letters[0]?.id);
    expect(readDeadLetter({ headers: record?.headers ?? {}, value: Buffer.from(record?.value ?? '') })).toMatchObject({ ok: true, value: { plan: ['create', 'set-units'] } });
    const failing = database.transaction(async (sql) => {
      await buryLetters(sql, [letter()]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await desk().list({})).total).toBe(1);
  });

  test('are shown with everything that is known, without the address in the message', async () => {
    await buryLetters(database, [letter()]);
    const [summary] = (await desk().list({})).letters;
    const expected = { consumer: 'connector-directory', system: 'directory', userId: ID, generation: 5, kind: 'rejected', code: 'http-400', message: 'Refused for [e-mail]', field: 'name', rules: ['sales', 'all'], attempts: 2, firstFailureAt: '2026-11-20T08:00:00.000Z', lastFailureAt: '2026-11-20T09:00:00.000Z', correlationId: 'c1', state: 'open' };
    expect(summary).toEqual({ id: expect.stringMatching(/^[0-9a-z]{12}$/), ...expected });
    expect(await desk().show(summary?.id ?? '')).toEqual({
      id: summary?.id,
      ...expected,
      line: null,
      original: { topic: 't', partition: 3, offset: 7, at: '1970-01-01T00:00:01.000Z' },
      plan: ['create', 'set-units'],
      request: 'create {"name":"[5 characters]"}',
      answer: 'status 400',
      serviceVersion: '1',
      redrives: [],
      obstacle: null,
      hint: null,
    });
    expect(await desk().show('000000000000')).toBeUndefined();
  });

  test('take any text that a target, a producer or an operator may give', async () => {
    await buryLetters(database, [letter({ userId: 'not-an-id', request: 'a\0b\ud800\nc', answer: 'x'.repeat(20_000), rules: ['a\0'], failure: { kind: 'unclassified', code: 'x\0', message: 'y\0\ud800' } })]);
    const [row] = (await desk().list({})).letters;
    const shown = await desk().show(row?.id ?? '');
    expect(shown).toMatchObject({ userId: null, request: 'a b�\nc', rules: ['a '] });
    expect(shown?.answer?.length).toBeLessThan(8_100);
  });

  test.each<[string, object, number]>([
    ['nothing', {}, 6],
    ['a system', { system: 'other' }, 1],
    ['a consumer', { consumer: 'ingest' }, 1],
    ['a kind', { kind: 'malformed' }, 1],
    ['a code', { code: 'http-422' }, 1],
    ['a rule', { rule: 'finance' }, 1],
    ['since', { since: at(1) }, 5],
    ['until', { until: at(1) }, 1],
    ['two of them', { code: 'http-422', rule: 'finance' }, 0],
  ])('are found by %s', async (_, filter, total) => {
    const malformed = { kind: 'malformed', code: 'schema', message: 'x' } as const;
    const all = [letter(), letter({ system: 'other' }), letter({ consumer: 'ingest' }), letter({ failure: malformed }), letter({ code: 'http-422' }), letter({ rules: ['finance'] })];
    await buryLetters(database, all.map((one, index) => ({ ...one, at: at(index) })));
    expect((await desk().list(filter)).total).toBe(total);
    expect((await desk().list(filter)).letters).toHaveLength(total);
  });

  test('are counted by cause while they are open; their records wait in the outbox, which is counted too', async () => {
    await buryLetters(database, [letter(), letter(), letter({ code: 'http-422', system: 'other' }), letter({ code: 'done' })]);
    await database.query(`update dead_letter set closed_as = 'resolved' where code = 'done'`);
    expect((await readBacklog(database, BOOK)).letters).toEqual([
      { system: 'directory', kind: 'rejected', code: 'http-400', count: 2 },
      { system: 'other', kind: 'rejected', code: 'http-422', count: 1 },
    ]);
    await database.query(`update outbox set created_at = now() - interval '1 minute'`);
    const { oldestSeconds, ...counts } = (await readBacklog(database, BOOK)).outbox;
    expect(counts).toEqual({ rows: 4, aside: 0 });
    expect(oldestSeconds).toBeGreaterThanOrEqual(60);
    await database.query('delete from outbox');
    expect((await readBacklog(database, BOOK)).outbox).toEqual({ rows: 0, oldestSeconds: 0, aside: 0 });
  });

  test('come in pages, newest first, each once, also when many fell at the same time', async () => {
    await buryLetters(database, Array.from({ length: 25 }, (_, index) => letter({ at: at(Math.floor(index / 10)) })));
    const seen: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<DeadLetterDesk['list']>> = await desk().list({ limit: 7, ...(after === null ? {} : { after }) });
      expect(page.total).toBe(25);
      seen.push(...page.letters.map(({ lastFailureAt, id }) => `${lastFailureAt}_${id}`));
      after = page.next;
      pages += 1;
    } while (after !== null && pages < 10);
    expect(pages).toBe(4);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });

  test('are dismissed once when asked twice at once, with who and why; what waits to be worked stays open', async () => {
    await buryLetters(database, [letter(), letter({ waitingAt: 7 }), letter({ code: 'http-422' })]);
    const { letters } = await desk().list({});
    const waiting = (await database.query<{ id: string }>('select id from dead_letter where waiting_at is not null'))[0]?.id ?? '';
    const [first = ''] = letters.filter(({ id, code }) => id !== waiting && code === 'http-400').map(({ id }) => id);
    const order = { ids: [first, waiting, '000000000000'], reason: 'Known to li@example.org alone.' };
    const results = await Promise.all([desk().dismiss(order, 'olga'), desk().dismiss(order, 'olga')]);
    expect(results.map(({ dismissed }) => dismissed.length).toSorted((left, right) => left - right)).toEqual([0, 1]);
    expect(results.every(({ skipped }) => skipped.some(({ why }) => why.startsWith('its change waits')))).toBe(true);
    expect((await desk().list({})).letters.map(({ id }) => id).toSorted()).toEqual(letters.map(({ id }) => id).filter((id) => id !== first).toSorted());
    expect(await desk().show(first)).toMatchObject({ state: 'dismissed', obstacle: expect.stringContaining('dismissed by an operator'), dismissed: { by: 'olga', reason: 'Known to [e-mail] alone.' } });
    expect((await desk().redrive({ filter: { ids: [first] }, reason: 'Now.' }, 'olga')).redriven).toEqual([]);
    const orders = await database.query('select ordered, operator, affected from operator_audit');
    expect(orders).toEqual([{ ordered: 'dismiss', operator: 'olga', affected: 1 }]);
  });

  test('are redriven once when asked twice at once; who, why and what is recorded', async () => {
    await buryLetters(database, [letter(), letter({ code: 'deaf' }), letter({ code: 'http-422' })]);
    const order = { filter: { kind: 'rejected' }, reason: 'Mended.' } as const;
    expect((await desk().redrive({ ...order, dryRun: true }, 'olga')).redriven).toHaveLength(2);
    expect(worked).toEqual([]);
    const results = await Promise.all([desk().redrive(order, 'olga'), desk().redrive(order, 'anna')]);
    expect(results.map(({ redriven }) => redriven.length).toSorted((left, right) => left - right)).toEqual([0, 2]);
    expect(worked).toHaveLength(2);
    expect(results.find(({ redriven }) => redriven.length === 2)?.skipped).toEqual([{ why: 'nobody listens', count: 1 }]);
    expect(results.find(({ redriven }) => redriven.length === 0)?.skipped.toSorted((left, right) => left.count - right.count)).toEqual([
      { why: 'nobody listens', count: 1 },
      { why: 'already redriven or released; it is being worked', count: 2 },
    ]);
    const audit = await database.query('select ordered, reason, affected, skipped, subjects, filter from operator_audit');
    expect(audit).toEqual([{ ordered: 'redrive', reason: 'Mended.', affected: 2, skipped: { 'nobody listens': 1 }, subjects: [`directory/${ID}`], filter: { kind: 'rejected' } }]);
    expect((await desk().show(worked[0] ?? ''))?.redrives).toEqual([{ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), by: expect.stringMatching(/olga|anna/), reason: 'Mended.' }]);
  });

  test('are forgotten when they are old, a few at a time', async () => {
    const old = new Date(Date.now() - 22 * 86_400_000).toISOString();
    const young = new Date(Date.now() - 20 * 86_400_000).toISOString();
    await buryLetters(database, [...Array.from({ length: 5 }, () => letter({ at: old })), letter({ at: young })]);
    const forgetting = startForgettingLetters(database, { log: { info: () => undefined, warn: () => undefined, error: () => undefined }, chunk: 2 });
    const end = Date.now() + 10_000;
    while ((await desk().list({})).total > 1 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    await forgetting.close();
    expect((await desk().list({})).letters.map(({ lastFailureAt }) => lastFailureAt)).toEqual([young]);
  });
});
