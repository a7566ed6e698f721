import { readDeadLetter, TOPICS, type UserChange } from '@rolebridge/contracts';
import { eventually, FrontDoor, IDM, TOKEN } from '../test/front-door.ts';

const TYPE = TOPICS.userChange.eventType;
let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
}, 120_000);
afterAll(() => door.close());

let numbered = 0;
const event = (data: unknown, more: Readonly<Record<string, unknown>> = {}) => ({ specversion: '1.0', id: `e${(numbered += 1)}`, source: IDM, type: TYPE, data, ...more });
const create = (name: string, more: Partial<UserChange> = {}): UserChange => ({ operation: 'create', recordId: name, user: { userName: name, name: { familyName: 'Ng' } }, ...more });

interface Told {
  readonly status: number;
  readonly type: string | null;
  readonly body: Readonly<Record<string, unknown>> & readonly Readonly<Record<string, unknown>>[];
}

async function post(body: string | Buffer, type: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
  const answer = await fetch(`${door.url}/events`, { method: 'POST', body, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type, ...headers } });
  const text = await answer.text();
  return { status: answer.status, type: answer.headers.get('content-type'), body: text === '' ? {} : JSON.parse(text) };
}
const structured = (one: unknown) => post(JSON.stringify(one), 'application/cloudevents+json; charset=utf-8');
const batch = (all: readonly unknown[]) => post(JSON.stringify(all), 'application/cloudevents-batch+json');
const binary = (data: unknown, headers: Readonly<Record<string, string>> = {}) =>
  post(JSON.stringify(data), 'application/json', { 'ce-specversion': '1.0', 'ce-id': `e${(numbered += 1)}`, 'ce-source': IDM, 'ce-type': TYPE, ...headers });
const stored = async (name: string) => (await door.sql<{ presence: string; resource: { title?: string } }>('select presence, resource from users where user_name_key = $1', [name]))[0];
const lettersOf = (id: string) => door.letters.flatMap((record) => readDeadLetter(record)).flatMap((letter) => (letter.ok && letter.value.original.event['id'] === id ? [letter.value] : []));

describe('a change event over HTTP', () => {
  test('is stored before it is answered, and published, in each content mode', async () => {
    expect((await structured(event(create('ev-structured')))).status).toBe(204);
    expect((await binary(create('ev-binary'))).status).toBe(204);
    expect((await structured(event(undefined, { data_base64: Buffer.from(JSON.stringify(create('ev-base64'))).toString('base64') }))).status).toBe(204);
    expect((await batch([event(create('ev-batch'))])).body).toEqual([{ id: `e${numbered}`, source: IDM, status: 204, outcome: 'applied' }]);
    for (const name of ['ev-structured', 'ev-binary', 'ev-base64', 'ev-batch']) {
      expect([name, (await stored(name))?.presence]).toEqual([name, 'active']);
      await eventually(() => door.of(name).length === 1);
      expect(door.of(name)[0]?.cause.by).toBe(IDM);
    }
  });

  test('can be every operation', async () => {
    const one = (data: Partial<UserChange>) => structured(event({ recordId: 'ev-life', ...data }));
    const steps: [Partial<UserChange>, string | undefined, string | undefined][] = [
      [create('ev-life'), 'active', undefined],
      [{ operation: 'replace', user: { userName: 'ev-life', title: 'Head' } }, 'active', 'Head'],
      [{ operation: 'patch', patch: [{ op: 'replace', path: 'title', value: 'Dean' }] }, 'active', 'Dean'],
      [{ operation: 'lock' }, 'disabled', 'Dean'],
      [{ operation: 'unlock' }, 'active', 'Dean'],
      [{ operation: 'delete' }, 'absent', 'Dean'],
    ];
    for (const [data, presence, title] of steps) {
      expect([data.operation, (await one(data)).status]).toEqual([data.operation, 204]);
      const row = await stored('ev-life');
      expect([data.operation, row?.presence, row?.resource.title]).toEqual([data.operation, presence, title]);
    }
  });

  test('repeated is answered from the first outcome; with another body it is 422 and changes nothing', async () => {
    const first = event(create('ev-twice'));
    expect((await structured(first)).status).toBe(204);
    expect((await structured(event({ operation: 'lock', recordId: 'ev-twice' }))).status).toBe(204);
    expect((await structured(first)).status).toBe(204);
    expect((await stored('ev-twice'))?.presence).toBe('disabled');
    const other = await structured({ ...first, data: { operation: 'unlock', recordId: 'ev-twice' } });
    expect([other.status, other.type, other.body['attribute']]).toEqual([422, expect.stringContaining('application/problem+json'), 'id']);
    expect((await stored('ev-twice'))?.presence).toBe('disabled');

    await structured(event(create('ev-taken')));
    const refused = event(create('ev-taken', { recordId: 'ev-another' }));
    const [told, again] = [await structured(refused), await structured(refused)];
    expect([told.status, again.status]).toEqual([409, 409]);
    expect(again.body).toEqual(told.body);
    await eventually(() => lettersOf(refused.id).length > 0);
    expect(lettersOf(refused.id)).toHaveLength(1);
  });

  test('before its turn is accepted for later, and takes effect in the order of the sender', async () => {
    expect((await structured(event(create('ev-order', { sequence: 1 })))).status).toBe(204);
    expect((await structured(event({ operation: 'patch', recordId: 'ev-order', sequence: 3, patch: [{ op: 'replace', path: 'title', value: 'third' }] }))).status).toBe(202);
    expect((await stored('ev-order'))?.resource.title).toBeUndefined();
    expect((await structured(event({ operation: 'patch', recordId: 'ev-order', sequence: 2, patch: [{ op: 'replace', path: 'title', value: 'second' }] }))).status).toBe(204);
    expect((await stored('ev-order'))?.resource.title).toBe('third');
    expect((await structured(event({ operation: 'lock', recordId: 'ev-order', sequence: 2 }))).status).toBe(204);
    expect((await stored('ev-order'))?.presence).toBe('active');
  });

  test.each([
    ['an unknown type', { type: 'io.example.other.v1' }, {}, 'type'],
    ['an unknown version', { type: TYPE.replace('v1', 'v2') }, {}, 'type'],
    ['another version of CloudEvents', { specversion: '0.3' }, {}, 'specversion'],
    ['data of another kind', { datacontenttype: 'text/xml' }, {}, 'datacontenttype'],
    ['an unknown operation', {}, { operation: 'explode' }, 'operation'],
    ['a record without id', {}, { recordId: '' }, 'recordId'],
  ])('with %s is a dead letter, and its sender is told which attribute', async (_, more, data, attribute) => {
    const wrong = event({ ...create(`ev-wrong-${attribute}`), ...data }, more);
    const told = await structured(wrong);
    expect([told.status, told.type, told.body]).toEqual([400, expect.stringContaining('application/problem+json'), expect.objectContaining({ title: 'Bad Request', status: 400, attribute })]);
    await eventually(() => lettersOf(wrong.id).length > 0);
    expect(lettersOf(wrong.id)[0]).toMatchObject({ failure: { kind: 'malformed' }, original: { topic: `${door.prefix}idm.user-change.v1` } });
    expect(await stored(`ev-wrong-${attribute}`)).toBeUndefined();
  });

  test.each([
    ['no id', { id: '' }, 'id'],
    ['no source', { source: undefined }, 'source'],
    ['a text no database stores', { source: 'a\u0000b' }, 'source'],
    ['both kinds of data', { data_base64: 'e30=' }, 'data_base64'],
  ])('with %s is refused, naming the attribute', async (_, more, attribute) => {
    const told = await structured(event(create('ev-bad'), more));
    expect([told.status, told.body['attribute']]).toEqual([400, attribute]);
    expect(await stored('ev-bad')).toBeUndefined();
  });

  test('in a batch has its own result, and the order is kept', async () => {
    const [made, wrong, locked] = [event(create('ev-many')), event(create('ev-many2'), { type: 'x' }), event({ operation: 'lock', recordId: 'ev-many' })];
    const told = await batch([made, wrong, 7, locked]);
    expect(told.status).toBe(207);
    expect(told.body.map((result) => [result['id'], result['status'], result['outcome']])).toEqual([
      [made.id, 204, 'applied'],
      [wrong.id, 400, 'refused'],
      [undefined, 400, 'refused'],
      [locked.id, 204, 'applied'],
    ]);
    expect((await stored('ev-many'))?.presence).toBe('disabled');
    expect((await post('{}', 'application/cloudevents-batch+json')).status).toBe(400);
  });

  test('and the same event by Kafka count once', async () => {
    const change = create('ev-both');
    await door.send(door.change(change, { id: 'both-1' }));
    await eventually(() => door.of('ev-both').length === 1);
    await structured(event({ operation: 'lock', recordId: 'ev-both' }));
    expect((await structured(event(change, { id: 'both-1' }))).status).toBe(204);
    expect((await stored('ev-both'))?.presence).toBe('disabled');
  });

  test('needs the right to write and the part events', async () => {
    const answer = await fetch(`${door.url}/events`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.has('www-authenticate')]).toEqual([401, expect.stringContaining('application/problem+json'), true]);
  });

  test('that is no JSON, no UTF-8, too large or of another type is refused', async () => {
    expect((await post('{"a":', 'application/cloudevents+json')).status).toBe(400);
    expect((await post(Buffer.from([0x22, 0xff, 0x22]), 'application/cloudevents+json')).status).toBe(400);
    expect((await post(`"${'x'.repeat(1_100_000)}"`, 'application/cloudevents+json')).status).toBe(413);
    expect((await post('<a/>', 'text/xml')).body).toMatchObject({ status: 415, title: 'Unsupported Media Type' });
  });
});
