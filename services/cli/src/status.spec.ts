import type { AsideKey, OutboxListing, SystemStatus } from '@rolebridge/contracts';
import { ID, OperatorService, problem, type Reply } from './test/operator-service.ts';

const states = { pending: 0, applying: 0, accepted: 0, applied: 9, unchanged: 0, waiting: 0, held: 0, rejected: 0, exhausted: 0, superseded: 0 };
const WELL: SystemStatus = { system: 'sales-cloud', kind: 'sales-cloud', mode: 'active', backlog: 0, oldestPendingSeconds: null, states, breaker: 'closed', lastSuccessAt: null, ready: true };
const KEY: AsideKey = { topic: 'identity.user.v1', key: ID, code: 'record-too-large', records: 3, refused: 1, since: '2026-11-22T10:00:00Z' };

let service: OperatorService;
afterEach(() => service.close());

/** `rolebridge status` where all is well but the outbox, at every service. */
async function status(outbox: Partial<OutboxListing> | Reply, ...argv: readonly string[]) {
  service = await OperatorService.open({
    'GET /operator/status': { status: 200, body: { systems: [WELL] } },
    'GET /operator/dead-letters': { status: 200, body: { letters: [], total: 0, next: null } },
    'GET /operator/brake': { status: 200, body: { places: [], changes: [] } },
    'GET /operator/outbox': 'status' in outbox || typeof outbox === 'function' ? outbox : { status: 200, body: { rows: 0, oldestSeconds: 0, aside: 0, keys: [], ...outbox } },
  });
  const { code, out, err } = await service.rolebridge(['status', ...argv]);
  return { code, out, err, notes: out.split('\n').slice(3, -1) };
}

describe('rolebridge status', () => {
  test('tells how many records are set aside at which service, since when and why, and what to type', async () => {
    const { code, notes } = await status({ rows: 2, oldestSeconds: 3, aside: 7, keys: [KEY, { ...KEY, key: 'another', records: 4 }] });
    expect(code).toBe(0);
    const note = '7 records are set aside, the first 2 h ago: the broker refuses record-too-large on identity.user.v1, and what came later for the same key waits behind: rolebridge outbox list';
    expect(notes).toEqual([`ingest: ${note}`, `role-mapping: ${note}`, `sales-cloud: ${note}`]);
  });

  test('names some causes when there are many', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'].map((topic): AsideKey => ({ ...KEY, topic }));
    const { notes } = await status({ aside: 15, keys });
    expect(notes[0]).toContain('the broker refuses record-too-large on a, record-too-large on b, record-too-large on c and 2 more causes, and');
  });

  test('tells when nothing reaches the broker any more', async () => {
    const { notes } = await status({ rows: 1, oldestSeconds: 125 });
    expect(notes[0]).toBe('ingest: 1 record is on the way to the broker, the oldest for 2 min 5 s: see at /readyz of the service whether it reaches the broker');
  });

  test('says nothing of what is on its way for a moment, and gives all of it as JSON', async () => {
    expect((await status({ rows: 500, oldestSeconds: 2 })).notes).toEqual([]);
    service.close();
    const { out } = await status({ aside: 1, keys: [{ ...KEY, records: 1 }] }, '--json');
    expect(JSON.parse(out)).toMatchObject({ services: [{ service: 'ingest', deadLetters: 0, held: 0 }, { service: 'role-mapping' }], outboxes: [{ service: 'ingest', aside: 1, keys: [KEY.topic].map((topic) => ({ topic })) }, { service: 'role-mapping' }, { service: 'sales-cloud' }] });
  });

  test('a service that cannot tell is named', async () => {
    expect(await status(problem(503, ''))).toMatchObject({ code: 5, err: expect.stringContaining('cannot answer now (503)') });
  });
});
