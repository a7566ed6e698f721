import { TOPICS } from '@rolebridge/contracts';
import { isolationOf } from './isolation.ts';

test('what our relays write is read at once, what identity systems write once it is committed', () => {
  expect(isolationOf(TOPICS.user.pattern)).toBe('uncommitted');
  expect(isolationOf(TOPICS.desiredAccount.pattern)).toBe('uncommitted');
  expect(isolationOf(TOPICS.outcome.pattern)).toBe('uncommitted');
  expect(isolationOf(TOPICS.userChange.pattern)).toBe('committed');
  expect(isolationOf('a topic of somebody else')).toBe('committed');
});
