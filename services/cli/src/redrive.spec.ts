import type { BulkRedrive, BulkRedriveResult } from '@rolebridge/contracts';
import { NOBODY, OperatorService, type Reply } from './test/operator-service.ts';

const WHY = ['--reason', 'The site exists now.'];
const REDRIVE = 'POST /operator/dead-letters/redrive';

const result = (change: Partial<BulkRedriveResult> = {}): { readonly status: number; readonly body?: unknown } => ({ status: 200, body: { dryRun: false, redriven: [], skipped: [], remaining: 0, ...change } satisfies BulkRedriveResult });

let service: OperatorService;
const open = async (replies: Readonly<Record<string, Reply>>): Promise<OperatorService> => (service = await OperatorService.open(replies));
afterEach(() => service.close());

describe('rolebridge dead-letters redrive', () => {
  test('gives the order with filter and reason, and counts what was done and what was not', async () => {
    const { rolebridge, orders } = bound(await open({ [REDRIVE]: result({ redriven: ['a', 'b'], skipped: [{ why: 'superseded by a newer state of the person', count: 3 }] }) }));
    const { code, out, err } = await rolebridge(['dead-letters', 'redrive', '--consumer', 'connector-sales-cloud', '--code', 'field-missing', ...WHY]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe('The connector of sales-cloud: redriven 2.\n  left alone 3: superseded by a newer state of the person.\nWhoever fails again is a new dead letter: rolebridge dead-letters list.\n');
    expect(orders).toEqual([{ order: REDRIVE, body: { filter: { consumer: 'connector-sales-cloud', code: 'field-missing' }, reason: 'The site exists now.', dryRun: false } }]);
  });

  test('goes on until all that were there are done, and not for ever when they fail again', async () => {
    const first = Array.from({ length: 3 }, (_, index) => `a${index}`);
    const answers = [result({ redriven: first, remaining: 2 }), result({ redriven: ['b0', 'b1', 'b2'], remaining: 3 })];
    const { rolebridge, orders } = bound(await open({ [REDRIVE]: () => answers.shift() ?? { status: 500 } }));
    const { out, err } = await rolebridge(['dead-letters', 'redrive', '--consumer', 'connector-sales-cloud', '--all', ...WHY]);
    expect(out).toContain('redriven 6.');
    expect(err).toBe('The connector of sales-cloud: 3 of 5 so far\n');
    expect(orders).toHaveLength(2);
  });

  test('--dry-run says what would be done', async () => {
    const { rolebridge, orders } = bound(await open({ [REDRIVE]: result({ dryRun: true, redriven: Array.from({ length: 25 }, (_, index) => `id${index}`), remaining: 100 }) }));
    const { out } = await rolebridge(['dead-letters', 'redrive', '--consumer', 'connector-sales-cloud', '--all', '--dry-run', ...WHY]);
    expect(out).toMatch(/would redrive 125\.\n {2}id0 id1 .* id19 and 105 more\n/);
    expect(orders).toEqual([expect.objectContaining({ body: { filter: { consumer: 'connector-sales-cloud' }, reason: 'The site exists now.', dryRun: true } })]);
  });

  test.each<[string, ReturnType<typeof result>, number, string]>([
    ['is not there', result(), 3, '000000000000: there is no such dead letter'],
    ['was redriven already', result({ skipped: [{ why: 'already redriven or released; it is being worked', count: 1 }] }), 1, 'left alone 1: already redriven'],
    ['may not be redriven by this operator', { status: 403, body: { detail: 'This needs the right operate, which anna does not have.' } }, 4, 'This needs the right operate, which anna does not have.'],
    ['is at a service that cannot answer', { status: 503 }, 5, 'cannot answer now (503)'],
  ])('one letter that %s: a clear message and an exit code', async (_, reply, exitCode, sentence) => {
    const replies = [reply]; // the other services do not know the letter, or refuse as well
    const { rolebridge } = bound(await open({ [REDRIVE]: () => (reply.status === 200 ? (replies.shift() ?? result()) : reply) }));
    const { code, out, err } = await rolebridge(['dead-letters', 'redrive', '000000000000', ...WHY]);
    expect(code).toBe(exitCode);
    expect(out + err).toContain(sentence);
  });

  test('a stopped service is named, and the order may be given again', async () => {
    const { rolebridge } = bound(await open({ [REDRIVE]: result({ redriven: ['a'] }) }));
    const { code, out, err } = await rolebridge(['dead-letters', 'redrive', '--code', 'x', '--ingest', NOBODY, ...WHY]);
    expect(code).toBe(5);
    expect(out).toContain('redriven 1.');
    expect(err).toContain('Ingest cannot be reached');
  });

  test.each([
    [[...WHY], 'Say which: ids of dead letters, filters like --code, or --all.'],
    [['abc', '--code', 'x', ...WHY], 'not ids together with others'],
    [['abc'], '--reason'],
    [['--all', '--rate', '0', ...WHY], '--rate must be like 5/s or 30/min'],
    [['--all', '--rate', 'fast', ...WHY], '--rate must be like 5/s or 30/min'],
  ])('%j is wrong usage, and nothing is ordered', async (argv, sentence) => {
    const { rolebridge, orders } = bound(await open({}));
    expect(await rolebridge(['dead-letters', 'redrive', ...argv])).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    expect(orders).toEqual([]);
  });
});

describe('rolebridge dead-letters redrive --rate', () => {
  const orderOf = (body: unknown): BulkRedrive => body as BulkRedrive; // what the command sends
  const letters = Array.from({ length: 25 }, (_, at) => `id${at}`);
  /** A service that has these letters; what waits for another is left alone. */
  const having = (there: readonly string[], waits: readonly string[] = []): Reply => (body) => {
    const { dryRun = false, filter } = orderOf(body);
    const fit = there.filter((id) => filter.ids?.includes(id) ?? true);
    if (dryRun) return result({ dryRun, redriven: fit, skipped: [{ why: 'already resolved', count: 2 }] });
    const left = fit.filter((id) => waits.includes(id));
    return result({ redriven: fit.filter((id) => !waits.includes(id)), skipped: left.length > 0 ? [{ why: 'still waits', count: left.length }] : [] });
  };
  const AT_ONE = ['dead-letters', 'redrive', '--consumer', 'connector-sales-cloud', '--code', 'x', ...WHY];

  test('orders ten seconds of work at a time, of those that were open at the beginning; one that is left alone holds up nobody', async () => {
    await open({ [REDRIVE]: having(letters, ['id0', 'id1']) });
    const waited: number[] = [];
    const { code, out, err } = await service.rolebridge([...AT_ONE, '--rate', '1.2/s'], { pause: async (ms) => void waited.push(ms) });
    expect({ code, err }).toEqual({ code: 0, err: 'The connector of sales-cloud: 10 of 25 so far\nThe connector of sales-cloud: 22 of 25 so far\n' });
    expect(out).toBe('The connector of sales-cloud: redriven 23, the last of them within 10 s.\n  left alone 2: already resolved.\n  left alone 2: still waits.\nWhoever fails again is a new dead letter: rolebridge dead-letters list.\n');
    expect(service.orders.map(({ body }) => [orderOf(body).dryRun, orderOf(body).filter.ids?.length])).toEqual([[true, undefined], [false, 12], [false, 12], [false, 1]]);
    expect(waited).toEqual([10_000, 10_000]);
    expect(service.orders.at(-1)?.body).toEqual({ filter: { consumer: 'connector-sales-cloud', code: 'x', ids: ['id24'] }, reason: 'The site exists now.', dryRun: false, perSecond: 1.2 });
  });

  test('interrupted it orders nothing more, says how many are untouched, and ends with 130', async () => {
    await open({ [REDRIVE]: having(letters) });
    const interrupt = new AbortController();
    const { code, out } = await service.rolebridge([...AT_ONE, '--rate', '1/s'], { interrupted: interrupt.signal, pause: async () => interrupt.abort() });
    expect(code).toBe(130);
    expect(out).toContain('redriven 10, the last of them within 9 s.\n');
    expect(out).toContain('  untouched 15: interrupted; the same command goes on with them.\n');
    expect(service.orders).toHaveLength(2);
  });

  test('--dry-run says how long it would take', async () => {
    await open({ [REDRIVE]: having(letters) });
    expect((await service.rolebridge([...AT_ONE, '--rate', '1/s', '--dry-run'])).out).toContain('would redrive 25, the last of them after 24 s.');
  });
});

function bound(one: OperatorService) {
  return { rolebridge: one.rolebridge.bind(one), orders: one.orders };
}
