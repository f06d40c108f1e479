import type { APIService, Applied } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { announceApiService } from './api-service.ts';

let stored: APIService | undefined;
let applied: Applied<APIService>[];

beforeEach(() => {
  [stored, applied] = [undefined, []];
});

const service = { namespace: 'system', name: 'tagservice-operator' };
const announce = (ca = 'CA') =>
  announceApiService({
    client: { find: () => Promise.resolve(stored) } as never,
    applier: {
      apply: (_resource: unknown, desired: Applied<APIService>) => {
        applied.push(desired);
        stored = desired as APIService;
        return Promise.resolve({ object: stored });
      },
    } as never,
    service,
    ca,
  });

describe('the announcement of the metrics API', () => {
  it('points at the Service of the operator and trusts its authority', async () => {
    expect(await announce()).toBeUndefined();
    expect(applied[0]).toMatchObject({
      metadata: { name: 'v1beta1.external.metrics.k8s.io' },
      spec: { service: { ...service, port: 443 }, caBundle: Buffer.from('CA').toString('base64') },
    });
  });

  it('is written once, and again only when it differs', async () => {
    await announce();
    await announce();
    expect(applied).toHaveLength(1);
    await announce('another CA');
    expect(applied).toHaveLength(2);
    stored = {
      ...stored,
      spec: { ...stored?.spec, service: { ...service, name: 'elsewhere', port: 443 } },
    } as APIService;
    await announce('another CA');
    expect(applied).toHaveLength(3);
  });

  const anothers = (available: string) =>
    ({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'tagservice-operator' } },
      spec: { service: { namespace: 'other', name: 'tagservice-operator' } },
      status: { conditions: [{ type: 'Available', status: available }] },
    }) as unknown as APIService;

  it('leaves one alone that another operator of this kind serves, instead of taking it back and forth', async () => {
    stored = anothers('True');
    expect(await announce()).toContain('belongs to Service other/tagservice-operator');
    expect(applied).toEqual([]);
  });

  it('takes the one that a former operator left in another namespace', async () => {
    stored = anothers('False');
    expect(await announce()).toBeUndefined();
    expect(applied[0]?.spec?.service).toMatchObject(service);
  });

  it('leaves one of somebody else alone, and says who holds it and what to do', async () => {
    stored = {
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
      spec: { service: { namespace: 'keda', name: 'keda-metrics' } },
    } as unknown as APIService;
    const problem = await announce();
    expect(problem).toContain('belongs to Service keda/keda-metrics');
    expect(problem).toContain('remove it (with what installed it)');
    expect(applied).toEqual([]);
  });
});
