import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret, loadOperators, newToken } from '@rolebridge/access';
import { OPERATORS } from '@rolebridge/access/nest';
import { createLogger, createMetrics, Health } from '@rolebridge/observability';
import { type RunningService, startService } from '@rolebridge/observability/nest';
import { person, Workbench } from '../test/workbench.ts';
import { BrakeController } from './brake.controller.ts';
import { AUDIT_LOG, DATABASE, RUNTIMES } from './connector.controllers.ts';
import { ReapplyController, REAPPLYING } from './reapply.controller.ts';

const folder = mkdtempSync(join(tmpdir(), 'operators-'));
const tokens = { olga: newToken(), anna: newToken() };
const WHY = { place: 'directory', reason: 'Checked with HR.' };

describe('the brake and reapply, over HTTP', () => {
  let bench: Workbench;
  let service: RunningService;
  const anna = person();

  beforeAll(async () => {
    const entry = async (name: keyof typeof tokens, rights: string) => `{name: ${name}, rights: [${rights}], secrets: ['${await hashSecret(tokens[name], 'sha256')}']}`;
    writeFileSync(join(folder, 'operators.yaml'), `operators: [${await entry('olga', 'read, operate')}, ${await entry('anna', 'read, approve')}]`);
    bench = await Workbench.open();
    const runtime = await bench.run({ brake: { count: 0 } });
    const log = createLogger({ service: 'x', level: 'silent' });
    const providers = [
      { provide: RUNTIMES, useValue: [runtime] },
      { provide: DATABASE, useValue: bench.database },
      { provide: AUDIT_LOG, useValue: log },
      { provide: REAPPLYING, useValue: { wake: () => undefined } },
      { provide: OPERATORS, useFactory: () => loadOperators(join(folder, 'operators.yaml'), { refusalMs: 0 }) },
    ];
    const module = { module: BrakeController, controllers: [BrakeController, ReapplyController], providers };
    service = await startService({ name: 'x', module, environment: { PORT: 0, HOST: '127.0.0.1' }, log, metrics: createMetrics('x'), health: new Health() });
    await bench.wish(anna.wish());
    await bench.settled(anna.userId);
    await bench.wish(anna.wish({ generation: 2, presence: 'disabled' }));
    await bench.until(async () => (await bench.link(anna.userId)).state === 'held');
  });
  afterAll(async () => {
    await service.close();
    await bench.close();
    rmSync(folder, { recursive: true });
  });

  async function call(who: keyof typeof tokens, path: string, body?: object) {
    const answer = await fetch(`${service.url}/operator/${path}`, { ...(body && { method: 'POST', body: JSON.stringify(body) }), headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' } });
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
  }

  test.each<[string, keyof typeof tokens, string, object | undefined, number, string]>([
    ['a release without the right', 'olga', 'brake/release', { ...WHY, userId: anna.userId }, 403, 'right approve'],
    ['a release of nobody', 'anna', 'brake/release', WHY, 400, 'userId or listing: give one'],
    ['a release of another system', 'anna', 'brake/release', { ...WHY, place: 'moon', userId: anna.userId }, 400, 'place: must be one of directory.'],
    ['a drop of somebody who is not held', 'anna', 'brake/drop', { ...WHY, userId: person().userId }, 409, 'Nothing is held for user'],
    ['a release of a listing that nobody has seen yet', 'anna', 'brake/release', { ...WHY, listing: 2 }, 404, 'There is no listing 2 at directory'],
    ['a drop of a listing that nobody has seen yet', 'anna', 'brake/drop', { ...WHY, listing: 9999 }, 404, 'There is no listing 9999 at directory'],
    ['a wrong limit', 'anna', 'brake?limit=0', undefined, 400, 'limit: must be'],
    ['a reapply of somebody who is held', 'olga', 'reapply', { system: 'directory', userId: anna.userId, reason: 'x' }, 409, 'release or drop it first'],
    ['a reapply of somebody unknown', 'olga', 'reapply', { system: 'directory', userId: person().userId, reason: 'x' }, 404, 'does not know user'],
    ['a reapply of nobody', 'olga', 'reapply', { system: 'directory', reason: 'x' }, 400, 'userId or all: give one'],
    ['a stop of nothing', 'olga', 'reapply/stop', { system: 'directory', reason: 'x' }, 409, 'No reapply of directory'],
  ])('%s is refused with a sentence', async (...[, who, path, body, status, sentence]) => {
    expect(await call(who, path, body)).toMatchObject({ status, body: { detail: expect.stringContaining(sentence) } });
    expect((await bench.link(anna.userId)).state).toBe('held');
  });

  test('what is listed is released as listed', async () => {
    const { body } = await call('olga', 'brake');
    expect(body).toMatchObject({ places: [{ place: 'directory', held: 1, dropped: 0, listing: 1, count: 0, approvals: 1 }], changes: [{ userId: anna.userId, losses: [{ loss: 'disable' }] }] });
    expect(await call('anna', 'brake/release', { ...WHY, listing: 1 })).toMatchObject({ status: 200, body: { done: 1, waiting: 0 } });
    await bench.settled(anna.userId);
    expect(await call('olga', 'reapply', { system: 'directory', all: true, reason: 'x' })).toMatchObject({ status: 200, body: { people: 1, running: true } });
    expect(await call('olga', 'reapply', { system: 'directory', all: true, reason: 'x' })).toMatchObject({ status: 409 });
  });
});
