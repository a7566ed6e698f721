import { withAttempt } from './attempted.ts';
import { ownedByAnother } from './ownership.ts';
import { wireId } from './wire-id.ts';

describe('what was attempted (L18)', () => {
  test('every different picture is kept, oldest first; a retry of the same adds nothing', () => {
    const once = withAttempt([{ units: ['100'] }], { units: ['100', '200'] });
    expect(withAttempt(once, { units: ['100', '200'] })).toEqual([{ units: ['100'] }, { units: ['100', '200'] }]);
  });
});

describe('an account that another person owns (L20)', () => {
  const owner = { userId: 'a', presence: 'active' } as const;
  test.each(['pending', 'applying', 'waiting', 'rejected'] as const)('while the owner is %s the newcomer waits', (state) => {
    expect(ownedByAnother({ ...owner, state }).kind).toBe('waiting');
  });
  test('an owner who is leaving is waited for', () => {
    expect(ownedByAnother({ ...owner, presence: 'absent', state: 'applied' }).kind).toBe('waiting');
  });
  test('a settled owner makes it a case for a person', () => {
    expect(ownedByAnother({ ...owner, state: 'applied' })).toMatchObject({ kind: 'rejected', code: 'account-owned' });
  });
});

describe('a wire id names a body (L23)', () => {
  const parts = { system: 's', userId: 'u', generation: 1, body: '<a/>', redrives: 0 };
  test('equal on a plain retry, 32 hex characters', () => {
    expect(wireId(parts)).toBe(wireId({ ...parts }));
    expect(wireId(parts)).toMatch(/^[0-9a-f]{32}$/);
  });
  test.each([{ body: '<b/>' }, { redrives: 1 }, { generation: 2 }, { userId: 'v' }, { system: 't' }])('different with %o', (other) => {
    expect(wireId({ ...parts, ...other })).not.toBe(wireId(parts));
  });
});
