import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { run } from './program.ts';

const ID = '6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01';
const WHY = ['--reason', 'The business role exists now.'];
const NOBODY = 'http://127.0.0.1:65529';
const folder = mkdtempSync(join(tmpdir(), 'orders-'));
const landscape = join(folder, 'systems.yaml');
const servers: Server[] = [];

afterEach(() =>
  servers.splice(0).forEach((server) => {
    server.closeAllConnections();
    server.close();
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

interface Service {
  readonly url: string;
  /** Orders as they arrived. */
  readonly orders: readonly string[];
}

/** Ingest and a connector in one: knows li.ng, and answers every order alike. */
async function service(status: number | 'silence' = 204, problem?: unknown): Promise<Service> {
  const orders: string[] = [];
  const note = (order: string, answer: (code: number, body?: unknown) => void): void => {
    orders.push(order);
    if (status !== 'silence') answer(status, problem);
  };
  const server = createServer((request, response) => {
    const answer = (code: number, body?: unknown) => response.writeHead(code, { 'content-type': 'application/problem+json' }).end(body === undefined ? '' : JSON.stringify(body));
    if (request.headers.authorization !== 'Bearer good') return void answer(401, {});
    if (request.method === 'GET') return void (request.url === '/operator/users?userName=li.ng' ? answer(200, { id: ID, userName: 'li.ng', presence: 'active', generation: 8 }) : answer(404, {}));
    void text(request).then((body) => note(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`, answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, orders };
}

const problem = (status: number, detail: string) => ({ type: 'about:blank', title: 'x', status, detail });

/** Sales Cloud is at the address, Fieldglass has none. */
async function rolebridge(url: string, argv: readonly string[], token = 'good') {
  const entry = (name: string, more: string) => `  - {name: ${name}, kind: ${name}, url: "https://x.example"${more}}\n`;
  writeFileSync(landscape, `systems:\n${entry('sales-cloud', `, operatorUrl: "${url}"`)}${entry('fieldglass', '')}`);
  let [out, err] = ['', ''];
  const code = await run([...argv, '--landscape', landscape, '--ingest', url], {
    env: { ROLEBRIDGE_TOKEN: token },
    out: (output) => void (out += output),
    err: (output) => void (err += output),
    stdin: () => Promise.resolve(''),
    nowMs: () => 0,
    untilInterrupted: () => new AbortController().signal,
    pause: () => Promise.resolve(),
  });
  return { code, out, err };
}

describe.each([
  ['release', 'Released: what was held for', 'approve'],
  ['redrive', 'Redriven: the newest wish for', 'operate'],
])('rolebridge %s', (kind, success, right) => {
  test('finds the id of a user name, gives the order with its reason, and says so in one line', async () => {
    const { url, orders } = await service();
    expect(await rolebridge(url, [kind, 'li.ng', '--system', 'sales-cloud', ...WHY])).toEqual({ code: 0, err: '', out: `${success} li.ng at sales-cloud is due now; rolebridge status li.ng tells how it ends.\n` });
    expect(orders).toEqual([`POST /operator/users/${ID}/${kind} application/json {"system":"sales-cloud","reason":"The business role exists now."}`]);
  });

  test('takes a user id as well', async () => {
    const { url, orders } = await service();
    expect((await rolebridge(url, [kind, ID.toUpperCase(), '--system', 'sales-cloud', ...WHY])).code).toBe(0);
    expect(orders).toEqual([expect.stringContaining(`/operator/users/${ID}/${kind} `)]);
  });

  test.each<[string, readonly [status: number, problem?: unknown], number, string]>([
    ['refuses the order in this state', [409, problem(409, 'User x is held at sales-cloud: \u001b[31mrelease it.')], 1, 'User x is held at sales-cloud: �[31mrelease it.'],
    ['does not know the user', [404, problem(404, 'sales-cloud does not know user x.')], 3, 'sales-cloud does not know user x.'],
    ['is too old for this order', [404, { message: 'Cannot POST', statusCode: 404 }], 3, 'check operatorUrl and its version'],
    ['does not permit it', [403, problem(403, `This needs the right ${right}, which anna does not have.`)], 4, `This needs the right ${right}, which anna does not have.`],
    ['does not permit it, without a word', [403], 4, `it needs the right ${right}.`],
    ['does not serve the system', [400, problem(400, 'system: must be one of fieldglass.')], 1, 'system: must be one of fieldglass.'],
    ['cannot answer now', [503], 5, 'cannot answer now (503)'],
    ['fails', [500], 1, 'answered 500'],
    ['is something else', [200, {}], 1, 'answered 200'],
  ])('ends with one sentence when the connector %s', async (_, answer, code, sentence) => {
    const { url } = await service(...answer);
    const result = await rolebridge(url, [kind, 'li.ng', '--system', 'sales-cloud', ...WHY]);
    expect(result).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
    expect(result.err.trim().split('\n')).toHaveLength(1);
  });

  test('gives no order to a wrong system, for nobody, or with a wrong token', async () => {
    const { url, orders } = await service();
    expect(await rolebridge(url, [kind, 'li.ng', '--system', 'sales', ...WHY])).toMatchObject({ code: 2, out: '', err: '--system must be one of sales-cloud, fieldglass.\n' });
    expect(await rolebridge(url, [kind, 'li.ng', '--system', 'fieldglass', ...WHY])).toMatchObject({ code: 1, err: expect.stringContaining('no operatorUrl') });
    expect(await rolebridge(url, [kind, 'no body', '--system', 'sales-cloud', ...WHY])).toMatchObject({ code: 3, err: 'Nobody has the user name no body.\n' });
    expect(await rolebridge(url, [kind, 'li.ng', '--system', 'sales-cloud', ...WHY], 'bad')).toMatchObject({ code: 4, err: expect.stringContaining('refused the operator token') });
    expect(orders).toEqual([]);
  });

  test('says that the order may have been carried out when no answer comes, and does not when nobody was there', async () => {
    const { url, orders } = await service('silence');
    expect(await rolebridge(url, [kind, ID, '--system', 'sales-cloud', '--timeout', '300', ...WHY])).toMatchObject({ code: 5, out: '', err: expect.stringMatching(/no answer within 300 ms.* may have been carried out/) });
    expect(orders).toHaveLength(1);
    expect(await rolebridge(NOBODY, [kind, ID, '--system', 'sales-cloud', ...WHY])).toMatchObject({ code: 5, out: '', err: expect.stringMatching(/ECONNREFUSED\); is it running\?\n$/) });
  });

  test.each([
    ['no reason', ['li.ng', '--system', 'sales-cloud'], '--reason'],
    ['a blank reason', ['li.ng', '--system', 'sales-cloud', '--reason', ' '], '--reason must say'],
    ['a very long reason', ['li.ng', '--system', 'sales-cloud', '--reason', 'x'.repeat(501)], 'at most 500'],
    ['no system', ['li.ng', ...WHY], '--system'],
    ['no user', ['--system', 'sales-cloud', ...WHY], 'user'],
  ])('%s is wrong usage', async (_, argv, sentence) => {
    const { url, orders } = await service();
    expect(await rolebridge(url, [kind, ...argv])).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    expect(orders).toEqual([]);
  });

  test('explains itself with examples', async () => {
    const { code, out } = await rolebridge(NOBODY, [kind, '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`$ rolebridge ${kind} li.ng --system sales-cloud --reason`);
    expect(out).toContain(`Needs the right ${right}.`);
  });
});
