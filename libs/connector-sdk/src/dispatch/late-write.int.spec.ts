import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import { person, Workbench } from '../test/workbench.ts';

const QUICK = { ...DEFAULT_PATIENCE, backoff: { firstMs: 5, factor: 1.5, capMs: 40 } };

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(() => bench.close());

test('a call that was given up writes late, over a newer state: it is noticed and healed (L24)', async () => {
  const anna = person();
  await bench.run({ patience: QUICK, leaseMs: 400 });
  await bench.wish(anna.wish({ units: ['100'] }));
  await bench.settled(anna.userId);
  bench.directory.failure = { kind: 'in-doubt', code: 'timeout', message: 'No answer in time.' };
  let hung = 0;
  bench.directory.mischief = ({ operation }) => (operation === 'update' && hung++ === 0 ? 'before' : undefined);
  await bench.wish(anna.wish({ generation: 2, units: ['200'] }));
  await bench.until(() => hung === 1);
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
