import { eventually } from '../proxy-life/world.ts';
import { type Case, Desk, WHY } from './desk.ts';
import { NAME, Night, type OperatorName } from './night.ts';

/** Whom SAP Fieldglass refuses, by cause: two answers of its own, and what our check knows beforehand. */
const REFUSED = { 'http-400': ['ada', 'bea', 'cem'], 'http-422': ['dan', 'eva'], 'email-missing': ['fay', 'gus'] } as const;
const ALL_REFUSED = Object.values(REFUSED).flat();
const WELL = ['hal', 'ian'];
/** A test types up to twenty commands; each is a process. */
const PATIENCE_MS = 240_000;

let night: Night;
let desk: Desk;
/** How to mend what the target has against somebody. */
const mend: Record<string, () => Promise<void>> = {};
beforeAll(async () => {
  night = await Night.open();
  desk = new Desk(night);
  for (const user of REFUSED['http-400']) mend[user] = await night.fault({ kind: 'refuse', user, operation: 'POST /Users' });
  for (const user of REFUSED['http-422']) mend[user] = await night.fault({ kind: 'error-code', value: 422, user, operation: 'POST /Users' });
  await Promise.all([...REFUSED['http-400'], ...REFUSED['http-422'], ...WELL].map((login) => night.join(login)));
  await Promise.all(REFUSED['email-missing'].map((login) => night.join(login, { email: false })));
  await eventually(async () => (await desk.count(`link where state in ('rejected', 'applied')`)) === ALL_REFUSED.length + WELL.length);
}, 180_000);
afterAll(() => night?.close());

test('status, list and show tell who is refused and why, by every filter, without personal data', async () => {
  const { code, out } = await night.rolebridge('watcher', 'status');
  expect([code, out]).toEqual([0, expect.stringContaining('\nfieldglass: 7 dead: rolebridge dead-letters list --target fieldglass')]);
  expect((await night.rolebridge('watcher', 'status', 'ada')).out).toMatch(/^ada \(.*\): active, generation 1\n\nfieldglass: rejected, [^]*http-400: SAP Fieldglass answered create with 400/);
  for (const [filters, expected] of [
    ['--target fieldglass --since 1h', ALL_REFUSED],
    ['--consumer connector-fieldglass --code http-422', REFUSED['http-422']],
    ['--kind rejected --rule pass-through --limit 100', ALL_REFUSED],
    ['--until 1h', []],
    ['--kind malformed', []],
  ] as const) expect([filters, await desk.whose(...filters.split(' '))]).toEqual([filters, expected]);
  const shown = (await night.rolebridge('watcher', 'dead-letters', 'show', await desk.letterOf('ada'))).out;
  for (const line of ['Dead letter', 'Last call, masked:', '"familyName": "[12 characters]"', '"detail": "this user is refused"', 'hint         The target refuses the content', 'given by     pass-through']) expect(shown).toContain(line);
  for (const personal of [NAME.givenName, NAME.familyName, '"ada', 'ada@']) expect(shown).not.toContain(personal);
}, PATIENCE_MS);

test('who may only look cannot order, and who may order cannot decide about losses', async () => {
  const denied = (right: string, who: string): string => `This needs the right ${right}, which ${who} does not have.`;
  const orders = ['dead-letters redrive --all', `dead-letters dismiss ${await desk.letterOf('ada')}`, 'redrive ada --system fieldglass', 'lock hal', 'replay fieldglass --from-beginning', 'reapply fieldglass --all', 'republish ingest --all'];
  await desk.expectHarmless([
    ...orders.map((argv): Case => ['watcher', argv, 4, denied('operate', 'watcher')]),
    ...['release', 'drop'].map((kind): Case => ['operator', `brake ${kind} hal --system fieldglass`, 4, denied('approve', 'operator')]),
    ['operator', 'outbox release ingest identity.user.v1 x --drop', 4, denied('approve', 'operator')],
  ]);
  expect(await desk.count('(select from operator_audit union all select from ingest.operator_audit union all select from role_mapping.operator_audit) o')).toBe(0);
}, PATIENCE_MS);

test('redriven by cause, each once however often at the same time, exactly the others are left', async () => {
  const before = await desk.everything();
  expect((await night.rolebridge('operator', 'dead-letters', 'redrive', '--code', 'http-422', '--dry-run', ...WHY)).out).toContain('would redrive 2.');
  expect(await desk.everything()).toEqual(before);
  for (const login of REFUSED['http-422']) await mend[login]?.();
  const redrive = (who: OperatorName) => desk.json<{ readonly services: readonly { readonly result: { readonly redriven: readonly string[] } }[] }>(who, 'dead-letters', 'redrive', '--code', 'http-422', ...WHY);
  const both = await Promise.all([redrive('operator'), redrive('head')]);
  expect(both.flatMap(({ services }) => services.flatMap(({ result }) => result.redriven))).toHaveLength(2);
  await eventually(async () => (await desk.count(`link where state = 'applied'`)) === WELL.length + 2);
  expect(await desk.accounts()).toEqual(Object.fromEntries([...WELL, 'dan', 'eva'].map((login) => [login, true])));
  expect(await desk.whose()).toEqual([...REFUSED['http-400'], ...REFUSED['email-missing']]);
  expect(await desk.count(`dead_letter where redrives <> '[]'`)).toBe(2);
}, PATIENCE_MS);

test('Ctrl-C ends a slow redrive: it says how many were ordered, and the others are untouched', async () => {
  const { child, told } = night.type('operator', 'dead-letters', 'redrive', '--code', 'http-400', '--rate', '0.1/s', ...WHY);
  await new Promise((resolve) => child.stderr?.on('data', (said: Buffer) => String(said).includes('1 of 3 so far') && resolve(undefined)));
  child.kill('SIGINT');
  const { code, out, err } = await told;
  expect([code, err]).toEqual([130, expect.stringContaining('Interrupted: nothing more is ordered.')]);
  expect(out).toMatch(/redriven 1\.\n.*untouched 2: interrupted; the same command goes on with them\.\n/);
  await eventually(async () => (await desk.count(`dead_letter where code = 'http-400'`)) === 4);
  expect(await desk.count(`dead_letter where code = 'http-400' and redrives <> '[]'`)).toBe(1);
  expect(await desk.whose('--code', 'http-400')).toEqual(REFUSED['http-400']);
}, PATIENCE_MS);

test('an order about what is not there, is done, or was overtaken changes nothing and says so', async () => {
  await mend['ada']?.();
  const [old, done, refused] = [await desk.letterOf('ada'), await desk.letterOf('dan'), await desk.letterOf('bea')];
  await night.change('ada', { title: 'Dr' });
  await eventually(async () => (await desk.accounts())['ada'] === true && (await desk.count(`link where state = 'applied'`)) === WELL.length + 3);
  const nobody = '6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01';
  await desk.expectHarmless([
    ['operator', `dead-letters redrive ${old}`, 1, 'left alone 1: superseded by a newer state of the person.'],
    ['operator', `dead-letters redrive ${done}`, 1, 'left alone 1: already resolved.'],
    ['operator', `dead-letters dismiss ${old}`, 1, 'Left alone 1: superseded by a newer state of the person.'],
    ['operator', 'dead-letters redrive zzzz', 3, 'zzzz: there is no such dead letter'],
    ['operator', 'dead-letters dismiss zzzz', 3, 'zzzz: there is no such dead letter'],
    ['operator', `dead-letters skip ${refused}`, 3, `Ingest has no dead letter ${refused}`],
    ['operator', 'redrive ada --system fieldglass', 1, 'is applied at fieldglass: the target has the newest wish'],
    ['operator', `redrive ${nobody} --system fieldglass`, 3, nobody],
    ['operator', 'redrive ada --system moon', 2, '--system must be one of fieldglass.'],
    ['operator', 'replay fieldglass --from-offset 0 --partition 77', 1, 'has no partition 77.'],
    ['operator', 'replay fieldglass --from-time 2130-01-01', 3, 'no record stands there'],
    ['operator', 'replay role-mapping --stop', 1, 'No replay of role-mapping runs.'],
    ['operator', 'reapply fieldglass --user nobody', 3, 'Nobody has the user name nobody.'],
    ['operator', 'reapply fieldglass --stop', 1, 'No reapply of fieldglass is under way.'],
    ['operator', `republish role-mapping --user ${nobody}`, 3, 'Nobody with this user id has an account here'],
    ['operator', 'lock nobody', 3, 'Nobody has the user name nobody.'],
    ['head', 'brake release hal --system fieldglass', 1, 'Nothing is held for user'],
    ['head', 'outbox release ingest identity.user.v1 x', 3, 'Nothing is set aside for key x of topic identity.user.v1'],
  ]);
}, PATIENCE_MS);

test('a dismissed letter leaves the list, its person stays refused, and a newer change is applied as always', async () => {
  const letter = await desk.letterOf('fay');
  expect(await night.rolebridge('operator', 'dead-letters', 'dismiss', letter, ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining(`Dismissed: ${letter}`) });
  expect(await desk.whose()).toEqual(['bea', 'cem', 'gus']);
  expect((await night.rolebridge('watcher', 'status', 'fay')).out).toContain('fieldglass: rejected');
  await desk.expectHarmless([['operator', `dead-letters dismiss ${letter}`, 1, 'Left alone 1: dismissed by an operator'], ['operator', `dead-letters redrive ${letter}`, 1, 'left alone 1: dismissed by an operator']]);
  await night.change('fay', {});
  await eventually(async () => (await desk.accounts())['fay'] === true);
}, PATIENCE_MS);

test('skip gives up the change that an event source lost; what waited behind it takes effect', async () => {
  await night.event({ operation: 'create', recordId: 'sky', sequence: 1, user: { userName: 'sky', name: NAME, userType: 'employee', emails: [{ value: 'sky@example.org' }] } });
  await night.event({ operation: 'patch', recordId: 'sky', sequence: 3, patch: [{ op: 'replace', path: 'title', value: 'Dean' }] });
  expect((await night.rolebridge('watcher', 'status')).out).toContain('ingest: 1 dead: rolebridge dead-letters list --consumer ingest');
  const [letter] = await desk.letters('--consumer', 'ingest', '--code', 'sequence-gap');
  await desk.expectHarmless([['operator', `dead-letters redrive ${letter?.id}`, 1, 'still waits: a change with a lower number is missing'], ['operator', `dead-letters dismiss ${letter?.id}`, 1, 'give up what it waits for: rolebridge dead-letters skip <id>']]);
  expect(await night.rolebridge('operator', 'dead-letters', 'skip', letter?.id ?? '', ...WHY)).toMatchObject({ code: 0, out: 'Given up what was missing: 1 change worked, 0 still wait.\n' });
  await eventually(async () => (await night.fieldglass()).users.find(({ userName }) => userName === 'sky')?.attributes['title'] === 'Dean');
  expect(await desk.count('ingest.parked_change')).toBe(0);
}, PATIENCE_MS);
