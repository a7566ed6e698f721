import type { DeadLetterDetails, DeadLetterPage, DeadLetterSummary, OperatorAudit } from '@rolebridge/contracts';
import { ID, NOBODY, OperatorService, type Reply } from './test/operator-service.ts';

const WHY = ['--reason', 'The site exists now.'];
const LIST = 'GET /operator/dead-letters';

const summary = (id: string, change: Partial<DeadLetterSummary> = {}): DeadLetterSummary => ({
  id,
  consumer: 'connector-sales-cloud',
  system: 'sales-cloud',
  userId: ID,
  generation: 3,
  kind: 'rejected',
  code: 'field-missing',
  message: 'The target wants a \u001b[31mcost centre.',
  field: 'costCenter',
  rules: ['sales'],
  attempts: 2,
  firstFailureAt: '2026-11-22T10:00:00.000Z',
  lastFailureAt: '2026-11-22T11:00:00.000Z',
  correlationId: 'c-1',
  state: 'open',
  ...change,
});

const details: DeadLetterDetails = {
  ...summary('3k7d0xq2m9ta'),
  line: null,
  original: { topic: 'provisioning.sales-cloud.desired-account.v1', partition: 4, offset: 17, at: '2026-11-22T09:59:00.000Z' },
  plan: ['create', 'set-units'],
  request: 'create {\n "name": "[5 characters]"\n}',
  answer: 'status 400',
  serviceVersion: '0.1.0',
  redrives: [{ at: '2026-11-22T11:30:00.000Z', by: 'olga', reason: 'Mended?' }],
  obstacle: null,
  hint: null,
};

const page = (letters: readonly DeadLetterSummary[], total = letters.length, next: string | null = null): Reply => ({ status: 200, body: { letters, total, next } satisfies DeadLetterPage });

let service: OperatorService;
const open = async (replies: Readonly<Record<string, Reply>>): Promise<OperatorService> => (service = await OperatorService.open(replies));
afterEach(() => service.close());

describe('rolebridge dead-letters list', () => {
  test('shows who failed where and why, with a count, and asks for what the filters say', async () => {
    const { rolebridge, asked } = bound(await open({ [LIST]: page([summary('3k7d0xq2m9ta')]) }));
    const { code, out, err } = await rolebridge(['dead-letters', 'list', '--consumer', 'connector-sales-cloud', '--kind', 'rejected', '--code', 'field-missing', '--rule', 'sales', '--since', '2h']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('ID            LAST FAILURE  AT           STATE  KIND      CODE           USER');
    expect(out).toContain(`3k7d0xq2m9ta  1 h ago       sales-cloud  open   rejected  field-missing  ${ID}  The target wants a �[31mcost centre.`);
    expect(out).toContain('\n1 of 1 open dead letters.\n');
    expect(asked).toEqual(['/operator/dead-letters?state=open&limit=50&consumer=connector-sales-cloud&kind=rejected&code=field-missing&rule=sales&since=2026-11-22T10%3A00%3A00.000Z']);
  });

  test('merges the services by time, and pages through thousands', async () => {
    const letters = Array.from({ length: 3 }, (_, index) => summary(`00000000000${index}`, { lastFailureAt: `2026-11-22T11:0${index}:00.000Z` }));
    const { rolebridge } = bound(await open({ [LIST]: page(letters.toReversed(), 5000, 'x') }));
    const { out } = await rolebridge(['dead-letters', 'list', '--limit', '2', '--all']);
    expect(out).toContain('2 of 15000 dead letters, open or not. Next page: --after 2026-11-22T11:02:00.000Z_000000000002');
    const { out: json } = await rolebridge(['dead-letters', 'list', '--limit', '4', '--json']);
    expect(JSON.parse(json)).toMatchObject({ total: 15000, unanswered: [], letters: [{ id: '000000000002' }, { id: '000000000002' }, { id: '000000000002' }, { id: '000000000001' }] });
  });

  test('tells who did not answer, shows the others, and ends with 5', async () => {
    const { rolebridge } = bound(await open({ [LIST]: page([summary('3k7d0xq2m9ta')]) }));
    const { code, out, err } = await rolebridge(['dead-letters', 'list', '--role-mapping', NOBODY]);
    expect(code).toBe(5);
    expect(out).toContain('3k7d0xq2m9ta');
    expect(err).toContain(`Role-mapping cannot be reached at ${NOBODY} (ECONNREFUSED); is it running?`);
  });

  test.each([
    [['--kind', 'bad'], 'Allowed choices'],
    [['--since', 'yesterday'], '--since must be a time like 2026-11-22T09:00:00Z, or how long ago: 30min, 2h, 3d.'],
    [['--limit', '0'], '--limit must be a whole number from 1 to 1000.'],
    [['--target', 'nowhere'], '--target must be one of sales-cloud.\n'],
    [['--after', 'foo'], '--after must be what the last page named'],
    [['--since', '2026-02-31'], '--since must be a time'],
    [['--consumer', 'nobody'], '--consumer must be one of ingest, role-mapping, connector-sales-cloud.'],
  ])('%j is wrong usage', async (argv, sentence) => {
    const { rolebridge, asked } = bound(await open({}));
    expect(await rolebridge(['dead-letters', 'list', ...argv])).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    expect(asked).toEqual([]);
  });
});

describe('rolebridge dead-letters show', () => {
  test('tells what happened, the plan, the call, a hint, and what a redrive would do', async () => {
    const { rolebridge } = bound(await open({ 'GET /operator/dead-letters/3k7d0xq2m9ta': { status: 200, body: details } }));
    const { code, out } = await rolebridge(['dead-letters', 'show', '3k7d0xq2m9ta']);
    expect(code).toBe(0);
    for (const line of [
      'Dead letter 3k7d0xq2m9ta: open (needs a person)',
      '  field        costCenter',
      '  plan         create, then set-units',
      '  2026-11-22T09:59:00.000Z the record stood on provisioning.sales-cloud.desired-account.v1, partition 4, offset 17 (2 h 1 min ago)',
      '  2026-11-22T11:00:00.000Z buried by connector-sales-cloud 0.1.0 after 2 attempts (1 h ago)',
      '  2026-11-22T11:30:00.000Z redriven by olga: Mended? (30 min ago)',
      '   "name": "[5 characters]"',
      '  status 400',
      '  hint         Fill the named field at the source. The change is applied by itself.',
      '  redrive      would make the newest wish of this person at this system due now; never the old one.',
    ])
      expect(out.split('\n')).toContain(line);
  });

  test('the words of the connector come first; what cannot be redriven says so', async () => {
    const { rolebridge } = bound(await open({ 'GET /operator/dead-letters/3k7d0xq2m9ta': { status: 200, body: { ...details, hint: 'Make the site at Fieldglass.', obstacle: 'superseded by a newer state of the person', state: 'superseded' } } }));
    const { out } = await rolebridge(['dead-letters', 'show', '3k7d0xq2m9ta']);
    expect(out).toContain('  hint         Make the site at Fieldglass.\n');
    expect(out).toContain('  redrive      would leave it alone: superseded by a newer state of the person.\n');
  });

  test('one that is not there ends with 3; when a service is down nobody can be sure', async () => {
    const { rolebridge } = bound(await open({}));
    expect(await rolebridge(['dead-letters', 'show', '000000000000'])).toMatchObject({ code: 3, out: '', err: expect.stringContaining('There is no dead letter 000000000000') });
    expect(await rolebridge(['dead-letters', 'show', '000000000000', '--role-mapping', NOBODY])).toMatchObject({ code: 5, err: expect.stringContaining('No service that answered has') });
  });
});

describe('rolebridge dead-letters dismiss', () => {
  const DISMISS = 'POST /operator/dead-letters/dismiss';
  const answer = (dismissed: readonly string[], skipped: readonly object[] = []): Reply => ({ status: 200, body: { dismissed, skipped } });
  /** Three services stand at one address: one knows the letter, the others do not. */
  const once = (reply: Reply): Reply => {
    const replies = [reply];
    return () => {
      const next = replies.shift() ?? answer([]);
      return typeof next === 'function' ? next(undefined) : next;
    };
  };

  test('closes letters by id, and a shown one tells who did it', async () => {
    const { rolebridge, orders } = bound(await open({ [DISMISS]: once(answer(['3k7d0xq2m9ta'])), 'GET /operator/dead-letters/3k7d0xq2m9ta': { status: 200, body: { ...details, state: 'dismissed', dismissed: { at: '2026-11-22T11:45:00.000Z', by: 'anna', reason: 'A test person.' } } } }));
    expect(await rolebridge(['dead-letters', 'dismiss', '3K7D0XQ2M9TA', ...WHY])).toEqual({ code: 0, err: '', out: 'Dismissed: 3k7d0xq2m9ta; what they are about stays as it is.\n' });
    expect(orders[0]).toEqual({ order: DISMISS, body: { ids: ['3k7d0xq2m9ta'], reason: 'The site exists now.' } });
    expect((await rolebridge(['dead-letters', 'show', '3k7d0xq2m9ta'])).out).toContain('2026-11-22T11:45:00.000Z dismissed by anna: A test person. (15 min ago)');
  });

  test.each<[string, Reply, number, string]>([
    ['is not there', answer([]), 3, '000000000000: there is no such dead letter'],
    ['is dismissed already', answer([], [{ why: 'dismissed by an operator', count: 1 }]), 1, 'Left alone 1: dismissed by an operator.'],
  ])('one that %s: a clear message and an exit code', async (_, reply, code, sentence) => {
    const { rolebridge } = bound(await open({ [DISMISS]: once(reply) }));
    const told = await rolebridge(['dead-letters', 'dismiss', '000000000000', ...WHY]);
    expect(told.code).toBe(code);
    expect(told.out + told.err).toContain(sentence);
  });

  test('nothing is dismissed without an id, a reason, or by a wrong id', async () => {
    const { rolebridge, orders } = bound(await open({}));
    for (const argv of [[...WHY], ['3k7d0xq2m9ta'], ['--all', ...WHY], ['3k7d/x', ...WHY]]) expect((await rolebridge(['dead-letters', 'dismiss', ...argv])).code).toBe(2);
    expect(orders).toEqual([]);
  });
});

describe('rolebridge dead-letters skip', () => {
  const SKIP = 'POST /operator/parked/abc/skip';
  const shown = (line: string | null): Reply => ({ status: 200, body: { ...details, consumer: 'ingest', system: null, line } });

  test('gives up what the line of a letter waits for', async () => {
    const { rolebridge, orders } = bound(await open({ 'GET /operator/dead-letters/3k7d0xq2m9ta': shown('abc'), [SKIP]: { status: 200, body: { published: 1, waiting: 2 } } }));
    expect(await rolebridge(['dead-letters', 'skip', '3k7d0xq2m9ta', ...WHY])).toEqual({ code: 0, err: '', out: 'Given up what was missing: 1 change worked, 2 still wait.\n' });
    expect(orders).toEqual([{ order: SKIP, body: { reason: 'The site exists now.' } }]);
  });

  test('says so where nothing waits, or nobody knows the letter', async () => {
    const { rolebridge, orders } = bound(await open({ 'GET /operator/dead-letters/3k7d0xq2m9ta': shown(null), 'GET /operator/dead-letters/000000000000': { status: 404, body: { detail: 'There is no dead letter with this id here.' } } }));
    expect(await rolebridge(['dead-letters', 'skip', '3k7d0xq2m9ta', ...WHY])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('it is about no change of an event source') });
    expect(await rolebridge(['dead-letters', 'skip', '000000000000', ...WHY])).toMatchObject({ code: 3, out: '' });
    expect(await rolebridge(['dead-letters', 'skip', '3k7d0xq2m9ta'])).toMatchObject({ code: 2 });
    expect(orders).toEqual([]);
  });
});

describe('rolebridge audit', () => {
  test('shows the orders of all services, newest first', async () => {
    const entry = { operator: 'olga', reason: 'Mended.', skipped: { superseded: 2 }, subjects: [`sales-cloud/${ID}`] };
    const body: OperatorAudit = { orders: [{ ...entry, at: '2026-11-22T11:00:00.000Z', order: 'redrive', affected: 4, filter: { code: 'x' }, subjects: ['a', 'b'] }, { ...entry, at: '2026-11-22T10:00:00.000Z', order: 'release', affected: 1, skipped: {} }], total: 2 };
    const { rolebridge, asked } = bound(await open({ 'GET /operator/audit': { status: 200, body } }));
    const { code, out } = await rolebridge(['audit', '--since', '3d', '--limit', '4']);
    expect(code).toBe(0);
    expect(asked[0]).toBe('/operator/audit?limit=4&since=2026-11-19T12%3A00%3A00.000Z');
    const lines = out.split('\n');
    expect(lines[1]).toMatch(/^2026-11-22T11:00:00Z {2}olga {6}redrive {2}\S.* 4 {2}code=x 2 left alone +Mended\.$/);
    expect(lines[4]).toMatch(new RegExp(`10:00:00Z  olga      release .* 1  sales-cloud/${ID} +Mended`));
    expect(out).toContain('4 of 6 orders.');
  });
});

function bound(one: OperatorService) {
  return { rolebridge: one.rolebridge.bind(one), asked: one.asked, orders: one.orders };
}
