import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret, loadOperators, newToken } from '@rolebridge/access';
import { OPERATORS } from '@rolebridge/access/nest';
import { createLogger, createMetrics, Health } from '@rolebridge/observability';
import { type RunningService, startService } from '@rolebridge/observability/nest';
import { person, Workbench } from '../test/workbench.ts';
import { AUDIT_LOG, DATABASE, OperatorController, RUNTIMES } from './connector.controllers.ts';

const folder = mkdtempSync(join(tmpdir(), 'operators-'));
const tokens = { olga: newToken(), anna: newToken(), reader: newToken() };
const REASON = 'Field mended, asked by li.ng@example.org.';

let bench: Workbench;
let service: RunningService;
let lines: string[];

beforeAll(async () => {
  const entry = async (name: keyof typeof tokens, right: string) => `{name: ${name}, rights: [${right}], secrets: ['${await hashSecret(tokens[name], 'sha256')}']}`;
  writeFileSync(join(folder, 'operators.yaml'), `operators: [${await entry('olga', 'operate')}, ${await entry('anna', 'approve')}, ${await entry('reader', 'read')}]`);
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  lines = [];
  bench = await Workbench.open();
  const runtime = await bench.run();
  const audit = createLogger({ service: 'connector-test', destination: { write: (line) => void lines.push(line) } });
  const providers = [
    { provide: RUNTIMES, useValue: [runtime] },
    { provide: DATABASE, useValue: bench.database },
    { provide: AUDIT_LOG, useValue: audit },
    { provide: OPERATORS, useFactory: () => loadOperators(join(folder, 'operators.yaml'), { refusalMs: 0 }) },
  ];
  const module = { module: OperatorController, controllers: [OperatorController], providers };
  service = await startService({ name: 'x', module, environment: { PORT: 0, HOST: '127.0.0.1' }, log: createLogger({ service: 'x', level: 'silent' }), metrics: createMetrics('x'), health: new Health() });
});
afterEach(async () => {
  await service.close();
  await bench.close();
});

async function order(who: keyof typeof tokens, kind: string, userId: string, body: unknown = { system: 'directory', reason: REASON }) {
  const answer = await fetch(`${service.url}/operator/users/${userId}/${kind}`, { method: 'POST', headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, type: answer.headers.get('content-type'), problem: text ? (JSON.parse(text) as { readonly detail?: string }) : undefined };
}

/** Somebody whose wish was not applied and rests in a state. */
async function resting(state: string): Promise<string> {
  const anna = person();
  bench.directory.mischief = () => 'before';
  bench.directory.failure = { kind: 'rejected', code: 'http-400', message: 'Refused.' };
  await bench.wish(anna.wish());
  await bench.until(async () => (await bench.link(anna.userId)).state === 'rejected');
  await bench.database.query(`update link set state = $2, not_before = now() + interval '1 hour' where user_id = $1`, [anna.userId, state]);
  bench.directory.mischief = () => undefined;
  return anna.userId;
}

const audited = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('orders of operators', () => {
  test('a redrive brings a dead person to the target; who and why are logged without personal data', async () => {
    const userId = await resting('rejected');
    expect(await order('olga', 'redrive', userId.toUpperCase())).toMatchObject({ status: 204, problem: undefined });
    await bench.settled(userId);
    expect(audited()).toEqual([expect.objectContaining({ level: 'info', order: 'redrive', operator: 'olga', system: 'directory', userId, reason: 'Field mended, asked by [e-mail].' })]);
  });

  test('a release lets through what the brake holds, once', async () => {
    const userId = await resting('held');
    expect((await order('anna', 'release', userId)).status).toBe(204);
    await bench.settled(userId);
    expect(await order('anna', 'release', userId)).toMatchObject({ status: 409, problem: { detail: `Nothing is held for user ${userId} at directory.` } });
    expect(audited()).toEqual([expect.objectContaining({ order: 'release', operator: 'anna', userId })]);
  });

  test.each([
    ['applying', 'it is being applied right now; look at its status in a few seconds'],
    ['held', 'the brake holds it; release it if it may go through'],
    ['applied', 'the target has the newest wish; a change of the user or the rules is applied by itself'],
  ])('a redrive of somebody who is %s is refused with what to do instead', async (state, instead) => {
    const userId = await resting(state);
    expect(await order('olga', 'redrive', userId)).toEqual({ status: 409, type: expect.stringContaining('application/problem+json'), problem: { type: 'about:blank', title: 'Conflict', status: 409, detail: `User ${userId} is ${state} at directory: ${instead}.` } });
    expect(await bench.link(userId)).toMatchObject({ state, redrives: 0 });
    expect(lines).toEqual([]);
  });

  test('each order needs its right', async () => {
    const userId = await resting('rejected');
    expect(await order('reader', 'redrive', userId)).toMatchObject({ status: 403, problem: { detail: 'This needs the right operate, which reader does not have.' } });
    expect((await order('anna', 'redrive', userId)).status).toBe(403);
    expect((await order('olga', 'release', userId)).status).toBe(403);
    expect(await bench.link(userId)).toMatchObject({ state: 'rejected', redrives: 0 });
  });

  test('somebody unknown is 404', async () => {
    const userId = randomUUID();
    expect(await order('olga', 'redrive', userId)).toMatchObject({ status: 404, problem: { detail: `directory does not know user ${userId}.` } });
  });

  test.each<[string, unknown, string]>([
    ['no reason', { system: 'directory' }, 'reason: say in a sentence why this is right.'],
    ['a blank reason', { system: 'directory', reason: ' ' }, 'reason: say in a sentence why this is right.'],
    ['a reason that cannot be stored', { system: 'directory', reason: 'a\0b' }, 'reason: must be plain text of at most 500 characters.'],
    ['a very long reason', { system: 'directory', reason: 'x'.repeat(501) }, 'reason: must be plain text of at most 500 characters.'],
    ['another system', { system: 'other', reason: REASON }, 'system: must be one of directory.'],
    ['a list', [], 'reason: say in a sentence why this is right.'],
  ])('an order with %s is refused', async (_, body, detail) => {
    expect(await order('olga', 'redrive', randomUUID(), body)).toMatchObject({ status: 400, problem: { detail } });
  });
});
