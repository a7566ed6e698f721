import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { hashSecret, loadCallers } from '@rolebridge/access';
import { parse, stringify } from 'yaml';
import { FrontDoor, TOKEN } from '../test/front-door.ts';

const SAMPLES = fileURLToPath(new URL('../../../../deploy/samples/', import.meta.url));
const sample = (path: string): string => readFileSync(join(SAMPLES, path), 'utf8');

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
  const caller = { name: 'ips', rights: ['read', 'write'], systems: ['sales-cloud', 'fieldglass'], secrets: [await hashSecret(TOKEN, 'sha256')] };
  await writeFile(join(door.folder, 'callers.yaml'), stringify({ callers: [caller] }));
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the file is looked at once a second
}, 120_000);
afterAll(() => door.close());

test('the file of callers is right', () => {
  expect(() => loadCallers(join(SAMPLES, 'callers.example.yaml'))).not.toThrow();
  expect((parse(sample('callers.example.yaml')) as { callers: unknown[] }).callers).toHaveLength(3);
});

test('the curl collection runs through, every operation as expected', async () => {
  const environment = { ...process.env, ROLEBRIDGE_URL: door.url, ROLEBRIDGE_USER: 'ips', ROLEBRIDGE_SECRET: TOKEN };
  const { stdout } = await promisify(execFile)('sh', [join(SAMPLES, 'curl/collection.sh')], { env: environment }).catch((error: { stdout?: string }) => ({ stdout: `${error.stdout}` }));
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([]);
  expect(lines).toHaveLength(37);
  const left = await door.sql<{ presence: string }>(`select presence from users where user_name_key like 'sample-%'`);
  expect(left.map(({ presence }) => presence).toSorted()).toEqual(['absent', 'absent', 'active']);
}, 120_000);

describe('the script for IDM jobs', () => {
  interface Posted {
    readonly url: string;
    readonly headers: Record<string, string>;
    body: string;
  }

  /** The script in an engine of its own, with the few classes of Java that it uses; what it posts is sent for real. */
  async function run(call: string): Promise<{ readonly status: number; readonly told: string }> {
    const posted: Posted[] = [];
    let status = 0;
    const connection = (url: string) => {
      const one: Posted = { url, headers: {}, body: '' };
      posted.push(one);
      return {
        setRequestMethod: () => undefined,
        setConnectTimeout: () => undefined,
        setReadTimeout: () => undefined,
        setDoOutput: () => undefined,
        setRequestProperty: (name: string, value: string) => void (one.headers[name] = value),
        getOutputStream: () => ({ write: (bytes: string) => void (one.body += bytes), close: () => undefined }),
        getResponseCode: () => status,
      };
    };
    const java = { net: { URL: class { constructor(readonly url: string) {} openConnection = () => connection(this.url); } }, lang: { String: class { constructor(readonly text: string) {} getBytes = () => this.text; } } };
    const attempt = (): string => {
      const context = createContext({ java });
      runInContext(sample('idm/post-change-event.js.txt'), context);
      try {
        return String(runInContext(call, context));
      } catch (error) {
        return String(error);
      }
    };
    attempt();
    const [{ url, headers, body }] = posted as [Posted];
    status = (await fetch(url, { method: 'POST', headers, body })).status;
    return { status, told: attempt() };
  }

  const call = (audit: string, operation: string, attributes = '') => `rolebridgePostChange(${JSON.stringify(door.url)}, ${JSON.stringify(TOKEN)}, 'LNG', '${audit}', '${operation}', ${JSON.stringify(attributes)})`;

  test('tells of a person, once however often it is repeated', async () => {
    const attributes = 'userName=lng;name.familyName=Ng;name.givenName=Lí;email=li.ng@example.org;department=D;z_assignedInstitutes=100,200;z_roles=';
    expect(await run(call('1', 'create', attributes))).toEqual({ status: 204, told: 'OK 204' });
    expect(await run(call('1', 'create', attributes))).toEqual({ status: 204, told: 'OK 204' });
    const rows = await door.sql<{ resource: object; generation: number }>(`select resource, generation from users where user_name_key = 'lng'`);
    expect(rows).toEqual([
      {
        generation: 1,
        resource: expect.objectContaining({
          name: { familyName: 'Ng', givenName: 'Lí' },
          emails: [{ value: 'li.ng@example.org', primary: true }],
          'urn:sap:cloud:scim:schemas:extension:custom:2.0:User': { attributes: [{ name: 'z_assignedInstitutes', value: '100,200' }, { name: 'z_roles', value: '' }] },
        }),
      },
    ]);
    expect((await run(call('2', 'lock'))).told).toBe('OK 204');
    expect(await door.sql(`select presence from users where user_name_key = 'lng'`)).toEqual([{ presence: 'disabled' }]);
  });

  test('fails with a sentence when the change is refused', async () => {
    expect(await run(call('3', 'explode'))).toEqual({ status: 400, told: 'Rolebridge answered 400 for idm-3' });
  });
});

describe('the target system for IPS', () => {
  test('ends also whoever was there before', () => {
    const { properties } = JSON.parse(sample('ips/target-system.json')) as { properties: Record<string, string> };
    expect(properties).toMatchObject({ 'ips.delete.existedbefore.entities': 'true', 'scim.user.unique.attribute': 'userName', Password: '' });
  });

  test('makes of a user of Identity Authentication one that is taken as it is', async () => {
    const source = {
      id: 'ias-1', userName: 'from-ips', name: { familyName: 'Ng', givenName: 'Li' }, active: true, emails: [{ value: 'li@example.org', primary: true }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'D' },
      'urn:ietf:params:scim:schemas:extension:sap:2.0:User': { userUuid: 'uuid-1', userId: 'P1' },
      'urn:sap:cloud:scim:schemas:extension:custom:2.0:User': { attributes: [{ name: 'z_assignedInstitutes', value: '100' }] },
    };
    const { user } = JSON.parse(sample('ips/transformation.json')) as { user: { mappings: readonly Mapping[] } };
    const sent = transformed(source, user.mappings);
    expect(sent).not.toHaveProperty('id');
    const answer = await door.post(sent);
    expect([answer.status, answer.body.userName]).toEqual([201, 'from-ips']);
    expect(answer.body).toMatchObject({
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'D' },
      'urn:ietf:params:scim:schemas:extension:sap:2.0:User': { userUuid: 'uuid-1' },
      'urn:sap:cloud:scim:schemas:extension:custom:2.0:User': { attributes: [{ name: 'z_assignedInstitutes', value: '100' }] },
    });
  });
});

test('the destination for IAG leads to the users and groups of a system', async () => {
  const properties = Object.fromEntries(sample('iag/destination.properties').split('\n').filter((line) => /^\w+=/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  expect(properties).toMatchObject({ Type: 'HTTP', Authentication: 'BasicAuthentication', Password: '' });
  const basic = `Basic ${Buffer.from(`ips:${TOKEN}`).toString('base64')}`;
  for (const list of [properties['USERSURL'], properties['GROUPSURL']]) {
    const answer = await fetch(`${door.url}${properties['serviceURL']}fieldglass${list}`, { headers: { authorization: basic, accept: `${properties['Accept']}` } });
    expect([list, [200, 501].includes(answer.status)]).toEqual([list, true]);
    expect(answer.headers.get('content-type')).toContain('application/scim+json');
  }
});

interface Mapping {
  readonly sourcePath?: string;
  readonly sourceVariable?: string;
  readonly constant?: unknown;
  readonly targetPath: string;
  readonly optional?: boolean;
}

/** The part of the transformation language that the sample uses: paths of names, constants, optional values. */
function transformed(source: object, mappings: readonly Mapping[]): Record<string, unknown> {
  const target: Record<string, unknown> = {};
  for (const { sourcePath, sourceVariable, constant, targetPath, optional } of mappings) {
    if (sourceVariable !== undefined) continue; // has no value yet when somebody is new
    const value = sourcePath === undefined ? constant : stepsOf(sourcePath).reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], source);
    if (value === undefined && !optional) throw new Error(`${sourcePath} is missing`);
    if (value !== undefined) put(target, stepsOf(targetPath), value);
  }
  return target;
}

function stepsOf(path: string): readonly string[] {
  return [...path.matchAll(/\['([^']+)'\]|\.(\w+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function put(target: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[first] = value;
  else put((target[first] ??= {}) as Record<string, unknown>, rest, value);
}
