import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { FrontDoor, TOKEN } from '../test/front-door.ts';
import { OPERATIONS } from './openapi-operations.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
}, 120_000);
afterAll(() => door.close());

const official = (name: string): object => JSON.parse(readFileSync(new URL(`../test/specifications/${name}.json`, import.meta.url), 'utf8'));
const served = async (path: string) => (await fetch(`${door.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } })).json();

describe('the documents for machines', () => {
  test('are valid by the official schemas of OpenAPI and AsyncAPI', async () => {
    const openApi = new Ajv2020({ strict: false, allErrors: true });
    formats.default(openApi);
    openApi.addFormat('media-range', true);
    const isOpenApi = openApi.compile(official('openapi-3.1'));
    expect([isOpenApi(await served('/openapi.json')), isOpenApi.errors]).toEqual([true, null]);
    expect(isOpenApi({ ...((await served('/openapi.json')) as object), paths: { nope: {} } })).toBe(false);

    const asyncApi = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
    formats.default(asyncApi);
    const isAsyncApi = asyncApi.compile(official('asyncapi-3.0.0'));
    expect([isAsyncApi(await served('/asyncapi.json')), isAsyncApi.errors]).toEqual([true, null]);
    expect(isAsyncApi({ ...((await served('/asyncapi.json')) as object), operations: { x: { action: 'dance' } } })).toBe(false);
  });

  test('have references that lead somewhere', async () => {
    for (const path of ['/openapi.json', '/asyncapi.json']) {
      const document = (await served(path)) as object;
      const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, reference = '']) => reference);
      expect(references.length).toBeGreaterThan(3);
      for (const reference of references) {
        const found = reference.split('/').reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined), document);
        expect([reference, typeof found]).toEqual([reference, 'object']);
      }
    }
  });

  test('name only what is served: a stranger is turned away at every path, not lost', async () => {
    expect(OPERATIONS.length).toBeGreaterThan(30);
    for (const { path, method, tag } of OPERATIONS) {
      const url = door.url + path.replace('{system}', 'fieldglass').replace('{id}', 'a');
      const { status } = await fetch(url, { method: method.toUpperCase() });
      expect([method, path, status]).toEqual([method, path, tag === 'tokens' ? 400 : 401]);
    }
  });

  test('are for callers who may read', async () => {
    expect((await fetch(`${door.url}/openapi.json`)).status).toBe(401);
    expect(await served('/openapi.json')).toMatchObject({ openapi: '3.1.0', components: { schemas: { User: { properties: { userName: { type: 'string' } } } } } });
  });
});
