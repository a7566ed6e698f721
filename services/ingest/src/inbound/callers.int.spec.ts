import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@rolebridge/access';
import { stringify } from 'yaml';
import { eventually, FrontDoor } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
}, 120_000);
afterAll(() => door.close());

const secretOf = (name: string): string => `${name}-token-of-this-test-0123456789abcdefghij`;

/** Adds callers beside those of every test, and waits until the service has seen them. */
async function addCallers(callers: readonly { readonly name: string; readonly rights: readonly string[]; readonly [more: string]: unknown }[]): Promise<void> {
  const entries = await Promise.all(callers.map(async (caller) => ({ secrets: [await hashSecret(secretOf(caller.name), 'sha256')], ...caller })));
  await writeFile(join(door.folder, 'callers.yaml'), stringify({ callers: entries }));
  await eventually(async () => (await as('probe').status) !== 401);
}

const as = (name: string, method = 'GET', path = '/scim/v2/ServiceProviderConfig') => {
  const answer = door.call(method, path, undefined, { authorization: `Bearer ${secretOf(name)}` });
  return { answer, status: answer.then(({ status }) => status) };
};

describe('the door', () => {
  test('cannot be walked around by writing the address in another way', async () => {
    for (const path of ['/scim/v2/Users', '/%73cim/v2/Users', '/scim%2Fv2/Users', '/scim/v2/%55sers', '//scim/v2/Users', '/scim/v2/../v2/Users', '/x;/scim/v2/Users', '/SCIM/v2/Users']) {
      const { status } = await door.call('GET', path, undefined, { authorization: '' });
      expect([path, [401, 404].includes(status)]).toEqual([path, true]);
    }
    expect((await door.call('GET', '/%73cim/v2/Users', undefined, { authorization: '' })).status).toBe(401);
  });

  test('lets a caller into the parts of its entry only', async () => {
    await addCallers([
      { name: 'probe', rights: ['read', 'write'] },
      { name: 'events-only', rights: ['read', 'write'], resources: ['events'] },
    ]);
    expect(await as('events-only').status).toBe(200);
    const refused = await as('events-only', 'GET', '/scim/v2/Users').answer;
    expect([refused.status, refused.body.detail]).toEqual([403, 'This needs the resource users, which events-only may not use.']);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(await as('events-only', 'GET', '/scim/v2/%55sers').status).toBe(403);
    expect(await as('probe', 'GET', '/scim/v2/%55sers').status).toBe(200);
  });
});
