import { Health } from '@tagservice/service-kit';
import { Counter, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHealthServer, type HealthServer } from './health-server.ts';

const health = new Health();
const registry = new Registry();
let server: HealthServer;
let synced = false;
const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${String(server.port)}${path}`);

beforeAll(async () => {
  new Counter({ name: 'looked_total', help: 'x', registers: [registry] }).inc(3);
  health.add({ name: 'caches', kinds: ['ready'], check: () => ({ ok: synced }) });
  server = await startHealthServer({ port: 0, health, registry });
});

afterAll(async () => {
  await server.close();
});

describe('the health of the operator', () => {
  it('is live from the start, and ready once the caches are', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    synced = true;
    expect((await get('/readyz')).status).toBe(200);
  });

  it('comes with metrics', async () => {
    expect(await (await get('/metrics')).text()).toContain('looked_total 3');
  });

  it('knows no other path', async () => {
    expect((await get('/')).status).toBe(404);
  });

  it('says which port is taken', async () => {
    await expect(startHealthServer({ port: server.port, health, registry })).rejects.toThrow(
      /Port \d+ cannot be used.*HEALTH_PORT/,
    );
  });
});
