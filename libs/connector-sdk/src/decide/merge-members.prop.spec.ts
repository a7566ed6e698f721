import * as fc from 'fast-check';
import { isMet, type MemberChange, mergeMembers, shareLimit, shareOf } from './merge-members.ts';

const member = fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f');
const members = fc.uniqueArray(member);
const changes = fc.uniqueArray(fc.record({ member, change: fc.constantFrom<MemberChange['change']>('add', 'remove') }), { selector: (change) => change.member });

test('a merge makes every change true and leaves everybody else as they were', () => {
  fc.assert(
    fc.property(members, changes, (before, wished) => {
      const merged = mergeMembers(before, wished);
      const after = new Set(merged.members);
      expect(wished.every((change) => isMet(after, change))).toBe(true);
      const mentioned = wished.map((change) => change.member);
      expect(merged.members.filter((one) => !mentioned.includes(one))).toEqual(before.filter((one) => !mentioned.includes(one)));
      expect(after.size).toBe(merged.members.length);
      expect(mergeMembers(merged.members, wished)).toEqual({ add: [], remove: [], members: merged.members });
    }),
  );
});

test('the difference is exactly what changed', () => {
  fc.assert(
    fc.property(members, changes, (before, wished) => {
      const { add, remove, members: after } = mergeMembers(before, wished);
      expect(after.filter((one) => !before.includes(one)).toSorted()).toEqual([...add].toSorted());
      expect(before.filter((one) => !after.includes(one)).toSorted()).toEqual([...remove].toSorted());
    }),
  );
});

test('whoever has failed often shares with few, in the end with nobody; somebody always goes', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ attempt: fc.nat(12) }), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (items, most) => {
      const share = shareOf(items, most);
      const worst = Math.max(...share.map(({ attempt }) => attempt));
      expect(share.length).toBeGreaterThan(0);
      expect(share.length).toBeLessThanOrEqual(shareLimit(most, worst));
    }),
  );
  expect(shareLimit(200, 0)).toBe(200);
  expect(shareLimit(200, 8)).toBe(1);
  expect(shareLimit(200, 1_000)).toBe(1);
});
