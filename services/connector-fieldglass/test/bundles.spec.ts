import { failureOf, type Failure } from '@rolebridge/contracts';
import type { MemberResult, Step } from '@rolebridge/connector-sdk';
import { LinkRecord, type FieldglassConnector } from './link-record.ts';
import { Rig } from './rig.ts';
import { wish } from './wishes.ts';

let rig: Rig;
afterEach(() => rig.close());

const LOGINS = ['ann', 'ben', 'cia', 'dan'] as const;
const ROWS = { rowResults: {} } as const;

interface Member {
  readonly link: LinkRecord;
  readonly step: Step;
}

/** A user who is there, and the step that sets the units. */
async function member(connector: FieldglassConnector, userName: string, units: readonly string[]): Promise<Member> {
  const link = new LinkRecord(userName);
  const attributes = { userName, emails: [{ value: `${userName}@example.org` }] };
  await link.attempt(connector, wish({ attributes, userId: userName }));
  const call = { correlationId: '', wireId: '', signal: AbortSignal.timeout(10_000) };
  const desired = wish({ generation: 2, attributes, units, userId: userName });
  const plan = connector.plan({ desired, link: link.view, observation: await connector.observe(link.view, desired, call), today: '2026-11-22' });
  const step = plan.kind === 'steps' ? plan.steps.find(({ name }) => name === 'set-units') : undefined;
  if (!step) throw new Error('There is nothing to upload.');
  return { link, step };
}

const team = async (connector: FieldglassConnector, units: (userName: string) => readonly string[] = () => ['PLANT10']) => {
  const members: Member[] = [];
  for (const userName of LOGINS) members.push(await member(connector, userName, units(userName)));
  return members;
};

function send(connector: FieldglassConnector, members: readonly Member[]): Promise<readonly (MemberResult | undefined)[] | Failure> {
  const call = { correlationId: 'c', wireId: 'f'.repeat(32), signal: AbortSignal.timeout(10_000) };
  const sent = connector.bundle?.apply(members.map(({ link, step }) => ({ step, link: link.view, call })), call) ?? Promise.resolve([]);
  return sent.catch((error: unknown) => failureOf(error));
}

const unitsOf = async () => Object.fromEntries((await rig.state()).users.map(({ userName, units }) => [userName, units]));
const DONE = { result: { seen: 'as-before' } };

test('only uploads of units go together, and only where that is switched on', async () => {
  rig = await Rig.start();
  const connector = rig.connector();
  expect(connector.bundle?.maxSize).toBe(1);
  const [first] = await team(connector);
  expect(first && connector.bundle?.bundleOf(first.step)).toBe('units');
  const plan = connector.plan({ desired: wish(), link: { ...new LinkRecord('x').view, accountKey: 'x' }, observation: { found: false }, today: '2026-11-22' });
  expect(plan.kind === 'steps' && plan.steps.map((step) => connector.bundle?.bundleOf(step))).toEqual([undefined]);
});

test('several people go in one file; each is done when his own row says so (R-42)', async () => {
  rig = await Rig.start({ rowResults: true });
  const connector = rig.connector({ uploadBatch: 10, ...ROWS });
  expect(await send(connector, await team(connector))).toEqual(LOGINS.map(() => DONE));
  expect(await unitsOf()).toEqual({ ann: ['PLANT10'], ben: ['PLANT10'], cia: ['PLANT10'], dan: ['PLANT10'] });
  expect((await rig.calls()).filter(({ operation }) => operation === 'dataTransfer')).toHaveLength(1);
});

test('a row that is refused is that person\'s alone', async () => {
  rig = await Rig.start({ rowResults: true, units: ['PLANT10'] });
  const connector = rig.connector({ uploadBatch: 10, ...ROWS });
  const results = await send(connector, await team(connector, (userName) => [userName === 'ben' ? 'NOWHERE' : 'PLANT10']));
  expect(results).toEqual([DONE, { failure: expect.objectContaining({ code: 'upload-general-error', message: expect.stringContaining('NOWHERE') }) }, DONE, DONE]);
  expect(await unitsOf()).toEqual({ ann: ['PLANT10'], ben: [], cia: ['PLANT10'], dan: ['PLANT10'] });
});

test('that the file was taken says nothing about its rows: without results of their own all are unknown', async () => {
  rig = await Rig.start();
  const connector = rig.connector({ uploadBatch: 10 });
  expect(await send(connector, await team(connector))).toEqual(LOGINS.map(() => undefined));
  const strict = rig.connector({ uploadBatch: 10, rowResults: { row: 'line' } });
  expect(await send(strict, await team(strict, () => ['PLANT22']))).toEqual(LOGINS.map(() => undefined));
});

test('a file that is refused as a whole is refused without a name, and shows nobody\'s', async () => {
  rig = await Rig.start();
  const connector = rig.connector({ uploadBatch: 10, ...ROWS });
  const members = await team(connector);
  await rig.order({ kind: 'refuse', operation: 'dataTransfer', user: 'cia' });
  const failure = await send(connector, members);
  expect(failure).toMatchObject({ kind: 'rejected', code: 'upload-refused' });
  expect(JSON.stringify(failure)).not.toMatch(/\b(ann|ben|cia|dan)\b/u);
  expect(await unitsOf()).toEqual({ ann: [], ben: [], cia: [], dan: [] });
});
