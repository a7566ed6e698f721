import { topicName } from '@rolebridge/contracts';
import type { BulkRedriveResult, DeadLetterDetails, DeadLetterPage, OperatorAudit } from '@rolebridge/contracts';
import { eventually, FrontDoor, OPERATOR_TOKEN } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

const asOperator = { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' };
const ask = async <T>(method: string, path: string, body?: unknown): Promise<T & { readonly status: number }> => {
  const answer = await door.call(method, `/operator/${path}`, body, asOperator);
  return { ...(answer.body as unknown as T), status: answer.status };
};
const letters = async (query = '') => (await ask<DeadLetterPage>('GET', `dead-letters?limit=1000${query}`)).letters;
const redrive = (filter: object, more: object = {}) => ask<BulkRedriveResult>('POST', 'dead-letters/redrive', { filter, reason: 'Mended.', ...more });
const title = (value: string) => [{ op: 'replace', path: 'title', value }] as const;
const rename = (value: string) => [{ op: 'replace', path: 'userName', value }] as const;

describe('dead letters of the front door', () => {
  test('a refused patch waits; redriven after the cause is mended it takes effect, before that it stays', async () => {
    await door.send(
      door.change({ operation: 'create', recordId: 'a', sequence: 1, user: { userName: 'tomas' } }),
      door.change({ operation: 'create', recordId: 'b', sequence: 1, user: { userName: 'ulla' } }),
      door.change({ operation: 'patch', recordId: 'b', sequence: 2, patch: rename('tomas') }),
      door.change({ operation: 'patch', recordId: 'b', sequence: 3, patch: title('behind') }),
    );
    await eventually(async () => (await letters()).length === 2);
    const [first, second] = (await letters()).toReversed();
    expect(new Set([first?.code, second?.code])).toEqual(new Set(['sequence-gap', 'uniqueness']));
    const refused = first?.code === 'uniqueness' ? first : second;
    const shown = await ask<DeadLetterDetails>('GET', `dead-letters/${refused?.id ?? ''}`);
    expect(shown).toMatchObject({ status: 200, consumer: 'ingest', system: null, kind: 'rejected', state: 'open', obstacle: null, line: expect.stringMatching(/^[0-9a-f]{64}$/), original: { topic: topicName('userChange', {}, door.prefix), partition: expect.any(Number), offset: expect.any(Number) } });
    expect(JSON.stringify(shown)).not.toMatch(/ulla/i);

    expect(await redrive({ code: 'uniqueness' }, { dryRun: true })).toMatchObject({ redriven: [refused?.id], skipped: [], remaining: 0 });
    expect(await redrive({ code: 'uniqueness' })).toMatchObject({ status: 200, redriven: [], skipped: [{ why: 'refused again; its sender must correct it, or give it up: rolebridge dead-letters skip <id>', count: 1 }] });
    expect(await letters()).toHaveLength(2);

    await door.send(door.change({ operation: 'delete', recordId: 'a', sequence: 2 }));
    await eventually(() => door.of('tomas').some(({ presence }) => presence === 'absent'));
    expect((await redrive({ code: 'uniqueness' })).redriven).toEqual([refused?.id]);
    await eventually(() => door.of('tomas').some(({ resource }) => resource.title === 'behind'));
    expect(await letters()).toEqual([]);
    expect((await letters('&state=all')).map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    const { orders } = await ask<OperatorAudit>('GET', 'audit');
    expect(orders).toEqual([expect.objectContaining({ order: 'redrive', operator: 'night-shift', affected: 1, subjects: [`ingest/${shown.line ?? ''}`] })]);
  });

  test('what never came is a dead letter that says what it waits for', async () => {
    await door.send(door.change({ operation: 'patch', recordId: 'c', sequence: 2, patch: title('x') }));
    await eventually(async () => (await letters('&code=unknown-record')).length === 1);
    expect(await redrive({ code: 'unknown-record' })).toMatchObject({ redriven: [], skipped: [{ why: 'still waits: the source has not sent this person yet', count: 1 }] });
    await door.send(door.change({ operation: 'create', recordId: 'c', sequence: 1, user: { userName: 'viola' } }));
    await eventually(() => door.of('viola').length === 2);
    expect((await letters('&state=all&code=unknown-record')).map(({ state }) => state)).toEqual(['resolved']);
  });

  test('a whole user that was refused cannot be redriven; the next good one takes its place, a later refusal stays', async () => {
    await door.send(door.change({ operation: 'create', recordId: 'd', user: { userName: 'wanda' } }));
    await eventually(() => door.of('wanda').length === 1);
    const taken = () => door.change({ operation: 'create', recordId: 'e', user: { userName: 'wanda' } });
    await door.send(taken());
    await eventually(async () => (await letters('&code=uniqueness')).length === 1);
    const [letter] = await letters('&code=uniqueness');
    expect((await ask<DeadLetterDetails>('GET', `dead-letters/${letter?.id ?? ''}`)).obstacle).toMatch(/its sender must send it again/);
    expect(await redrive({ ids: [letter?.id] })).toMatchObject({ redriven: [], skipped: [{ count: 1 }], remaining: 0 });
    await door.send(taken(), door.change({ operation: 'replace', recordId: 'e', user: { userName: 'xenia' } }), taken());
    await eventually(async () => (await letters('&state=all&code=uniqueness')).filter(({ lastFailureAt }) => lastFailureAt >= (letter?.lastFailureAt ?? '')).length === 3);
    const states = (await letters('&state=all&code=uniqueness')).filter(({ lastFailureAt }) => lastFailureAt >= (letter?.lastFailureAt ?? '')).map(({ state }) => state);
    expect(states.filter((state) => state === 'superseded')).toHaveLength(2);
    expect(states.filter((state) => state === 'open')).toHaveLength(1);
  });

  test('a record that breaks its schema is shown, and says what to do', async () => {
    const broken = door.change({ operation: 'create', recordId: 'f', user: { userName: 'yann' } });
    await door.send({ ...broken, value: '{"operation":"create"}' });
    await eventually(async () => (await letters('&kind=malformed')).length === 1);
    const [letter] = await letters('&kind=malformed');
    expect(await redrive({ ids: [letter?.id] })).toMatchObject({ redriven: [], skipped: [{ why: expect.stringMatching(/its sender must send it again, corrected$/), count: 1 }] });
  });

  test('giving up a change is recorded too', async () => {
    await door.send(door.change({ operation: 'create', recordId: 'g', sequence: 1, user: { userName: 'zoe' } }), door.change({ operation: 'patch', recordId: 'g', sequence: 3, patch: title('3') }));
    await eventually(async () => (await letters('&code=sequence-gap')).length === 1);
    const [letter] = await letters('&code=sequence-gap');
    const { line } = await ask<DeadLetterDetails>('GET', `dead-letters/${letter?.id ?? ''}`);
    expect(await ask('POST', `parked/${line ?? ''}/skip`, { reason: 'Lost for good.' })).toMatchObject({ status: 200, published: 1, waiting: 0 });
    const { orders } = await ask<OperatorAudit>('GET', 'audit?limit=1');
    expect(orders).toEqual([expect.objectContaining({ order: 'skip', operator: 'night-shift', reason: 'Lost for good.', subjects: [`ingest/${line ?? ''}`] })]);
    expect(await ask('POST', 'epoch', { reason: 'Restored.' })).toMatchObject({ status: 200, epoch: 1 });
    expect((await ask<OperatorAudit>('GET', 'audit?limit=1')).orders).toEqual([expect.objectContaining({ order: 'epoch', operator: 'night-shift', reason: 'Restored.', filter: { epoch: 1 } })]);
  });
});
