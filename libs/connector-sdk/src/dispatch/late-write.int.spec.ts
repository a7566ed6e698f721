import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import type { Connector } from '../port.ts';
import { directoryConnector } from '../test/directory.ts';
import { person, Workbench } from '../test/workbench.ts';

const QUICK = { ...DEFAULT_PATIENCE, backoff: { firstMs: 5, factor: 1.5, capMs: 40 } };

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

/** Somebody who has the unit 100 and whose second wish, for the unit 200, got no answer in time. */
async function givenUp(kind: { readonly oneWay?: boolean } = {}): Promise<ReturnType<typeof person>> {
  const anna = person();
  await bench.run({ patience: QUICK, leaseMs: 400, ...kind });
  await bench.wish(anna.wish({ units: ['100'] }));
  await bench.settled(anna.userId);
  bench.directory.failure = { kind: 'in-doubt', code: 'timeout', message: 'No answer in time.' };
  let hung = 0;
  bench.directory.mischief = ({ operation }) => (operation === 'update' && hung++ === 0 ? 'before' : undefined);
  await bench.wish(anna.wish({ generation: 2, units: ['200'] }));
  await bench.until(() => hung === 1);
  return anna;
}

test('a call that was given up writes late, over a newer state: it is noticed and healed (L24)', async () => {
  const anna = await givenUp();
  await bench.wish(anna.wish({ generation: 3, units: ['300'] }));
  await bench.until(() => bench.directory.effects.includes(`${anna.userName} #3`));
  await bench.settled(anna.userId);
  // now the target carries out what it was told first
  bench.directory.write(anna.userName, { active: true, units: ['200'], title: '#2' }, ['300']);
  await bench.until(() => bench.directory.effects.at(-1) === `${anna.userName} #3`, 5_000);
  expect(bench.directory.byKey(anna.userName)).toMatchObject({ units: ['300'], title: '#3' });
  expect(bench.directory.effects.slice(-3)).toEqual([`${anna.userName} #3`, `${anna.userName} #2`, `${anna.userName} #3`]);
  await bench.settled(anna.userId);
  expect(await bench.link(anna.userId)).toMatchObject({ verify_at: null, newest_seen: 3, applied: 3 });
});

test('the look again survives further changes: what comes late, after all of them, is healed (L24)', async () => {
  const anna = await givenUp();
  for (const generation of [3, 4]) {
    await bench.wish(anna.wish({ generation, units: [`${generation}00`] }));
    await bench.until(async () => (await bench.link(anna.userId))['applied'] === generation);
  }
  bench.directory.write(anna.userName, { active: true, units: ['200'], title: '#2' }, ['400']);
  await bench.until(() => bench.directory.effects.at(-1) === `${anna.userName} #4`, 5_000);
  expect(bench.directory.byKey(anna.userName)).toMatchObject({ units: ['400'], title: '#4' });
});

test('at a target that cannot be read what came late is ended by name (L18, L24)', async () => {
  const anna = await givenUp({ oneWay: true });
  await bench.wish(anna.wish({ generation: 3, units: ['300'] }));
  await bench.until(async () => (await bench.link(anna.userId))['applied'] === 3);
  bench.directory.write(anna.userName, { active: true, units: ['200'], title: '#2' }, ['100']);
  await bench.until(async () => (await bench.link(anna.userId))['verify_at'] === null, 5_000);
  await bench.settled(anna.userId);
  expect(bench.directory.byKey(anna.userName)).toMatchObject({ units: ['300'], title: '#3' });
  expect(await bench.link(anna.userId)).toMatchObject({ attempted: [] });
});

/** The directory's connector, whose plans have each step twice. */
function stepByStep(): Connector<object, unknown> {
  const connector = directoryConnector(bench.directory) as unknown as Connector<object, unknown>; // the port erases the types of state and observation
  return {
    ...connector,
    plan(input) {
      const plan = connector.plan(input);
      return plan.kind === 'steps' ? { ...plan, steps: plan.steps.flatMap((step) => [step, { ...step, name: 'once more' }]) } : plan;
    },
  };
}

test('a worker that slept through its lease begins no further step (L24)', async () => {
  const anna = person();
  let asleep = false;
  const woken = Promise.withResolvers<undefined>();
  bench.directory.mischief = ({ operation }) => {
    if (operation !== 'create' || asleep) return undefined;
    asleep = true;
    return woken.promise;
  };
  const sleeper = await bench.run({ connector: stepByStep(), leaseMs: 400, renewMs: 60_000 }); // whoever sleeps prolongs nothing
  await bench.wish(anna.wish({ generation: 1 }));
  await bench.until(() => asleep);
  await bench.wish(anna.wish({ generation: 2 }));
  await bench.run({ connector: stepByStep(), leaseMs: 400 });
  await bench.until(async () => (await bench.link(anna.userId))['applied'] === 2);
  woken.resolve(undefined);
  await bench.stop(sleeper);
  await bench.until(() => bench.directory.byKey(anna.userName)?.title === '#2');
  expect(bench.directory.effects.filter((effect) => effect.endsWith('#1'))).toHaveLength(1);
});

test.each([{ oneWay: false }, { oneWay: true }])('whoever writes late, long after everything was looked at again, is noticed by the refused verdict, and healed (L24); one-way: $oneWay', async ({ oneWay }) => {
  const anna = person();
  let asleep = false;
  const woken = Promise.withResolvers<undefined>();
  bench.directory.mischief = ({ operation }) => {
    if (operation !== 'create' || asleep) return undefined;
    asleep = true;
    return woken.promise;
  };
  const sleeper = await bench.run({ oneWay, leaseMs: 400, renewMs: 60_000 });
  await bench.wish(anna.wish({ generation: 1, units: ['100'] }));
  await bench.until(() => asleep);
  await bench.wish(anna.wish({ generation: 2, units: ['200'] }));
  await bench.run({ oneWay, leaseMs: 400 });
  const quiet = async () => {
    const link = await bench.link(anna.userId);
    return link['applied'] === 2 && link['verify_at'] === null && ['applied', 'unchanged', 'accepted'].includes(link.state);
  };
  await bench.until(quiet);
  woken.resolve(undefined);
  await bench.stop(sleeper);
  await bench.until(() => bench.directory.effects.at(-1) === `${anna.userName} #2`, 5_000);
  expect(bench.directory.effects.slice(-2)).toEqual([`${anna.userName} #1`, `${anna.userName} #2`]);
  expect(bench.directory.byKey(anna.userName)).toMatchObject({ units: ['200'] });
  await bench.until(quiet);
});
