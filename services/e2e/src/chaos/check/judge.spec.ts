import { SCIM_URN } from '@rolebridge/contracts';
import { CHAOS_SYSTEMS, type Expected, type Oracle, oracleOf } from '../stories/oracle.ts';
import { familyName, type PersonState } from '../stories/story.ts';
import { BY_HAND, type ListWrite } from '../directory/groups.ts';
import type { Evidence, LoggedCall } from './evidence.ts';
import { judgeRun } from './judge.ts';

const state = (login: string): PersonState => ({ login, active: true, userType: 'employee', units: ['1000'], manager: false, email: true });

/** Two ordinary people and one whom Fieldglass refuses. */
const PEOPLE = ['C-001', 'C-002', 'C-003'] as const;
const REFUSED = 'C-003';
const ORACLE: Oracle = oracleOf({
  endMs: 1_000,
  strands: PEOPLE.map((person, index) => ({ theme: 'life', by: 'scim', changes: [{ number: index + 1, person, kind: 'joiner', atMs: 0, after: { ...state(person.toLowerCase()), email: person !== REFUSED } }] })),
});

const expected = (person: string, system: (typeof CHAOS_SYSTEMS)[number]): Expected => {
  const one = ORACLE.get(person)?.[system];
  if (!one) throw new Error(`No ${person}.`);
  return one;
};

const call = (key: string, generation: number, fromMs: number, toMs = fromMs + 5): LoggedCall => ({
  sequence: 1,
  at: new Date(fromMs).toISOString(),
  endedAt: new Date(toMs).toISOString(),
  operation: 'update',
  key,
  generation: String(generation),
  result: '200',
});

const write = (owner: string, number: number, atMs: number) => ({ owner, number, generation: number, arrivedAtMs: atMs - 5, atMs, sequence: 1, kind: 'update', id: 'd' }) as const;

const list = (version: number, basedOn: number, arrivedAtMs: number, atMs = arrivedAtMs + 5): ListWrite => ({ group: 'G-1000', version, basedOn, arrivedAtMs, atMs });

const membersAre = (one: Evidence, change: (members: readonly string[]) => readonly string[]): Evidence => ({ ...one, directory: { ...one.directory, groups: one.directory.groups.map((group) => ({ ...group, members: change(group.members) })) } });
const listsAre = (...lists: readonly ListWrite[]): Evidence => ({ ...perfect(), directory: { ...perfect().directory, lists } });

/** What a run without any fault leaves behind. */
function perfect(): Evidence {
  const atFieldglass = PEOPLE.filter((person) => person !== REFUSED);
  return {
    salesCloud: {
      employees: PEOPLE.map((person) => {
        const { login, number, roles, units } = expected(person, 'sales-cloud');
        return { key: login, identityId: login, locked: false, familyName: familyName(person, number), address: {}, roles, units: units.map((id) => ({ id })) };
      }),
      messageMonitoring: [],
      backwardsSteps: [],
    },
    fieldglass: {
      users: atFieldglass.map((person) => {
        const { login, number, units } = expected(person, 'fieldglass');
        return { id: `fg-${person}`, userName: login, active: true, units, attributes: { name: { familyName: familyName(person, number) }, [SCIM_URN.enterpriseUser]: { employeeNumber: person } } };
      }),
    },
    directory: {
      accounts: PEOPLE.map((person) => {
        const { login, number, roles } = expected(person, 'chaos-directory');
        return { id: `dir-${person}`, login, owner: person, active: true, groups: roles, number, createdAtMs: 0 };
      }),
      writes: [],
      violations: [],
      groups: [{ name: 'G-1000', members: [...BY_HAND, ...PEOPLE.map((person) => `dir-${person}`)], version: 2 }],
      lists: [list(1, 0, 1_000), list(2, 1, 2_000)],
      bundles: [],
    },
    calls: { 'sales-cloud': [], fieldglass: [], 'chaos-directory': [] },
    links: PEOPLE.flatMap((person) =>
      CHAOS_SYSTEMS.map((system) => ({
        system,
        userId: `id-${person}`,
        state: system === 'fieldglass' && person === REFUSED ? 'rejected' : 'applied',
        newestSeen: 1,
        attempt: 0,
        owned: true,
        accountKey: person.toLowerCase(),
        accountId: system === 'fieldglass' ? `fg-${person}` : `dir-${person}`,
        leased: false,
        verifying: false,
        dueInMs: null,
        failureCode: null,
      })),
    ),
    accepted: new Map(PEOPLE.map((person) => [`id-${person}`, 1])),
    wished: new Map(PEOPLE.map((person) => [`sales-cloud/id-${person}`, 1])),
    records: PEOPLE.flatMap((person) => ['p.identity.user.v1', 'p.provisioning.sales-cloud.desired-account.v1'].map((topic) => ({ topic, key: `id-${person}`, generation: 1, redelivered: false }))),
    letters: [{ consumer: 'connector-fieldglass', userId: `id-${REFUSED}`, code: 'x' }],
    outcomes: [],
    ids: new Map(PEOPLE.map((person) => [person, `id-${person}`])),
    awakenings: [],
    exits: [],
    restless: [],
    replayed: { records: 10, writes: 0 },
  };
}

const checkersOf = (evidence: Evidence): readonly string[] => [...new Set(judgeRun(ORACLE, evidence).findings.map(({ checker }) => checker))];

test('a run that left everything as it must be is not blamed', () => {
  expect(judgeRun(ORACLE, perfect()).findings).toEqual([]);
});

const told = (id: string, generation: number) => ({ id, system: 'fieldglass', userId: 'id-C-001', generation, state: 'applied' });

const first = <T>(items: readonly T[], change: (item: T) => T): readonly T[] => items.map((item, index) => (index === 0 ? change(item) : item));

const BROKEN: readonly (readonly [what: string, checker: string, change: (evidence: Evidence) => Evidence])[] = [
  ['an account is missing', 'final state', (one) => ({ ...one, fieldglass: { users: one.fieldglass.users.slice(1) } })],
  ['an account is locked', 'final state', (one) => ({ ...one, directory: { ...one.directory, accounts: first(one.directory.accounts, (account) => ({ ...account, active: false })) } })],
  ['a role is left', 'final state', (one) => ({ ...one, salesCloud: { ...one.salesCloud, employees: first(one.salesCloud.employees, (employee) => ({ ...employee, roles: [...employee.roles, 'OLD'] })) } })],
  ['a unit is missing', 'final state', (one) => ({ ...one, salesCloud: { ...one.salesCloud, employees: first(one.salesCloud.employees, (employee) => ({ ...employee, units: [] })) } })],
  ['an older change shows', 'final state', (one) => ({ ...one, salesCloud: { ...one.salesCloud, employees: first(one.salesCloud.employees, (employee) => ({ ...employee, familyName: familyName('C-001', 0) })) } })],
  ['a login is wrong', 'final state', (one) => ({ ...one, directory: { ...one.directory, accounts: first(one.directory.accounts, (account) => ({ ...account, login: 'other' })) } })],
  ['an account is nobody’s', 'final state', (one) => ({ ...one, directory: { ...one.directory, accounts: first(one.directory.accounts, (account) => ({ ...account, owner: 'C-999' })) } })],
  ['who must be refused has an account', 'final state', (one) => ({ ...one, fieldglass: { users: first(one.fieldglass.users, (user) => ({ ...user, attributes: { ...user.attributes, [SCIM_URN.enterpriseUser]: { employeeNumber: REFUSED } } })) } })],
  ['a one-way target refused something unseen', 'message monitoring', (one) => ({ ...one, salesCloud: { ...one.salesCloud, messageMonitoring: [{ key: 'c-001', code: 'does-not-exist', text: 'x' }] } })],
  ['a person has two accounts', 'duplicate accounts', (one) => ({ ...one, directory: { ...one.directory, accounts: [...one.directory.accounts, ...one.directory.accounts.slice(0, 1)] } })],
  ['a login has two holders', 'duplicate accounts', (one) => ({ ...one, directory: { ...one.directory, accounts: one.directory.accounts.map((account) => ({ ...account, login: 'same' })) } })],
  ['a link points to a stranger’s account', 'whose account', (one) => ({ ...one, links: one.links.map((link) => ({ ...link, accountId: link.system === 'chaos-directory' ? 'dir-C-002' : link.accountId })) })],
  ['the directory saw a stranger write', 'whose account', (one) => ({ ...one, directory: { ...one.directory, violations: [{ kind: 'stranger', text: 'x', arrivedAtMs: 0 }] } })],
  ['the directory was asked for a second account', 'duplicate accounts', (one) => ({ ...one, directory: { ...one.directory, violations: [{ kind: 'second account', text: 'x', arrivedAtMs: 0 }] } })],
  ['an older generation is written after a newer one', 'backwards', (one) => ({ ...one, calls: { ...one.calls, 'chaos-directory': [call('C-001', 2, 1_000), call('C-001', 1, 2_000)] } })],
  ['an older change is written after a newer one', 'backwards', (one) => ({ ...one, directory: { ...one.directory, writes: [write('C-001', 2, 1_000), write('C-001', 1, 2_000)] } })],
  ['a generation is left out on a topic', 'topic order', (one) => ({ ...one, records: first(one.records, (record) => ({ ...record, generation: 3 })), accepted: new Map([...one.accepted, ['id-C-001', 3]]) })],
  ['an older record is last on a topic', 'topic order', (one) => ({ ...one, records: [...one.records, ...[2, 1].map((generation) => ({ topic: 'p.identity.user.v1', key: 'id-C-001', generation, redelivered: false }))], accepted: new Map([...one.accepted, ['id-C-001', 2]]) })],
  ['an accepted change is on no topic', 'lost', (one) => ({ ...one, accepted: new Map([...one.accepted, ['id-C-001', 2]]) })],
  ['a wish is on no topic', 'lost', (one) => ({ ...one, wished: new Map([...one.wished, ['sales-cloud/id-C-001', 2]]) })],
  ['somebody has no link', 'lost', (one) => ({ ...one, links: one.links.slice(1) })],
  ['somebody is buried who must not be', 'dead letters', (one) => ({ ...one, letters: [...one.letters, { consumer: 'connector-fieldglass', userId: 'id-C-001', code: 'x' }] })],
  ['a refusal is told to nobody', 'dead letters', (one) => ({ ...one, letters: [] })],
  ['a service buries something it cannot read', 'dead letters', (one) => ({ ...one, letters: [...one.letters, { consumer: 'role-mapping', userId: 'id-C-001', code: 'x' }] })],
  ['an outcome of an older wish is told after one of a newer', 'outcomes', (one) => ({ ...one, outcomes: [told('a', 2), told('b', 1)] })],
  ['a member by hand has gone from a group', 'group members', (one) => membersAre(one, (members) => members.filter((member) => member !== BY_HAND[0]))],
  ['a membership is lost', 'group members', (one) => membersAre(one, (members) => members.slice(0, -1))],
  ['a group has a member whom nobody wishes', 'group members', (one) => membersAre(one, (members) => [...members, 'dir-gone'])],
  ['a list is made from an older one', 'overwritten', () => listsAre(list(1, 0, 1_000), list(2, 1, 2_000), list(3, 1, 3_000))],
  ['two lists of a group are on their way', 'two at once', (one) => ({ ...one, calls: { ...one.calls, 'chaos-directory': [0, 2].map((ms) => ({ ...call('G-1000', 0, 1_000 + ms), operation: 'list' })) } })],
  ['old records cause a write', 'replay', (one) => ({ ...one, replayed: { records: 10, writes: 1 } })],
  ['something never comes to rest', 'queues', (one) => ({ ...one, restless: ['ingest.outbox: 1 rows'] })],
];

test.each(BROKEN)('%s: found by "%s"', (_what, checker, change) => {
  expect(checkersOf(change(perfect()))).toContain(checker);
});

describe('a write that comes late', () => {
  const late = (older: LoggedCall, more: Partial<Evidence> = {}) => judgeRun(ORACLE, { ...perfect(), ...more, calls: { ...perfect().calls, 'chaos-directory': [call('C-001', 2, 1_000), older] } });

  test('is counted apart when both were on their way at once', () => {
    const { findings, notes } = late(call('C-001', 1, 900, 4_000));
    expect(findings).toEqual([]);
    expect(notes).toContain('chaos-directory: 2 writes, 1 of them late (overlapping, or by a process that had just woken up)');
  });

  test('is counted apart when it comes from a process that has just woken up, for three seconds', () => {
    const awakenings = [{ service: 'connector-x-directory', fromMs: 500, atMs: 10_000 }] as const;
    expect(late(call('C-001', 1, 10_500), { awakenings }).findings).toEqual([]);
    expect(late(call('C-001', 1, 13_500), { awakenings }).findings).toHaveLength(1);
  });

  test('without effect is none', () => {
    expect(late({ ...call('C-001', 1, 2_000), result: '503', fault: 'server-error' }).findings).toEqual([]);
    expect(late({ ...call('C-001', 1, 2_000), result: 'reset', fault: 'reset-before' }).findings).toEqual([]);
    expect(late({ ...call('C-001', 1, 2_000), result: 'reset', fault: 'reset-after' }).findings).toHaveLength(1);
  });
});

test('an outcome that a relay sent twice is no step back', () => {
  expect(judgeRun(ORACLE, { ...perfect(), outcomes: [told('a', 1), told('b', 2), told('a', 1), told('b', 2)] }).findings).toEqual([]);
});

describe('two writes of one person at once', () => {
  const both = (earlier: LoggedCall, more: Partial<Evidence> = {}) => checkersOf({ ...perfect(), ...more, calls: { ...perfect().calls, 'chaos-directory': [earlier, call('C-001', 2, 1_500)] } });

  test('are found', () => {
    expect(both(call('C-001', 1, 1_000, 2_000))).toEqual(['two at once']);
    expect(both(call('C-002', 1, 1_000, 2_000))).toEqual([]);
    expect(both(call('C-001', 1, 1_000, 1_500))).toEqual([]);
  });

  test('are forgiven when the caller of the first was killed, fell asleep or had stopped waiting', () => {
    expect(both(call('C-001', 1, 1_000, 2_000), { exits: [{ program: 'connector-x-directory', how: 'killed by SIGKILL', atMs: 1_200 }] })).toEqual([]);
    expect(both(call('C-001', 1, 1_000, 2_000), { exits: [{ program: 'connector-fieldglass', how: 'killed by SIGKILL', atMs: 1_200 }] })).toEqual(['two at once']);
    expect(both(call('C-001', 1, 1_000, 2_000), { awakenings: [{ service: 'connector-x-directory', fromMs: 1_200, atMs: 20_000 }] })).toEqual([]);
    expect(both(call('C-001', 1, 1_000, 3_000))).toEqual([]);
  });
});

test('a list that erases another is forgiven when the caller of one of them had stopped waiting, fell asleep or was killed', () => {
  const stale = list(3, 1, 3_000);
  expect(checkersOf(listsAre(list(1, 0, 1_000), list(2, 1, 500, 2_600), stale))).toEqual([]);
  expect(checkersOf(listsAre(list(1, 0, 1_000), list(2, 1, 2_000), list(3, 1, 1_500, 3_600)))).toEqual([]);
  expect(checkersOf({ ...listsAre(list(1, 0, 1_000), list(2, 1, 2_000), stale), awakenings: [{ service: 'connector-x-directory', fromMs: 1_500, atMs: 2_900 }] })).toEqual([]);
  expect(checkersOf({ ...listsAre(list(1, 0, 1_000), list(2, 1, 2_000), stale), exits: [{ program: 'connector-x-directory-second', how: 'killed by SIGKILL', atMs: 2_003 }] })).toEqual([]);
  expect(checkersOf({ ...listsAre(list(1, 0, 1_000), list(2, 1, 2_000), stale), exits: [{ program: 'connector-x-directory', how: 'killed by SIGKILL', atMs: 9_000 }] })).toEqual(['overwritten']);
});

test('what the run itself wrote again on a topic is no disorder', () => {
  const one = perfect();
  const again = { topic: 'p.identity.user.v1', key: 'id-C-001', generation: 1, redelivered: true };
  expect(checkersOf({ ...one, accepted: new Map([...one.accepted, ['id-C-001', 2]]), records: [...one.records, { ...again, generation: 2, redelivered: false }, again] })).toEqual([]);
});

test('the known limit of a one-way target is a note, for heirs of a login only', () => {
  const heirs: Oracle = new Map([...ORACLE].map(([person, all]) => [person, { ...all, 'sales-cloud': { ...all['sales-cloud'], heir: person === 'C-002' } }]));
  const collided = (key: string): Evidence => {
    const one = perfect();
    return { ...one, salesCloud: { ...one.salesCloud, employees: one.salesCloud.employees.filter((employee) => employee.key !== key), messageMonitoring: [{ key, code: 'alias-exists', text: 'x' }] } };
  };
  expect(judgeRun(heirs, collided('c-002')).findings).toEqual([]);
  expect(judgeRun(heirs, collided('c-002')).notes.join()).toContain('C-002 at sales-cloud: there is no account');
  expect(judgeRun(heirs, collided('c-001')).findings).toHaveLength(1);
});
