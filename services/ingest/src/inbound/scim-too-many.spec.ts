import { SqlError } from '@rolebridge/persistence';
import { orTooMany } from './scim-too-many.ts';

test('a question that the database gives up is refused as tooMany; other failures stay what they are', async () => {
  const failing = (code: string) => orTooMany(Promise.reject(new SqlError('ended', { code, connection: false })));
  await expect(failing('57014')).rejects.toMatchObject({ status: 400, scimType: 'tooMany' });
  await expect(failing('22003')).rejects.toMatchObject({ code: '22003' });
  expect(await orTooMany(Promise.resolve(7))).toBe(7);
});
