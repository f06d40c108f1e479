import { Gauge } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Health, requiredOnce } from './health.ts';
import type { HealthFinding } from './health.ts';
import { ListenError, startManagementServer } from './management-server.ts';
import type { ManagementServer } from './management-server.ts';
import { createRegistry } from './metrics.ts';

let health: Health;
let server: ManagementServer;
const registry = createRegistry({ service: 'demo' });
new Gauge({ name: 'tagservice_test_level', help: 'A level.', registers: [registry] }).set(7);

beforeEach(async () => {
  health = new Health();
  server = await startManagementServer({ port: 0, host: '127.0.0.1', health, registry });
});
afterEach(() => server.close());

async function ask(path: string, init?: RequestInit): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${String(server.port)}${path}`, init);
  return { status: response.status, body: await response.text() };
}

function redis(finding: () => HealthFinding | Promise<HealthFinding>) {
  return { name: 'redis', kinds: ['ready'] as const, check: finding };
}

describe('the health of a process', () => {
  it('is good when every check of that kind is', async () => {
    health.add(redis(() => ({ ok: true })));
    health.add({ name: 'progress', kinds: ['live'], check: () => ({ ok: false, detail: 'stuck' }) });
    expect(await ask('/health/ready')).toEqual({
      status: 200,
      body: '{"status":"ok","checks":[{"name":"redis","ok":true}]}\n',
    });
    expect((await ask('/health/startup')).status).toBe(200);
  });

  it('says what is wrong and where', async () => {
    health.add(redis(() => ({ ok: false, detail: 'demo-redis-primary:6379 refused the connection' })));
    const answer = await ask('/health/ready');
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toEqual({
      status: 'failing',
      checks: [{ name: 'redis', ok: false, detail: 'demo-redis-primary:6379 refused the connection' }],
    });
  });

  it('fails by a check that throws, with its message', async () => {
    health.add(redis(() => Promise.reject(new Error('no route to host'))));
    expect((await ask('/health/ready')).body).toContain('no route to host');
  });

  it('fails by a check that does not answer', async () => {
    health.add(redis(() => Promise.withResolvers<HealthFinding>().promise));
    const answer = await ask('/health/ready');
    expect(answer.status).toBe(503);
    expect(answer.body).toContain('did not answer within 800 ms');
  });

  it('while stopping is alive but not ready', async () => {
    health.add(redis(() => ({ ok: true })));
    health.stop();
    expect((await ask('/health/ready')).body).toContain('"name":"process","ok":false,"detail":"is stopping"');
    expect((await ask('/health/live')).status).toBe(200);
  });

  it('needs a shared dependency once, and later only tells of its loss', async () => {
    let up = false;
    health.add(requiredOnce(redis(() => (up ? { ok: true } : { ok: false, detail: 'refused' }))));
    expect((await ask('/health/ready')).status).toBe(503);
    up = true;
    expect((await ask('/health/ready')).status).toBe(200);
    up = false;
    expect(await ask('/health/ready')).toEqual({
      status: 200,
      body: '{"status":"ok","checks":[{"name":"redis","ok":true,"detail":"degraded: refused"}]}\n',
    });
  });
});

describe('the management port', () => {
  it('serves metrics with event-loop delay and labels of the process', async () => {
    const { status, body } = await ask('/metrics');
    expect(status).toBe(200);
    expect(body).toContain('tagservice_test_level{service="demo"} 7');
    expect(body).toMatch(/nodejs_eventloop_lag_p99_seconds\{service="demo"\}/);
  });

  it('serves them as OpenMetrics to who accepts that', async () => {
    const url = `http://127.0.0.1:${String(server.port)}/metrics`;
    const accepting = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3';
    const open = await fetch(url, { headers: { accept: accepting } });
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(await open.text()).toMatch(/^# TYPE process_cpu_user_seconds counter\n[^]*\n# EOF\n$/);
    const plain = await fetch(url, { headers: { accept: 'text/plain' } });
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).toContain('\nprocess_cpu_user_seconds_total{service="demo"} ');
  });

  it('tells how busy the event loop is', async () => {
    const busy = /^nodejs_eventloop_utilization_ratio\{service="demo"\} (0|1|0\.\d+)$/m;
    expect((await ask('/metrics')).body).toMatch(busy);
  });

  it('knows nothing else', async () => {
    expect((await ask('/v1/tags')).status).toBe(404);
    expect((await ask('/metrics', { method: 'POST' })).status).toBe(405);
  });

  it('that is taken is named, with the remedy', async () => {
    const second = startManagementServer({ port: server.port, host: '127.0.0.1', health, registry });
    await expect(second).rejects.toThrow(ListenError);
    await expect(second).rejects.toThrow(new RegExp(`Port ${String(server.port)} .*EADDRINUSE.*Set METRICS_PORT`));
  });
});
