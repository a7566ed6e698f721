import { GENERATIONS_PER_EPOCH, type OperatorAudit, sourceKey, topicName } from '@rolebridge/contracts';
import { URN } from '@rolebridge/scim';
import { eventually, FrontDoor, IDM, OPERATOR_TOKEN } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open({ CORRELATED_SOURCES: '/idm/correlated' });
});
afterAll(() => door.close());

const told = (userName: string) => door.of(userName).map(({ generation, presence, resource }) => [generation, presence, resource.title]);
const title = (value: string) => [{ op: 'replace', path: 'title', value }] as const;
const waiting = async (recordId: string) => (await door.sql<{ reason: string }>('select reason from parked_change where record_value is not null and convert_from(record_value, $$UTF8$$)::jsonb ->> $$recordId$$ = $1 order by position', [recordId])).map(({ reason }) => reason);
/** Sends records and waits until so much was told about this person. */
const settled = async (act: () => Promise<void>, expected: number, userName: string) => {
  await act();
  await eventually(() => told(userName).length >= expected);
};

describe('an identity system that speaks over Kafka', () => {
  test('creates, patches, locks, unlocks and ends a person; nothing is folded (L1)', async () => {
    await settled(() => door.send(
      door.change({ operation: 'create', recordId: 'r1', sequence: 1, user: { userName: 'abel' } }),
      door.change({ operation: 'patch', recordId: 'r1', sequence: 2, patch: title('A') }),
      door.change({ operation: 'lock', recordId: 'r1', sequence: 3 }),
      door.change({ operation: 'patch', recordId: 'r1', sequence: 4, patch: title('B') }),
      door.change({ operation: 'unlock', recordId: 'r1', sequence: 5 }),
      door.change({ operation: 'replace', recordId: 'r1', sequence: 6, user: { userName: 'abel', title: 'B' } }),
      door.change({ operation: 'delete', recordId: 'r1', sequence: 7 }),
    ), 6, 'abel');
    expect(told('abel')).toEqual([[1, 'active', undefined], [2, 'active', 'A'], [3, 'disabled', 'A'], [4, 'disabled', 'B'], [5, 'active', 'B'], [6, 'absent', 'B']]);
    expect(door.of('abel')[0]?.cause).toMatchObject({ by: IDM, operation: 'create', correlationId: 'c' });
  });

  test('is understood in the shape v1 too', async () => {
    await settled(() => door.send(door.change({ operation: 'create', recordId: 'r2', user: { userName: 'bela', employeeNumber: 5, [URN.sapCustomUser]: { attributes: [{ name: 'z_roles', value: 'R1' }] } } })), 1, 'bela');
    expect(door.of('bela')[0]).toMatchObject({ roles: ['R1'], resource: { [URN.enterpriseUser]: { employeeNumber: '5' } } });
  });

  test('may deliver an event twice: it has one effect; a ce_id used twice is a dead letter', async () => {
    const create = door.change({ operation: 'create', recordId: 'r3', user: { userName: 'cora' } }, { id: 'e3' });
    const lock = door.change({ operation: 'lock', recordId: 'r3' }, { id: 'e3-lock' });
    const unlock = door.change({ operation: 'unlock', recordId: 'r3' }, { id: 'e3-unlock' });
    const reused = door.change({ operation: 'patch', recordId: 'r3', patch: title('never') }, { id: 'e3' });
    const last = door.change({ operation: 'patch', recordId: 'r3', patch: title('last') });
    await settled(() => door.send(create, lock, unlock, create, lock, unlock, reused, last), 4, 'cora');
    expect(told('cora')).toEqual([[1, 'active', undefined], [2, 'disabled', undefined], [3, 'active', undefined], [4, 'active', 'last']]);
    await eventually(() => door.letters.some(({ headers }) => headers['rb_error_code'] === 'id-reused'));
  });

  test('says nothing new by repeating itself', async () => {
    const user = { userName: 'dana', title: 'A' };
    await settled(() => door.send(
      ...[1, 2, 3].map((sequence) => door.change({ operation: 'replace', recordId: 'r4', sequence, user })),
      door.change({ operation: 'replace', recordId: 'r4', sequence: 2, user: { ...user, title: 'too late' } }),
      door.change({ operation: 'patch', recordId: 'r4', sequence: 4, patch: title('B') }),
    ), 2, 'dana');
    expect(told('dana')).toEqual([[1, 'active', 'A'], [2, 'active', 'B']]);
  });
});

describe('a delta that cannot be applied parks its record (L2)', () => {
  test('one that came before its person waits, and takes effect after the person came', async () => {
    await door.send(door.change({ operation: 'patch', recordId: 'p1', sequence: 2, patch: title('B') }), door.change({ operation: 'patch', recordId: 'p1', sequence: 3, patch: title('C') }));
    await eventually(async () => (await waiting('p1')).length === 2);
    const asOperator = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    expect((await door.call('GET', '/operator/parked', undefined, asOperator)).body.lines).toContainEqual(expect.objectContaining({ source: IDM, reason: 'unknown-record', changes: 2 }));
    await settled(() => door.send(door.change({ operation: 'create', recordId: 'p1', sequence: 1, user: { userName: 'paul', title: 'A' } })), 3, 'paul');
    expect(told('paul').map(([, , held]) => held)).toEqual(['A', 'B', 'C']);
    expect(await waiting('p1')).toEqual([]);
  });

  test('a gap holds back what is behind it until it closes', async () => {
    await door.send(
      door.change({ operation: 'create', recordId: 'p2', sequence: 1, user: { userName: 'quin' } }),
      door.change({ operation: 'patch', recordId: 'p2', sequence: 4, patch: title('4') }),
      door.change({ operation: 'patch', recordId: 'p2', sequence: 3, patch: title('3') }),
    );
    await eventually(async () => (await waiting('p2')).length === 2);
    await eventually(() => told('quin').length === 1);
    await settled(() => door.send(door.change({ operation: 'patch', recordId: 'p2', sequence: 2, patch: title('2') })), 4, 'quin');
    expect(told('quin').map(([, , held]) => held)).toEqual([undefined, '2', '3', '4']);
  });

  test('what is refused waits with a dead letter; a whole person settles it', async () => {
    await door.send(
      door.change({ operation: 'create', recordId: 'p3', user: { userName: 'rosa' } }),
      door.change({ operation: 'patch', recordId: 'p3', patch: [{ op: 'replace', path: 'shoeSize', value: 5 }] }),
      door.change({ operation: 'patch', recordId: 'p3', patch: title('behind') }),
    );
    await eventually(async () => (await waiting('p3')).length === 2);
    expect(await waiting('p3')).toEqual(['refused', 'behind-parked']);
    await eventually(() => door.letters.some(({ headers }) => headers['rb_error_code'] === 'invalidPath'));
    await settled(() => door.send(door.change({ operation: 'replace', recordId: 'p3', user: { userName: 'rosa', title: 'whole' } })), 2, 'rosa');
    expect(told('rosa').map(([, , held]) => held)).toEqual([undefined, 'whole']);
    expect(await waiting('p3')).toEqual([]);
  });
});

describe('an operator looks after what waits', () => {
  const asOperator = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  const command = (recordId: string, name: string) => door.call('POST', `/operator/parked/${sourceKey(IDM, recordId)}/${name}`, undefined, asOperator);

  test('changes that never come are given up, and what waited behind them is worked', async () => {
    const patch = (sequence: number) => door.change({ operation: 'patch', recordId: 'o1', sequence, patch: title(String(sequence)) });
    await door.send(door.change({ operation: 'create', recordId: 'o1', sequence: 1, user: { userName: 'olga' } }), patch(4), patch(5), patch(7));
    await eventually(async () => (await waiting('o1')).length === 3);
    expect((await command('o1', 'redrive')).body).toEqual({ published: 0, waiting: 3 });
    expect((await command('o1', 'skip')).body).toEqual({ published: 2, waiting: 1 });
    await eventually(() => told('olga').length === 3);
    expect(told('olga').map(([, , held]) => held)).toEqual([undefined, '4', '5']);
  });

  test('a refused change is dropped, and the next is worked', async () => {
    await door.send(
      door.change({ operation: 'create', recordId: 'o2', user: { userName: 'otto' } }),
      door.change({ operation: 'patch', recordId: 'o2', patch: [{ op: 'replace', path: 'shoeSize', value: 5 }] }),
      door.change({ operation: 'patch', recordId: 'o2', patch: title('behind') }),
    );
    await eventually(async () => (await waiting('o2')).length === 2);
    expect((await command('o2', 'skip')).body).toEqual({ published: 1, waiting: 0 });
    await eventually(() => told('otto').length === 2);
    expect((await command('o2', 'redrive')).status).toBe(404);
  });

  test('the state of everybody and of every group is sent again with the same generations, after a restore with higher ones; who ordered it is kept', async () => {
    const republish = async (after: string | null): Promise<void> => {
      const { body, status } = await door.call('POST', `/operator/republish${after ? `?after=${after}` : ''}`, { reason: 'A new reader.' }, asOperator);
      expect(status).toBe(200);
      if (body.next !== null) await republish(body.next);
    };
    const newest = () => told('otto').at(-1)?.[0];
    const { body: group } = await door.call('POST', '/scim/v2/Groups', { schemas: [URN.group], displayName: 'Sales' });
    const groupTold = () => door.groupRecords.filter(({ key }) => key === group.id).map(({ value }) => (JSON.parse(String(value)) as { generation: number }).generation);
    await eventually(() => groupTold().length === 1);
    const count = told('otto').length;
    await republish(null);
    await eventually(() => told('otto').length === count + 1 && groupTold().length === 2);
    expect([newest(), groupTold()]).toEqual([2, [1, 1]]);
    const { orders } = (await door.call('GET', '/operator/audit', undefined, asOperator)).body as unknown as OperatorAudit;
    expect(orders.filter(({ order }) => order === 'republish')).toEqual([expect.objectContaining({ reason: 'A new reader.', filter: { all: true } })]);
    expect(orders[0]?.affected).toBeGreaterThan(1);
    expect((await door.call('POST', '/operator/republish?after=nowhere', undefined, asOperator)).status).toBe(400);
    expect((await door.call('POST', '/operator/epoch', undefined, asOperator)).body).toEqual({ epoch: 1 });
    await republish(null);
    await eventually(() => told('otto').length === count + 2);
    await eventually(() => groupTold().length === 3);
    expect([newest(), groupTold().at(-1)]).toEqual([GENERATIONS_PER_EPOCH + 1, GENERATIONS_PER_EPOCH + 1]);
    await door.send(door.change({ operation: 'lock', recordId: 'o2' }));
    await eventually(() => newest() === GENERATIONS_PER_EPOCH + 2);
    await door.call('PATCH', `/scim/v2/Groups/${group.id}`, { schemas: [URN.patchOp], Operations: [{ op: 'replace', path: 'displayName', value: 'Sales EMEA' }] });
    await eventually(() => groupTold().length === 4);
    expect(groupTold().at(-1)).toBe(GENERATIONS_PER_EPOCH + 2); // readers would take an equal one for a repetition
  });

  test('more groups than fit into one call are all sent again', async () => {
    await door.sql(`insert into groups (id, generation, presence, resource, source, cause, created_at, modified_at)
      select gen_random_uuid(), 1, 'active', jsonb_build_object('displayName', 'many ' || n), '/test', '{"operation":"create","at":"2026-11-22T08:00:00.000Z","by":"test","correlationId":"c"}', now(), now() from generate_series(1, 600) as n`);
    const ids = async () => (await door.sql<{ id: string }>('select id from groups order by id')).map(({ id }) => id);
    const from = door.groupRecords.length;
    for (let after: string | null = 'groups'; after !== null; ) after = (await door.call('POST', `/operator/republish?after=${after}`, {}, asOperator)).body.next;
    const sent = () => new Set(door.groupRecords.slice(from).map(({ key }) => key));
    await eventually(() => sent().size >= 600);
    expect((await ids()).filter((id) => !sent().has(id))).toEqual([]);
  });
});

describe('one bad record stops nobody (L3)', () => {
  test('malformed records are buried with their raw bytes, and the next is processed', async () => {
    const good = (recordId: string, userName: string) => door.change({ operation: 'create', recordId, user: { userName } });
    const bad = (value: string) => ({ ...good('b', 'never'), key: 'same-partition', value });
    const key = 'same-partition';
    await door.send(bad('{"operation":'), bad('{"operation":"dance","recordId":"x"}'), bad('{"operation":"create","recordId":"x","user":{"userName":"a\\u0000"}}'), { ...good('b1', 'sina'), key });
    await eventually(() => told('sina').length === 1);
    await eventually(() => door.letters.filter(({ headers }) => headers['rb_error_kind'] === 'malformed' && headers['rb_original_key'] === key).length === 3);
    const letters = door.letters.filter(({ headers }) => headers['rb_original_key'] === key);
    expect(letters.map(({ headers }) => headers['rb_error_code'])).toEqual(['bad-json', 'bad-schema', 'unstorable-text']);
    const wrapped = JSON.parse(letters[0]?.value?.toString() ?? '');
    expect(Buffer.from(wrapped.rolebridgeOriginal.base64, 'base64').toString()).toBe('{"operation":');
    expect(letters[1]?.value?.toString()).toBe('{"operation":"dance","recordId":"x"}');
  });

  test('a person that cannot be read is buried, the field named', async () => {
    await door.send(door.change({ operation: 'create', recordId: 'b2', user: { userName: 'tom', emails: 5 as never } }), door.change({ operation: 'create', recordId: 'b3', user: { userName: 'tara' } }));
    await eventually(() => told('tara').length === 1);
    await eventually(() => door.letters.some(({ headers }) => headers['rb_error_field'] === 'emails'));
  });
});

describe('who is meant by the first word of a source', () => {
  test('a login in use is refused as a dead letter, unless the source counts as the same person', async () => {
    const { body } = await door.post({ userName: 'uma' });
    await door.send(door.change({ operation: 'create', recordId: 'u1', user: { userName: 'uma', title: 'foreign' } }));
    await eventually(() => door.letters.some(({ headers }) => headers['rb_error_code'] === 'uniqueness'));
    await settled(() => door.send(door.change({ operation: 'create', recordId: 'u1', user: { userName: 'UMA', title: 'same' } }, { source: '/idm/correlated' })), 1, 'UMA');
    expect(door.of('UMA')[0]).toMatchObject({ id: body.id, cause: { operation: 'replace' }, resource: { title: 'same' } });
  });
});

test('a restart reads nothing twice and loses nothing', async () => {
  await door.stop();
  await door.send(door.change({ operation: 'create', recordId: 'z1', user: { userName: 'vera' } }));
  const before = door.users.length;
  await door.serve();
  await eventually(() => told('vera').length === 1);
  expect(door.users.length).toBe(before + 1);
  const [stored] = await door.sql<{ count: number }>('select count(*) as count from consumer_offset where topic = $1', [topicName('userChange', {}, door.prefix)]);
  expect(stored?.count).toBeGreaterThan(0);
});
