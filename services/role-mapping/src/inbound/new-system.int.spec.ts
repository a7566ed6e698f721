import type { RuleFile } from '../decide/rule-set.ts';
import { eventually, Landscape } from '../test/landscape.ts';
import { person, systemRules } from '../test/person.ts';

const giving = (role: string): RuleFile => ({ ...systemRules(), rules: [{ name: 'all', when: { everybody: true }, give: { roles: [role] } }] });
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const PEOPLE = 60;

test('a new system is filled by judging everybody again: one final state each, also for who changes meanwhile; who left gets nothing', async () => {
  const landscape = await Landscape.start(['sales-cloud', 'fieldglass']);
  try {
    const one = await Landscape.start(['sales-cloud']);
    await one.rules('sales-cloud', giving('REP'));
    const first = await one.serve({ schema: landscape.schema, environment: one.environmentFor(landscape.prefix) });
    const send = (n: number, generation: number, more: object = {}) => landscape.send(landscape.record(person({ id: id(n), generation, resource: { userName: `p${n}`, title: `#${generation}` }, ...more })));
    for (let n = 0; n < PEOPLE; n += 1) for (const generation of [1, 2]) await send(n, generation);
    await send(0, 3, { presence: 'absent' });
    await eventually(() => landscape.outcomes.some(({ userId, userGeneration }) => userId === id(0) && userGeneration === 3) && new Set(landscape.accounts.map(({ userId }) => userId)).size === PEOPLE, 60_000);
    await first.close();
    await one.close();
    const before = landscape.accounts.length;

    await landscape.rules('sales-cloud', giving('REP'));
    await landscape.rules('fieldglass', giving('BUYER'));
    const [, ...changing] = [await landscape.serve(), await send(5, 3), await send(6, 3)];
    expect(changing).toHaveLength(2);
    const fresh = () => landscape.accounts.slice(before).filter(({ system }) => system === 'fieldglass');
    await eventually(() => new Set(fresh().map(({ userId }) => userId)).size === PEOPLE - 1 && landscape.outcomes.some(({ userId, userGeneration }) => userId === id(6) && userGeneration === 3), 60_000);
    expect(fresh().some(({ userId }) => userId === id(0))).toBe(false);
    for (let n = 1; n < PEOPLE; n += 1) {
      const told = fresh().filter(({ userId }) => userId === id(n)).map(({ attributes }) => attributes['title']);
      expect(told.at(-1)).toBe(n === 5 || n === 6 ? '#3' : '#2');
      expect(told).not.toContain('#1');
    }
    expect(landscape.accounts.slice(before).filter(({ system, userId }) => system === 'sales-cloud' && userId !== id(5) && userId !== id(6))).toEqual([]);
  } finally {
    await landscape.close();
  }
}, 150_000);
