import { parseRecord } from '@rolebridge/contracts';
import type { DesiredAccount, IdentityUser } from '@rolebridge/contracts';
import * as fc from 'fast-check';

import { SYSTEM, person, rulesOf } from '../test/person.ts';
import { assign } from './assign.ts';
import { effectiveDifference } from './difference.ts';
import { evaluate } from './evaluate.ts';
import type { Wish } from './evaluate.ts';
import { desiredAccountRecord } from './records.ts';
import { reevaluateAt } from './reevaluate-at.ts';
import type { Condition, Deny, Rule, RuleFile } from './rule-set.ts';

const UNITS = ['1000', '1100', '2000', '2100', '3000'];
const ROLES = ['A', 'B', 'C', 'D'];
const some = (values: readonly string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

const condition: fc.Arbitrary<Condition> = fc.letrec<{ leaf: Condition; tree: Condition }>((tie) => ({
  leaf: fc.oneof(
    fc.constant<Condition>({ everybody: true }),
    some([...UNITS, '1*', '2*', '*00']).map((unit) => ({ unit })),
    fc.constantFrom('employee', 'contractor').map((equals) => ({ attribute: { path: 'userType', equals } })),
    fc.constantFrom('G1', 'G2').map((name) => ({ group: { name } })),
  ),
  tree: fc.oneof({ maxDepth: 3 }, tie('leaf'), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })), tie('tree').map((not) => ({ not }))),
})).tree;

const day = fc.integer({ min: 1, max: 28 }).map((n) => `2026-11-${String(n).padStart(2, '0')}`);
const dates = fc.record({ validFrom: day, validTo: fc.constantFrom('2026-11-29', '2026-12-01') }, { requiredKeys: [] });

const rule: fc.Arbitrary<Omit<Rule, 'name'>> = fc.tuple(condition, some(ROLES), some(['U1', 'U2', 'U3']), dates).map(([when, roles, units, window]) => ({ ...window, when, give: { roles, units } }));
const rules = fc.array(rule, { maxLength: 6 }).map((list) => list.map((one, n) => ({ ...one, name: `rule-${n}` })));
const denials: fc.Arbitrary<readonly Deny[]> = fc.array(fc.tuple(condition, some(ROLES)), { maxLength: 3 }).map((list) => list.map(([when, roles], n) => ({ name: `deny-${n}`, when, take: { roles } })));

const file: fc.Arbitrary<RuleFile> = fc.record({
  account: fc.record({ when: condition }),
  settings: fc.record({ primaryUnit: fc.constantFrom('first' as const, 'none' as const), allowEmptyRoleSet: fc.boolean(), allowEmptyUnitSet: fc.boolean() }, { requiredKeys: [] }),
  passThrough: fc.record({ units: fc.boolean(), roles: fc.boolean() }),
  rules,
  deny: denials,
});

const user: fc.Arbitrary<IdentityUser> = fc
  .record(
    {
      presence: fc.constantFrom('active' as const, 'disabled' as const, 'absent' as const),
      units: fc.array(fc.constantFrom(...UNITS), { maxLength: 4 }),
      primaryUnit: fc.constantFrom(...UNITS),
      roles: fc.array(fc.constantFrom(...ROLES, 'Z'), { maxLength: 4 }),
      groups: fc.subarray([{ id: 'g1', name: 'G1' }, { id: 'g2', name: 'G2' }]),
      resource: fc.constantFrom({ userName: 'a', userType: 'employee' }, { userName: 'a', userType: 'contractor' }, { userName: 'b' }),
      validTo: day,
    },
    { requiredKeys: ['presence', 'groups', 'resource'] },
  )
  .map((changes) => person(changes));

const now = fc.integer({ min: Date.parse('2026-10-30T00:00:00Z'), max: Date.parse('2026-12-05T00:00:00Z') });

function decide(who: IdentityUser, from: RuleFile, nowMs: number, before?: DesiredAccount): Wish | undefined {
  const verdict = evaluate(who, rulesOf(from), { nowMs, cause: who.cause, previous: new Map(before ? [[SYSTEM, before]] : []) }).verdicts.get(SYSTEM);
  return verdict?.kind === 'account' ? verdict.wish : undefined;
}

const numbered = (wish: Wish | undefined): DesiredAccount | undefined => wish && { ...wish, generation: 1 };
const values = (wish: Wish | undefined, type: 'role' | 'unit') => wish?.entitlements[type]?.items.map(({ value }) => value);

describe('laws of deciding', () => {
  test('the same question has the same answer', () => {
    fc.assert(fc.property(user, file, now, (who, from, nowMs) => {
      expect(decide(who, from, nowMs)).toEqual(decide(structuredClone(who), structuredClone(from), nowMs));
    }));
  });

  test('the order of the rules does not show in the account', () => {
    fc.assert(fc.property(user, user, file, now, (before, who, from, nowMs) => {
      const reversed = { ...from, rules: from.rules?.toReversed() ?? [], deny: from.deny?.toReversed() ?? [] };
      const one = decide(who, from, nowMs, numbered(decide(before, from, nowMs)));
      const other = decide(who, reversed, nowMs, numbered(decide(before, reversed, nowMs)));
      expect(one === undefined).toBe(other === undefined);
      if (one && other) expect(effectiveDifference(one, other)).toBe(false);
      expect(values(one, 'role')).toEqual(values(other, 'role'));
      expect(values(one, 'unit')).toEqual(values(other, 'unit'));
    }));
  });

  test('a further rule never takes anything away (D3)', () => {
    fc.assert(fc.property(user, file, rule, now, (who, from, further, nowMs) => {
      const less = values(decide(who, from, nowMs), 'role') ?? [];
      const more = values(decide(who, { ...from, rules: [...(from.rules ?? []), { ...further, name: 'further' }] }, nowMs), 'role') ?? [];
      expect(less.filter((value) => !more.includes(value))).toEqual([]);
    }));
  });

  test('what is denied to everybody nobody has, whoever gave it and whatever they had', () => {
    fc.assert(fc.property(user, user, file, now, (before, who, from, nowMs) => {
      const denying = { ...from, deny: [{ name: 'never', when: { everybody: true } as const, take: { roles: ['A', 'Z*'] } }] };
      const given = values(decide(who, denying, nowMs, numbered(decide(before, from, nowMs))), 'role') ?? [];
      expect(given.filter((value) => value === 'A' || value === 'Z')).toEqual([]);
    }));
  });

  test('judging again what was just decided changes nothing (D2)', () => {
    fc.assert(fc.property(user, user, file, now, (before, who, from, nowMs) => {
      const first = numbered(decide(who, from, nowMs, numbered(decide(before, from, nowMs))));
      const previous = new Map(first ? [[SYSTEM, first]] : []);
      const again = assign(evaluate(who, rulesOf(from), { nowMs, cause: who.cause, previous }), previous, 0);
      expect([again.changed, again.reasoned]).toEqual([[], []]);
    }));
  });

  test('somebody who states nothing about units and roles loses nothing by that', () => {
    fc.assert(fc.property(user, file, now, (who, from, nowMs) => {
      const dateless: RuleFile = { ...from, rules: from.rules?.map(({ validFrom: _from, validTo: _to, ...rest }) => rest) ?? [] };
      const had = numbered(decide({ ...who, presence: 'active', units: who.units ?? ['1000'] }, dateless, nowMs));
      const { units: _units, roles: _roles, ...silent } = { ...who, presence: 'active' as const };
      const has = decide(silent, dateless, nowMs, had);
      if (had === undefined) return;
      const byUnitsOnly = (had.entitlements.unit?.items ?? []).filter((item) => item.rules.every((name) => name === 'pass-through')).map(({ value }) => value);
      expect(byUnitsOnly.filter((value) => !(values(has, 'unit') ?? []).includes(value))).toEqual([]);
    }));
  });

  test('between now and the time of the next look nothing changes by itself, and that time lies ahead', () => {
    fc.assert(fc.property(user, file, now, fc.double({ min: 0, max: 0.999, noNaN: true }), (who, from, nowMs, share) => {
      const at = reevaluateAt(who, rulesOf(from), nowMs);
      const end = at === undefined ? Date.parse('2030-01-01T00:00:00Z') : Date.parse(at);
      expect(end).toBeGreaterThan(nowMs);
      const account = numbered(decide(who, from, nowMs));
      const later = decide(who, from, Math.floor(nowMs + (end - nowMs) * share), account);
      expect(later === undefined).toBe(account === undefined);
      if (account && later) expect(effectiveDifference(account, later)).toBe(false);
    }));
  });

  test('at most one unit is the primary one: the stated one if it is given, and never a unit that nobody names', () => {
    let marked = 0;
    fc.assert(fc.property(user, user, file, now, (before, who, from, nowMs) => {
      const had = numbered(decide(before, from, nowMs));
      const items = decide(who, from, nowMs, had)?.entitlements.unit?.items ?? [];
      const primary = items.filter((item) => item.primary).map(({ value }) => value);
      const keepsUnits = who.units === undefined || (who.units.length === 0 && !from.settings?.allowEmptyUnitSet);
      const named = [...((keepsUnits ? values(had, 'unit') : who.units) ?? []), ...(from.rules ?? []).flatMap(({ give }) => give.units ?? [])];
      marked += primary.length;
      expect(primary.length).toBeLessThanOrEqual(1);
      expect(primary.filter((value) => !named.includes(value))).toEqual([]);
      const stated = items.find(({ value }) => value === who.primaryUnit);
      if (stated) expect(primary).toEqual([stated.value]);
    }));
    expect(marked).toBeGreaterThan(0);
  });

  test('of a person who states everything the newest state decides, whatever was decided before (D1)', () => {
    const everything = { allowEmptyUnitSet: true, allowEmptyRoleSet: true };
    fc.assert(fc.property(fc.array(user, { maxLength: 4 }), user, file, now, (earlier, last, from, nowMs) => {
      const whole = { ...from, settings: { ...from.settings, ...everything } };
      const stated = { ...last, units: last.units ?? [], roles: last.roles ?? [] };
      const before = earlier.reduce<DesiredAccount | undefined>((had, who) => numbered(decide(who, whole, nowMs, had)), undefined);
      const [one, other] = [decide(stated, whole, nowMs, before), decide(stated, whole, nowMs)];
      if (other === undefined) expect(one?.presence ?? 'absent').toBe('absent');
      else expect(one && effectiveDifference(one, other)).toBe(false);
    }));
  });

  test('whoever is gone, or is nobody\'s any more, has an account nowhere: what was there is ended and holds nothing, whatever rules give and callers request (D4)', () => {
    const entitlement = fc.constantFrom(...ROLES).map((value) => ({ type: 'role' as const, value, by: 'iag', at: '2026-11-22T08:00:00.000Z' }));
    const requested = fc.record({ presence: fc.constantFrom('active' as const, 'disabled' as const), grants: fc.array(entitlement, { maxLength: 2 }), revokes: fc.constant([]) });
    fc.assert(fc.property(user, fc.tuple(user, fc.option(requested, { nil: undefined })), file, now, (before, [who, asked], from, nowMs) => {
      const had = numbered(decide(before, from, nowMs));
      const nobodys = { ...from, account: { when: { not: { everybody: true } } as const } };
      const gone = decide({ ...who, presence: 'absent', requested: asked ? { [SYSTEM]: asked } : {} }, from, nowMs, had);
      for (const wish of [gone, decide(who, nobodys, nowMs, had)]) {
        expect(wish?.presence).toBe(had && 'absent');
        expect((['role', 'unit', 'group'] as const).flatMap((type) => wish?.entitlements[type]?.items ?? [])).toEqual([]);
      }
    }));
  });

  test('an account comes out of its record as it was decided (D5)', () => {
    fc.assert(fc.property(user, user, file, now, (before, who, from, nowMs) => {
      const account = numbered(decide(who, from, nowMs, numbered(decide(before, from, nowMs))));
      if (account === undefined) return;
      const { value, headers } = desiredAccountRecord(account, JSON.stringify(account), { at: account.cause.at, topicPrefix: '', serviceVersion: 'test' });
      expect(parseRecord('desiredAccount', { value: Buffer.from(value ?? ''), headers }).value).toEqual(account);
    }));
  });
});
