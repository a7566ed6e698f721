import { correlationIdOf } from './correlation.ts';
import { Health } from './health.ts';
import { createMetrics } from './metrics.ts';

describe('health', () => {
  test('is good when every check is', async () => {
    const health = new Health();
    health.add('a', () => ({ ok: true }));
    expect(await health.report()).toEqual({ ok: true, checks: { a: 'ok' } });
  });

  test('names what is not ready, what throws and what is silent', async () => {
    const health = new Health(20);
    health.add('a', () => ({ ok: false, reason: 'lag' }));
    health.add('b', () => Promise.reject(new Error('gone')));
    health.add('c', () => new Promise(() => undefined));
    expect(await health.report()).toEqual({ ok: false, checks: { a: 'lag', b: 'gone', c: 'no answer within 20 ms' } });
  });
});

describe('the correlation id', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';

  test.each([
    [{ 'x-correlation-id': 'req-17' }, 'req-17'],
    [{ 'x-correlation-id': ['req-18', 'req-19'] }, 'req-18'],
    [{ 'x-correlation-id': 'bad\nline', traceparent: `00-${trace}-00f067aa0ba902b7-01` }, trace],
    [{ 'x-correlation-id': 'x'.repeat(65) }, 'new'],
    [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, 'new'],
    [{ traceparent: `ff-${trace}-00f067aa0ba902b7-01` }, 'new'],
    [{}, 'new'],
  ])('%j', (headers, expected) => {
    expect(correlationIdOf(headers, () => 'new')).toBe(expected);
  });
});

describe('metrics', () => {
  test('carry prefix, unit and service', async () => {
    const metrics = createMetrics('ingest');
    metrics.counter({ name: 'changes_total', help: 'Changes.', labels: ['result'] }).inc({ result: 'ok' }, 3);
    metrics.gauge({ name: 'backlog', help: 'Backlog.', collect: (gauge) => gauge.set(7) });
    metrics.histogram({ name: 'call_seconds', help: 'Calls.' }).observe(0.2);
    const text = await metrics.registry.metrics();
    expect(text).toContain('rolebridge_changes_total{result="ok",service="ingest"} 3');
    expect(text).toContain('rolebridge_backlog{service="ingest"} 7');
    expect(text).toContain('rolebridge_call_seconds_bucket{le="0.25",service="ingest"} 1');
  });

  test('with a wrong name are refused; asked for twice they are the same', () => {
    const metrics = createMetrics('x');
    expect(() => metrics.counter({ name: 'changes', help: '' })).toThrow('_total');
    expect(() => metrics.histogram({ name: 'call_ms', help: '' })).toThrow('_seconds');
    expect(() => metrics.gauge({ name: 'Back-log', help: '' })).toThrow('snake_case');
    const once = metrics.counter({ name: 'a_total', help: 'a' });
    expect(metrics.counter({ name: 'a_total', help: 'a' })).toBe(once);
  });
});
