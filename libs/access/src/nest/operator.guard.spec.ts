import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, UseGuards, type DynamicModule } from '@nestjs/common';
import { createLogger, createMetrics, Health } from '@rolebridge/observability';
import { startService, type RunningService } from '@rolebridge/observability/nest';
import { hashSecret, loadOperators, newToken, type Operator } from '../index.ts';
import { CurrentOperator, OperatorGuard, OPERATORS, RequireRight } from './operator.guard.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-'));
const token = newToken();

@Controller('operator')
@UseGuards(OperatorGuard)
class OperatorController {
  @Get('status')
  @RequireRight('read')
  status(@CurrentOperator() operator: Operator): unknown {
    return { by: operator.name };
  }

  @Get('release')
  @RequireRight('operate')
  release(): unknown {
    return {};
  }

  @Get('forgotten')
  forgotten(): unknown {
    return {};
  }
}

const OperatorModule: DynamicModule = {
  module: OperatorController,
  controllers: [OperatorController],
  providers: [{ provide: OPERATORS, useFactory: () => loadOperators(join(folder, 'operators.yaml'), { refusalMs: 0 }) }],
};

let service: RunningService;
beforeAll(async () => {
  writeFileSync(join(folder, 'operators.yaml'), `operators: [{name: anna, rights: [read], secrets: ['${await hashSecret(token, 'sha256')}']}]`);
  const environment = { PORT: 0, HOST: '127.0.0.1' };
  service = await startService({ name: 'x', module: OperatorModule, environment, log: createLogger({ service: 'x', level: 'silent' }), metrics: createMetrics('x'), health: new Health() });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, authorization?: string) => fetch(`${service.url}${path}`, { headers: authorization ? { authorization } : {} });

describe('the operator interface (L29)', () => {
  test('knows who asks', async () => {
    expect(await (await get('/operator/status', `Bearer ${token}`)).json()).toEqual({ by: 'anna' });
  });

  test.each([undefined, 'Bearer wrong', `Basic ${Buffer.from('anna:wrong').toString('base64')}`])('asks %s for credentials', async (authorization) => {
    const answer = await get('/operator/status', authorization);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('application/problem+json'), expect.stringContaining('Bearer realm')]);
    expect(await answer.json()).toEqual({ type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'The credentials of an operator are missing or wrong.' });
  });

  test('names the right that is missing', async () => {
    const answer = await get('/operator/release', `Bearer ${token}`);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ detail: 'This needs the right operate, which anna does not have.' });
  });

  test('closes a route that names no right', async () => {
    expect((await get('/operator/forgotten', `Bearer ${token}`)).status).toBe(403);
  });

  test('leaves the probes open', async () => {
    expect((await get('/livez')).status).toBe(200);
  });
});
