import { differenceOf, withRequest } from './requested.ts';
import type { Requested, SystemRequest } from './requested.ts';

const unit = (value: string) => ({ type: 'unit', value });
const hold = (more: Omit<Extract<SystemRequest['request'], { kind: 'hold' }>, 'kind'> = {}): SystemRequest => ({ system: 'fieldglass', request: { kind: 'hold', ...more } });
const END: SystemRequest = { system: 'fieldglass', request: { kind: 'end' } };
const after = (...requests: readonly SystemRequest[]): Requested => requests.reduce<Requested>((requested, request) => withRequest(requested, request, 'iag'), {});

describe('a requested account', () => {
  test('is there once somebody asks for it, and keeps other systems as they are', () => {
    const other = withRequest({}, { system: 'sales-cloud', request: { kind: 'hold', presence: 'disabled' } }, 'ips');
    expect(withRequest(other, hold(), 'iag')).toEqual({
      'sales-cloud': { presence: 'disabled', grants: [], revokes: [] },
      fieldglass: { presence: 'active', grants: [], revokes: [] },
    });
  });

  test('holds what was granted, with who granted it, once', () => {
    expect(after(hold({ add: [unit('100'), unit('100')] }), hold({ add: [unit('100'), unit('200')] }))).toEqual({
      fieldglass: { presence: 'active', grants: [{ ...unit('100'), by: 'iag' }, { ...unit('200'), by: 'iag' }], revokes: [] },
    });
  });

  test('loses a grant that is removed; what nobody granted is revoked; adding it again ends the revoke', () => {
    const removed = after(hold({ add: [unit('100')] }), hold({ remove: [unit('100'), unit('300')] }));
    expect(removed).toEqual({ fieldglass: { presence: 'active', grants: [], revokes: [{ ...unit('300'), by: 'iag' }] } });
    expect(withRequest(removed, hold({ add: [unit('300')] }), 'iag')).toEqual({ fieldglass: { presence: 'active', grants: [], revokes: [] } });
  });

  test('that ends takes its grants with it, and begins empty when it returns', () => {
    const ended = after(hold({ add: [unit('100')], presence: 'disabled' }), END);
    expect(ended).toEqual({ fieldglass: { presence: 'absent', grants: [], revokes: [] } });
    expect(withRequest(ended, hold(), 'iag')).toEqual({ fieldglass: { presence: 'active', grants: [], revokes: [] } });
  });

  test('stays locked when a write says nothing about it', () => {
    expect(after(hold({ presence: 'disabled' }), hold({ add: [unit('1')] }))['fieldglass']?.presence).toBe('disabled');
  });

  test('asked for again is the same object: no difference is no change', () => {
    const first = after(hold({ add: [unit('100')] }));
    expect(withRequest(first, hold({ add: [unit('100')] }), 'idm')).toBe(first);
    const ended = after(END);
    expect(withRequest(ended, END, 'idm')).toBe(ended);
  });
});

test('only the difference to what was shown is asked for, so that what a rule gave is not granted for ever', () => {
  expect(differenceOf([unit('100'), unit('200')], [unit('200'), unit('300')])).toEqual({ add: [unit('300')], remove: [unit('100')] });
});
