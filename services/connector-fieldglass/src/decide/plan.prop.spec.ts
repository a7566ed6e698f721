import * as fc from 'fast-check';
import type { Presence } from '@rolebridge/contracts';
import { wish } from '../../test/wishes.ts';
import type { PlanRules } from './context.ts';
import { planAccount } from './plan.ts';
import type { FieldglassLink, FieldglassObservation, FieldglassState } from './state.ts';
import type { FieldglassPayload } from './steps.ts';

/** What Fieldglass holds of one person. */
interface Real {
  readonly id: string;
  readonly active: boolean;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly units: readonly string[];
  readonly roles: readonly string[];
}

type Fate = 'done' | 'lost-before' | 'lost-after';

interface World {
  readonly real: Real | undefined;
  readonly link: FieldglassLink;
  readonly lastId: number;
}

function effect(real: Real | undefined, payload: FieldglassPayload, nextId: string): Real | undefined {
  if (payload.kind === 'create') return { id: nextId, active: payload.resource['active'] !== false, resource: payload.resource, units: [], roles: [] };
  if (!real) return undefined;
  switch (payload.kind) {
    case 'replace':
      return { ...real, active: payload.resource['active'] !== false, resource: payload.resource };
    case 'patch':
      return payload.operations.reduce<Real>((before, { path = '', value }) => (path === 'active' ? { ...before, active: value === true } : { ...before, resource: { ...before.resource, [path]: value } }), real);
    case 'delete':
      return undefined;
    case 'set-units':
      return { ...real, units: payload.units };
    case 'set-roles':
      return { ...real, roles: [...real.roles.filter((role) => !payload.remove.includes(role) && !payload.add.includes(role)), ...payload.add] };
  }
}

function observed(real: Real | undefined): FieldglassObservation {
  return real ? { found: true, id: real.id, userName: 'mora.k', active: real.active, resource: real.resource } : { found: false };
}

interface Wanted {
  readonly presence: Presence;
  readonly units?: readonly string[];
  readonly roles?: readonly string[];
  readonly title?: string;
}

const desiredOf = ({ presence, title, ...lists }: Wanted) => wish({ presence, ...lists, attributes: title ? { displayName: title } : {} });

/** One attempt whose steps meet the given fates; as the SDK does it: the picture is announced before the first step. */
function attempt(world: World, wanted: Wanted, fates: readonly Fate[], rules: PlanRules): World {
  const plan = planAccount({ desired: desiredOf(wanted), link: world.link, observation: observed(world.real), today: '2026-11-22' }, rules);
  if (plan.kind === 'refuse') throw new Error(plan.failure.message);
  const announced = plan.steps.length > 0 ? [...world.link.attempted, plan.target] : world.link.attempted;
  let next: World = { ...world, link: { ...world.link, ...(plan.accountId ? { accountId: plan.accountId } : {}), attempted: announced } };
  for (const [index, step] of plan.steps.entries()) {
    const fate = fates[index] ?? 'done';
    const lastId = next.lastId + 1;
    if (fate !== 'lost-before') next = { ...next, lastId, real: effect(next.real, step.payload as FieldglassPayload, `fg-${lastId}`) };
    if (fate !== 'done') return next;
    if (step.creates && next.real) next = { ...next, link: { ...next.link, accountId: next.real.id } };
  }
  return { ...next, link: { ...next.link, lastApplied: plan.target, attempted: [] } };
}

const list = fc.option(fc.uniqueArray(fc.constantFrom('100', '200', '300', '400'), { maxLength: 3 }), { nil: undefined });
const wanted: fc.Arbitrary<Wanted> = fc
  .record({ presence: fc.constantFrom<Presence>('active', 'active', 'disabled', 'absent'), units: list, roles: list, title: fc.option(fc.constantFrom('Buyer', 'Boss'), { nil: undefined }) })
  .map(({ presence, units, roles, title }) => ({ presence, ...(units ? { units } : {}), ...(roles ? { roles } : {}), ...(title ? { title } : {}) }));
const fates = fc.array(fc.constantFrom<Fate>('done', 'done', 'lost-before', 'lost-after'), { maxLength: 5 });
const history = fc.array(fc.tuple(wanted, fates, fc.boolean()), { maxLength: 8 });
const rules: fc.Arbitrary<PlanRules> = fc.record({
  activeSupported: fc.constant(true),
  updateMethod: fc.constant('PUT' as const),
  deleteMode: fc.constantFrom('deactivate' as const, 'delete' as const),
  unitList: fc.constant('replace' as const),
  roles: fc.constant('upload' as const),
});

const START: World = { real: undefined, lastId: 0, link: { system: 'fieldglass', userId: 'u', accountKey: 'mora.k', attempted: [] } };

function lived(steps: readonly (readonly [Wanted, readonly Fate[], boolean])[], given: PlanRules): World {
  return steps.reduce((world, [want, fate, vanishes]) => attempt(vanishes ? { ...world, real: undefined } : world, want, fate, given), START);
}

test('after any history of lost answers, one full success leaves exactly what is wished (D1)', () => {
  fc.assert(
    fc.property(history, wanted, rules, (steps, last, given) => {
      const { real } = attempt(lived(steps, given), last, [], given);
      const gone = last.presence === 'absent';
      if (!gone) expect(real).toBeDefined();
      if (gone && given.deleteMode === 'delete') expect(real).toBeUndefined();
      if (!real) return;
      expect(real.active).toBe(last.presence === 'active');
      if (last.units) expect([...real.units].sort()).toEqual(gone ? [] : [...last.units].sort());
      if (last.roles) expect([...real.roles].sort()).toEqual(gone ? [] : [...last.roles].sort());
      if (gone) expect([...real.units, ...real.roles]).toEqual([]);
      if (!gone && last.title) expect(real.resource['displayName']).toBe(last.title);
    }),
    { numRuns: 700 },
  );
});

test('after a full success the same wish plans nothing (D2)', () => {
  fc.assert(
    fc.property(history, wanted, rules, (steps, last, given) => {
      const world = attempt(lived(steps, given), last, [], given);
      const again = planAccount({ desired: desiredOf(last), link: world.link, observation: observed(world.real), today: '2026-11-23' }, given);
      expect(again).toMatchObject({ kind: 'steps', steps: [] });
    }),
    { numRuns: 700 },
  );
});

test('a unit that may be there is never forgotten: either it is wished, or it is known', () => {
  const remembers = (link: FieldglassLink, unit: string): boolean =>
    [link.lastApplied, ...link.attempted].some((state: FieldglassState | undefined) => state?.units?.values.includes(unit) || state?.units?.doubtful.includes(unit));
  fc.assert(
    fc.property(history, rules, (steps, given) => {
      const world = lived(steps, given);
      for (const unit of world.real?.units ?? []) expect(remembers(world.link, unit)).toBe(true);
      for (const role of world.real?.roles ?? []) expect([world.link.lastApplied, ...world.link.attempted].some((state) => state?.roles?.values.includes(role) || state?.roles?.doubtful.includes(role))).toBe(true);
    }),
    { numRuns: 700 },
  );
});

const whole = wanted.map((one): Wanted => ({ units: [], roles: [], ...one }));

/** What somebody may do there; no account and a locked, empty one are the same. */
function access(real: Real | undefined): object {
  const { active = false, units = [], roles = [] } = real ?? {};
  return { active, units: [...units].sort(), roles: [...roles].sort() };
}

test('whole wishes in any order, repeated, with lost answers: in the end the account is as the newest alone makes it (D1)', () => {
  fc.assert(
    fc.property(fc.array(whole, { minLength: 1, maxLength: 5 }), fc.array(fc.tuple(fc.nat(4), fates), { maxLength: 8 }), rules, (wishes, arrivals, given) => {
      let [newest, world] = [0, START];
      for (const [arrives, fate] of [...arrivals, [wishes.length - 1, []] as const]) {
        newest = Math.max(newest, Math.min(arrives, wishes.length - 1));
        world = attempt(world, wishes[newest] ?? { presence: 'absent' }, fate, given);
      }
      const alone = attempt(START, wishes.at(-1) ?? { presence: 'absent' }, [], given);
      expect(access(world.real)).toEqual(access(alone.real));
      expect(world.link.lastApplied?.active).toBe(alone.link.lastApplied?.active);
    }),
    { numRuns: 500 },
  );
});

test('whoever is absent never gets anything, is out with the first call that arrives, and holds nothing in the end (D4)', () => {
  fc.assert(
    fc.property(history, wanted, fates, rules, (steps, last, fate, given) => {
      const before = lived(steps, given);
      const gone: Wanted = { ...last, presence: 'absent' };
      const after = attempt(before, gone, fate, given);
      expect(after.real === undefined || before.real !== undefined).toBe(true);
      for (const kind of ['units', 'roles'] as const) expect(before.real?.[kind] ?? []).toEqual(expect.arrayContaining([...(after.real?.[kind] ?? [])]));
      expect(after.real?.active ?? false).toBe(fate[0] === 'lost-before' && (before.real?.active ?? false));
      expect(access(attempt(after, gone, [], given).real)).toEqual(access(undefined));
    }),
    { numRuns: 500 },
  );
});
