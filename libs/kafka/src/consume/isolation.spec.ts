import { TOPICS } from '@rolebridge/contracts';
import { isolationOf, isolationOfTopic } from './isolation.ts';

test('whoever knows only the name of a topic reads it the same way', () => {
  const names = ['identity.user.v1', 'test.identity.user.v1', 'provisioning.sales-cloud.desired-account.v1', 'p.provisioning.sales-cloud.desired-account.v1', 'p.provisioning.outcome.v1', 'idm.user-change.v1', 'p.idm.user-change.v1', 'unidentity.user.v1', 'p.identity.user.v10'];
  expect(names.map(isolationOfTopic)).toEqual([...Array.from({ length: 5 }, () => 'uncommitted'), ...Array.from({ length: 4 }, () => 'committed')]);
});

test('what our relays write is read at once, what identity systems write once it is committed', () => {
  expect(isolationOf(TOPICS.user.pattern)).toBe('uncommitted');
  expect(isolationOf(TOPICS.desiredAccount.pattern)).toBe('uncommitted');
  expect(isolationOf(TOPICS.outcome.pattern)).toBe('uncommitted');
  expect(isolationOf(TOPICS.userChange.pattern)).toBe('committed');
  expect(isolationOf('a topic of somebody else')).toBe('committed');
});
