import { DEFAULT_BRAKE } from '@rolebridge/landscape';

import { eventually, Landscape } from '../test/landscape.ts';
import { person, systemRules } from '../test/person.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

test('with nothing configured, of 26 among 400 who leave at once 6 are held back, and /metrics says so', async () => {
  expect(DEFAULT_BRAKE).toMatchObject({ enabled: true, share: 0.05, windowMs: 600_000 });
  const landscape = await Landscape.start(['sales-cloud'], {});
  try {
    await landscape.rules('sales-cloud', systemRules());
    const service = await landscape.serve();
    const brakeLines = async () => (await (await fetch(`${service.url}/metrics`)).text()).split('\n').filter((line) => line.startsWith('rolebridge_brake_held'));
    const held = (n: number) => ['', '_total'].map((end) => `rolebridge_brake_held${end}{system="role-mapping",service="role-mapping"} ${n}`);
    await landscape.send(...Array.from({ length: 400 }, (_, n) => landscape.record(person({ id: id(n), resource: { userName: `p${n}` } }))));
    await eventually(() => landscape.accounts.length === 400, 60_000);
    expect((await brakeLines()).toSorted()).toEqual(held(0).toSorted());
    await landscape.send(...Array.from({ length: 26 }, (_, n) => landscape.record(person({ id: id(n), generation: 2, presence: 'absent', resource: { userName: `p${n}` } }))));
    await eventually(() => landscape.accounts.length === 420, 60_000);
    await eventually(async () => (await brakeLines()).toSorted().join() === held(6).toSorted().join()).catch(async () => expect(await brakeLines()).toEqual(held(6)));
    expect(landscape.accounts.slice(400).every(({ presence }) => presence !== 'active')).toBe(true);
  } finally {
    await landscape.close();
  }
}, 180_000);
