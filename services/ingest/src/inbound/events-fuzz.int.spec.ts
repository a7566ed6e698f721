import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@rolebridge/access';
import { TOPICS } from '@rolebridge/contracts';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { FrontDoor, IDM, TOKEN } from '../test/front-door.ts';

let door: FrontDoor;
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => void rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  door = await FrontDoor.open();
  const caller = { name: 'ips', rights: ['read', 'write'], systems: ['sales-cloud', 'fieldglass'], secrets: [await hashSecret(TOKEN, 'sha256')] };
  await writeFile(join(door.folder, 'callers.yaml'), stringify({ callers: [caller] }));
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the file is looked at once a second
}, 120_000);
afterAll(async () => {
  process.off('unhandledRejection', onRejection);
  await door.close();
});
afterEach(() => expect(rejections).toEqual([]));

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The status; 0 when the connection was closed without an answer, which a body that is too large may be. */
async function statusOf({ method, path, type, body, headers = {} }: Sent): Promise<number> {
  const answer = await fetch(`${door.url}${path}`, { method, body, headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type, ...headers } });
  await answer.arrayBuffer();
  return answer.status;
}

const TYPES = ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json', 'application/scim+json', 'application/json; charset=utf-16', 'text/plain', 'application/x-www-form-urlencoded'];
const PATHS = ['/ips/cod/employeeips', '/x/ips/cod/employeeips/a', '/IDM_IPS/Fieldglass_EmployeeReplication', '/IDM_IPS/Fieldglass_EmployeeReplication/Users/%F0%9F%98%80'];
const NAMES = ['userName', 'name', 'emails', 'active', 'groups', '__proto__', 'constructor', 'urn:sap:cloud:scim:schemas:extension:custom:2.0:User', 'attributes', 'value', 'toString', ''];
const names = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 8 }));
const anything = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.jsonValue(), fc.string({ unit: 'binary' }), fc.array(tie('value'), { maxLength: 4 }), fc.array(fc.tuple(names, tie('value')), { maxLength: 5 }).map((members) => Object.fromEntries(members))),
})).value;
const user = fc.array(fc.tuple(names, anything), { maxLength: 6 }).map((members) => ({ userName: 'fuzz', ...Object.fromEntries(members) }));
const data = fc.oneof(anything, fc.record({ operation: fc.constantFrom('create', 'replace', 'patch', 'lock', 'unlock', 'delete', 'x'), recordId: fc.oneof(fc.constantFrom('r1', 'r2'), fc.string({ unit: 'binary' })), sequence: fc.oneof(fc.nat(), fc.double(), fc.constant(undefined)), user, patch: fc.oneof(anything, fc.array(fc.record({ op: fc.constantFrom('add', 'replace', 'remove'), path: fc.oneof(fc.string(), names), value: anything }), { maxLength: 3 })) }));
const event = fc.record(
  { specversion: fc.constantFrom<unknown>('1.0', '0.3', 1, null), id: fc.oneof(fc.uuid(), anything), source: fc.oneof(fc.constant(IDM), anything), type: fc.oneof(fc.constant(TOPICS.userChange.eventType), anything), data, time: anything, data_base64: anything },
  { requiredKeys: ['data'] },
);
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

const NEVER_5XX = { numRuns: 150, timeout: 30_000 };

describe('no request of any shape is answered with a 5xx', () => {
  test('events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(event, fc.array(event, { maxLength: 4 }), anything), fc.constantFrom(...TYPES), async (body, type) => {
        expect(await statusOf({ method: 'POST', path: '/events', type, body: JSON.stringify(body) ?? '' })).toBeLessThan(500);
      }),
      NEVER_5XX,
    );
  });

  test('events whose attributes are headers', async () => {
    const header = fc.oneof(fc.constantFrom('1.0', IDM, TOPICS.userChange.eventType, '%', '%00', '"', '""', '%ED%A0%80'), fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')));
    await fc.assert(
      fc.asyncProperty(data, fc.dictionary(fc.constantFrom('ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-time', 'ce-correlationid', 'ce-x', 'idempotency-key', 'if-match', 'x-correlation-id'), header), async (body, headers) => {
        const whole = { 'ce-specversion': '1.0', 'ce-id': crypto.randomUUID(), 'ce-source': IDM, 'ce-type': TOPICS.userChange.eventType, ...headers };
        expect(await statusOf({ method: 'POST', path: '/events', type: 'application/json', body: JSON.stringify(body) ?? '', headers: whole })).toBeLessThan(500);
      }),
      NEVER_5XX,
    );
  });

  test('the old paths', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(user, anything), fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH'), fc.constantFrom(...PATHS), async (body, method, path) => {
        expect(await statusOf({ method, path, type: 'application/scim+json', body: JSON.stringify(body) ?? '' })).toBeLessThan(500);
      }),
      NEVER_5XX,
    );
  });

  test('random bytes, of any type, at any address', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom(...TYPES), fc.constantFrom('/events', '/oauth2/token', ...PATHS), async (body, type, path) => {
        expect(await statusOf({ method: 'POST', path, type, body })).toBeLessThan(500);
      }),
      NEVER_5XX,
    );
  });

  test.each([
    ['deep nesting', '['.repeat(500_000)],
    ['deep nesting that ends', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['a deep event', `{"specversion":"1.0","id":"deep","source":"/s","type":"${TOPICS.userChange.eventType}","data":{"operation":"create","recordId":"d","user":{"userName":"deep","x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}}`],
    ['a deep event in Base64', JSON.stringify({ specversion: '1.0', id: 'deep64', source: '/s', type: TOPICS.userChange.eventType, data_base64: Buffer.from(`{"operation":"patch","recordId":"d","patch":[{"op":"replace","path":"title","value":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`).toString('base64') })],
    ['the same key again and again', `{"userName":"dup-fuzz",${'"userName":"dup-fuzz",'.repeat(20_000)}"userName":"dup-fuzz"}`],
    ['a prototype', '{"userName":"proto-fuzz","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
    ['a very long number', `{"userName":"n","active":${'9'.repeat(100_000)}}`],
    ['another charset', Buffer.from('{"userName":"ü"}', 'latin1')],
  ])('%s', async (_, body) => {
    const started = performance.now();
    for (const type of ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/scim+json']) {
      for (const path of ['/events', '/ips/cod/employeeips']) expect([path, type, (await statusOf({ method: 'POST', path, type, body })) < 500]).toEqual([path, type, true]);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((await fetch(`${door.url}/livez`)).status).toBe(200);
  });
});
