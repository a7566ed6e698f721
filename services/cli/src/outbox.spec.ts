import type { OutboxListing } from '@rolebridge/contracts';
import { ID, NOBODY, OperatorService, problem, type Reply } from './test/operator-service.ts';

const WHY = ['--reason', 'The topic takes more now.'];
const LIST = 'GET /operator/outbox';
const RELEASE = 'POST /operator/outbox/release';
const DROP = 'POST /operator/outbox/drop';
const TOPIC = 'identity.user.v1';
const SOURCE_KEY = 'a1'.repeat(32);

const listing = (more: Partial<OutboxListing> = {}): Reply => ({ status: 200, body: { rows: 0, oldestSeconds: 0, aside: 0, keys: [], ...more } satisfies OutboxListing });
const aside: Partial<OutboxListing> = { rows: 17, oldestSeconds: 125.4, aside: 6, keys: [{ topic: TOPIC, key: ID, code: 'record-too-large', records: 4, refused: 1, since: '2026-11-22T09:30:00.000Z' }] };
const result = (going: number, lost = 0): Reply => ({ status: 200, body: { going, lost } });

let service: OperatorService;
const open = async (replies: Readonly<Record<string, Reply>>) => (service = await OperatorService.open(replies));
afterEach(() => service.close());

describe('rolebridge outbox list', () => {
  test('shows per service what is on its way and how old, and per topic and key what the broker refuses', async () => {
    await open({ [LIST]: listing(aside) });
    const { code, out, err } = await service.rolebridge(['outbox', 'list']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('SERVICE       ON THE WAY     OLDEST  SET ASIDE\n');
    for (const name of ['ingest      ', 'role-mapping', 'sales-cloud ']) {
      expect(out).toContain(`${name}          17  2 min 5 s          6\n`);
      expect(out).toContain(`${name}  ${TOPIC}  ${ID}  2 h 30 min ago  record-too-large        4        1\n`);
    }
    expect(out).toContain('\n6 more records are set aside for keys that are not listed.\n');
    expect(out).toContain('rolebridge outbox release <service> <topic> <key>');
    expect(service.asked).toHaveLength(3);
  });

  test('says that nothing is refused, and gives JSON', async () => {
    await open({ [LIST]: listing() });
    expect((await service.rolebridge(['outbox', 'list'])).out).toMatch(/sales-cloud +0 +— +0\n\nThe broker refuses nothing\.\n$/);
    const { services, unanswered } = JSON.parse((await service.rolebridge(['outbox', 'list', '--json'])).out) as { services: readonly { service: string }[]; unanswered: readonly string[] };
    expect([services.map((one) => one.service), unanswered]).toEqual([['ingest', 'role-mapping', 'sales-cloud'], []]);
  });

  test('a service that is away is named with exit code 5, and the others are shown', async () => {
    await open({ [LIST]: listing(aside) });
    expect(await service.rolebridge(['outbox', 'list', '--ingest', NOBODY])).toMatchObject({ code: 5, out: expect.stringContaining(`role-mapping  ${TOPIC}`), err: expect.stringContaining('Ingest cannot be reached') });
  });
});

describe('rolebridge outbox release', () => {
  test.each(['ingest', 'role-mapping', 'sales-cloud'])('all records of the key go again, at %s', async (name) => {
    await open({ [RELEASE]: result(4) });
    expect(await service.rolebridge(['outbox', 'release', name, TOPIC, ID, ...WHY])).toEqual({
      code: 0,
      err: '',
      out: `${ID} on ${TOPIC}: 4 records go to the broker, in the old order.\nWhat is refused once more is set aside once more: rolebridge outbox list\n`,
    });
    expect(service.orders).toEqual([{ order: RELEASE, body: { topic: TOPIC, key: ID, reason: 'The topic takes more now.' } }]);
  });

  test.each([
    [TOPIC, ID, `rolebridge republish ingest --user ${ID} --reason`],
    ['test.identity.group.v1', ID, 'rolebridge republish ingest --all --reason'],
    ['provisioning.sales-cloud.desired-account.v1', ID, `rolebridge republish role-mapping --user ${ID} --reason`],
    ['provisioning.sales-cloud.observed-account.v1', SOURCE_KEY, 'older picture of it until it changes at the target.'],
    ['identity.learned-id.v1', ID, 'the source of the person has to send it.'],
    ['provisioning.outcome.v1', ID, 'rolebridge status tells what was applied.'],
    ['ingest.dead-letter.v1', SOURCE_KEY, 'rolebridge dead-letters list still has it.'],
  ])('with --drop it says what is lost of %s, and what repairs it', async (topic, key, repair) => {
    await open({ [DROP]: result(3, 1) });
    const { code, out } = await service.rolebridge(['outbox', 'release', 'ingest', topic, key, '--drop', ...WHY]);
    expect(code).toBe(0);
    expect(out).toContain(`${key} on ${topic}: 1 record that the broker refused is lost for good. 3 records go to the broker, in the old order.\n`);
    expect(out.trimEnd().split('\n').at(-1)).toContain(repair);
    expect(service.orders).toMatchObject([{ order: DROP, body: { topic, key } }]);
  });

  test('nothing goes when nothing waited behind what is dropped', async () => {
    await open({ [DROP]: result(0, 2) });
    expect((await service.rolebridge(['outbox', 'release', 'ingest', TOPIC, ID, '--drop', ...WHY])).out).toMatch(/: 2 records that the broker refused are lost for good\. Nothing waited behind it\.\nA reader/);
  });

  test.each<[string, readonly string[], Reply, number, string]>([
    ['nothing that waits', ['ingest', TOPIC, ID, ...WHY], problem(404, `Nothing is set aside for key ${ID} of topic ${TOPIC} here.`), 3, 'Nothing is set aside'],
    ['a missing right', ['ingest', TOPIC, ID, ...WHY], problem(403, 'This needs the right operate.'), 4, 'right operate'],
    ['an old service', ['ingest', TOPIC, ID, ...WHY], { status: 404 }, 3, 'has no such address'],
    ['an unknown service', ['moon', TOPIC, ID, ...WHY], result(1), 2, 'The service must be one of sales-cloud, ingest, role-mapping.'],
    ['no reason', ['ingest', TOPIC, ID], result(1), 2, '--reason'],
    ['no key', ['ingest', TOPIC, ...WHY], result(1), 2, 'key'],
  ])('ends with one sentence at %s', async (...[, argv, reply, code, sentence]) => {
    await open({ [RELEASE]: reply });
    expect(await service.rolebridge(['outbox', 'release', ...argv])).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
  });

  test('a missing right to drop, and a service that is away', async () => {
    await open({ [DROP]: { status: 403 } });
    expect(await service.rolebridge(['outbox', 'release', 'ingest', TOPIC, ID, '--drop', ...WHY])).toMatchObject({ code: 4, err: expect.stringContaining('it needs the right approve.') });
    expect(await service.rolebridge(['outbox', 'release', 'sales-cloud', TOPIC, ID, ...WHY], { url: NOBODY })).toMatchObject({ code: 5, err: expect.stringContaining('is it running?') });
  });
});
