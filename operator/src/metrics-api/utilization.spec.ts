import { ApiError, FakeClock, StoreRefusedError, type Cache, type KubeObject } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { cacheOf, pod, service } from '../../test/fixtures.ts';
import { metricSource } from './source.ts';
import { gauge, utilizationReader, type ReadText } from './utilization.ts';

const load = (inFlight: number, limit = 100): string =>
  `# HELP tagservice_api_in_flight x\ntagservice_api_in_flight{service="demo"} ${String(inFlight)}\ntagservice_api_in_flight_limit{service="demo"} ${String(limit)}\n`;

const answers =
  (byAddress: Readonly<Record<string, string>>): ReadText =>
  (url) => {
    const text = byAddress[new URL(url).hostname];
    return text === undefined ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve(text);
  };

const read = (pods: readonly KubeObject[], readText: ReadText) =>
  utilizationReader({ cache: cacheOf(pods), clock: new FakeClock(), readText }).read(service());

const first = pod({ name: 'demo-api-1', ip: '192.0.2.1' });
const second = pod({ name: 'demo-api-2', ip: '192.0.2.2' });

describe('how full the API is', () => {
  it('is the share of all pods together', async () => {
    const reading = await read([first, second], answers({ '192.0.2.1': load(80), '192.0.2.2': load(20) }));
    expect(reading).toEqual({ kind: 'known', value: 50 });
  });

  it('counts a large pod for more than a small one', async () => {
    const reading = await read([first, second], answers({ '192.0.2.1': load(30, 300), '192.0.2.2': load(70, 100) }));
    expect(reading).toEqual({ kind: 'known', value: 25 });
  });

  it('goes by those that answer', async () => {
    expect(await read([first, second], answers({ '192.0.2.1': load(80) }))).toEqual({ kind: 'known', value: 80 });
  });

  it('asks no pod that is not ready, or belongs to somebody else', async () => {
    const starting = pod({ name: 'demo-api-3', ip: '192.0.2.3', ready: false });
    const worker = pod({ name: 'demo-compute-1', component: 'compute', ip: '192.0.2.4' });
    const all = answers({ '192.0.2.1': load(10), '192.0.2.3': load(100), '192.0.2.4': load(100) });
    expect(await read([first, starting, worker], all)).toEqual({ kind: 'known', value: 10 });
  });

  it('is unknown, and never zero, when no pod is ready or none answers', async () => {
    expect(await read([], answers({}))).toMatchObject({ kind: 'unknown', reason: 'no API pod is ready' });
    expect(await read([first], answers({}))).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('none of 1 ready API pods'),
    });
    expect(await read([first], answers({ '192.0.2.1': 'other_metric 1\n' }))).toMatchObject({ kind: 'unknown' });
  });

  it('is unknown while pods may not be listed', async () => {
    const refusal = new ApiError({ code: 403, message: 'cannot list resource "pods"' }, 'GET /api/v1/pods');
    const store = {
      byIndex: (): never => {
        throw new StoreRefusedError('v1/pods', refusal);
      },
    };
    const cache = { store: () => store } as unknown as Cache;
    const reader = utilizationReader({ cache, clock: new FakeClock(), readText: answers({}) });
    expect(await reader.read(service())).toEqual({
      kind: 'unknown',
      reason: 'v1/pods cannot be followed: cannot list resource "pods" (403)',
    });
  });

  it('reaches pods with addresses of version 6', async () => {
    const six = pod({ ip: 'fd00::7' });
    expect(
      await read([six], (url) => Promise.resolve(url.startsWith('http://[fd00::7]:9090/') ? load(5) : '')),
    ).toEqual({ kind: 'known', value: 5 });
  });

  it.each([
    ['a 1\n', 'a', 1],
    ['a{b="c"} 1.5e3\n', 'a', 1_500],
    ['ab 1\n', 'a', undefined],
    ['a NaN\n', 'a', undefined],
    ['# a 1\n', 'a', undefined],
  ])('reads %j', (text, name, value) => {
    expect(gauge(text, name)).toBe(value);
  });
});

describe('the source of values', () => {
  const { metadata, ...rest } = service();
  const object = { ...rest, metadata: { ...metadata, resourceVersion: '1' } } as unknown as KubeObject;
  const sourceOf = (objects: readonly KubeObject[]) =>
    metricSource({
      cache: cacheOf(objects),
      lag: { read: () => Promise.resolve({ kind: 'known', total: 12, partitions: [] }), forget: () => undefined },
      utilization: { read: () => Promise.resolve({ kind: 'known', value: 40 }) },
    });
  const key = { namespace: 'tags', name: 'demo' };

  it('has lag and load of a service', async () => {
    expect(await sourceOf([object]).read('tagservice_queue_lag', key)).toEqual({ kind: 'known', value: 12 });
    expect(await sourceOf([object]).read('tagservice_api_utilization', key)).toEqual({ kind: 'known', value: 40 });
  });

  it('has nothing of a service that does not exist', async () => {
    expect(await sourceOf([]).read('tagservice_queue_lag', key)).toEqual({
      kind: 'missing',
      reason: 'there is no TagService tags/demo',
    });
  });

  it('has nothing of a service that cannot be read', async () => {
    const broken = { ...object, spec: {} } as unknown as KubeObject;
    expect(await sourceOf([broken]).read('tagservice_queue_lag', key)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('spec.kafka'),
    });
  });
});
