import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigMap, Deployment, Event, Namespace, Secret } from '../api/builtin.ts';
import type { Applied } from '../api/object.ts';
import { createApplier } from '../apply/applier.ts';
import { createCache } from '../cache/cache.ts';
import { createEventRecorder } from '../events/event-recorder.ts';
import type { KubeClient } from './client.ts';
import { connect } from './connect.ts';
import { ApiError, isAlreadyExists, isConflict, isInvalid, isNotFound } from './errors.ts';
import type { RequestRecord } from './transport.ts';
import { eventually } from '../testing/eventually.ts';

let api: ApiServer;
let client: KubeClient;
let requests: RequestRecord[];

beforeAll(async () => {
  api = await startApiServer();
  requests = [];
  client = connect({ kubeconfig: api.kubeconfig, userAgent: 'test/1', observe: (record) => requests.push(record) });
});
afterAll(async () => {
  await client.close();
  await api.stop();
});

const writes = () => requests.filter((request) => request.method !== 'GET');

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function deployment(name: string, replicas?: number): Applied<Deployment> {
  return {
    metadata: { namespace: 'default', name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'app', image: 'app:1', resources: { limits: { cpu: '1000m', memory: '1024Mi' } } }],
        },
      },
    },
  };
}

describe('the client and a real API server', () => {
  it('create, read, replace, list and delete', async () => {
    const key = { namespace: 'default', name: 'plain' };
    const created = await client.create(ConfigMap, { metadata: key, data: { a: '1' } });
    expect(isAlreadyExists(await failure(client.create(ConfigMap, { metadata: key })))).toBe(true);
    const updated = await client.update(ConfigMap, { ...created, data: { a: '2' } });
    expect(isConflict(await failure(client.update(ConfigMap, { ...created, data: { a: '3' } })))).toBe(true);
    expect((await client.patch(ConfigMap, key, { patch: { data: { b: 'x', a: null } } })).data).toEqual({ b: 'x' });
    expect(
      (await client.list(ConfigMap, { namespace: 'default', fieldSelector: 'metadata.name=plain' })).items[0],
    ).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { uid: updated.metadata.uid },
    });
    await client.delete(ConfigMap, key);
    expect(isNotFound(await failure(client.delete(ConfigMap, key)))).toBe(true);
  });

  it('read a long list page by page, the same as in one piece', async () => {
    const labels = { test: 'paging' };
    for (let i = 0; i < 23; i += 1)
      await client.create(ConfigMap, { metadata: { namespace: 'default', name: `page-${i.toString()}`, labels } });
    const before = requests.length;
    const paged = await client.list(ConfigMap, { labelSelector: 'test=paging', limit: 5 });
    expect(requests.length - before).toBe(5);
    const whole = await client.list(ConfigMap, { labelSelector: 'test=paging', limit: 0 });
    expect(paged.items.map((item) => item.metadata.name)).toEqual(whole.items.map((item) => item.metadata.name));
    expect(paged.items).toHaveLength(23);
  });

  it('refuse a field that does not exist, and name it', async () => {
    const wrong = { metadata: { namespace: 'default', name: 'wrong' }, spec: { template: { speck: {} } } };
    const error = await failure(client.apply(Deployment, wrong as Applied<Deployment>, { fieldManager: 'test' }));
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).message).toContain('speck');
    const invalid = await failure(client.create(Secret, { metadata: { namespace: 'default', name: 'Not A Name' } }));
    expect(isInvalid(invalid)).toBe(true);
    expect((invalid as ApiError).details?.causes?.[0]?.field).toBe('metadata.name');
  });

  it('delete only the very object that was meant', async () => {
    const key = { namespace: 'default', name: 'precious' };
    const first = await client.create(ConfigMap, { metadata: key });
    await client.delete(ConfigMap, key, { uid: first.metadata.uid });
    const second = await client.create(ConfigMap, { metadata: key });
    expect(isConflict(await failure(client.delete(ConfigMap, key, { uid: first.metadata.uid })))).toBe(true);
    expect((await client.get(ConfigMap, key)).metadata.uid).toBe(second.metadata.uid);
  });

  it('make 1,000 requests in a row over at most four connections', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    let most = 0;
    for (let i = 0; i < 1_000; i += 1) {
      await client.get(Namespace, { namespace: '', name: 'default' });
      most = Math.max(most, sockets() - before);
    }
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe('server-side apply', () => {
  it('owns what it sends and gives up what it no longer sends, beside other managers', async () => {
    const key = { namespace: 'default', name: 'shared' };
    await client.apply(ConfigMap, { metadata: key, data: { a: '1', b: '1' } }, { fieldManager: 'test/one' });
    await client.apply(ConfigMap, { metadata: key, data: { c: '1' } }, { fieldManager: 'test/two' });
    const after = await client.apply(ConfigMap, { metadata: key, data: { a: '2' } }, { fieldManager: 'test/one' });
    expect(after.data).toEqual({ a: '2', c: '1' });
    expect(after.metadata.managedFields?.map((entry) => entry.manager).sort()).toEqual(['test/one', 'test/two']);
  });

  it('meets a conflict over a field of somebody else, and takes it over only by force', async () => {
    const key = { namespace: 'default', name: 'disputed' };
    await client.apply(ConfigMap, { metadata: key, data: { a: 'theirs' } }, { fieldManager: 'test/them' });
    const ours = { metadata: key, data: { a: 'ours' } };
    const refused = await failure(client.apply(ConfigMap, ours, { fieldManager: 'test/us', force: false }));
    expect(isConflict(refused)).toBe(true);
    expect((refused as ApiError).message).toContain('test/them');
    expect((await client.apply(ConfigMap, ours, { fieldManager: 'test/us' })).data).toEqual({ a: 'ours' });
  });

  it('stores nothing in a dry run, but says what would come of it', async () => {
    const dry = await client.apply(Deployment, deployment('dry', 2), { fieldManager: 'test', dryRun: true });
    expect(dry.spec?.strategy?.type).toBe('RollingUpdate');
    expect(await client.find(Deployment, { namespace: 'default', name: 'dry' })).toBeUndefined();
  });

  it('leaves replicas to whoever scales, when it does not send them', async () => {
    await client.apply(Deployment, deployment('scaled'), { fieldManager: 'test' });
    await client.patch(Deployment, { namespace: 'default', name: 'scaled' }, { patch: { spec: { replicas: 7 } } });
    expect((await client.apply(Deployment, deployment('scaled'), { fieldManager: 'test' })).spec?.replicas).toBe(7);
  });

  it('of status changes status alone, and only that of an object that is there', async () => {
    await client.apply(Deployment, deployment('with-status', 1), { fieldManager: 'test' });
    const metadata = { namespace: 'default', name: 'with-status' };
    const status = { metadata, spec: { replicas: 9 }, status: { replicas: 3, observedGeneration: 1 } };
    const after = await client.applyStatus(Deployment, status as Applied<Deployment>, { fieldManager: 'test/status' });
    expect([after.status?.replicas, after.spec?.replicas]).toEqual([3, 1]);
    const gone = { metadata: { namespace: 'default', name: 'absent' }, status: { replicas: 1 } };
    expect(isNotFound(await failure(client.applyStatus(Deployment, gone, { fieldManager: 'test' })))).toBe(true);
  });
});

describe('applying only what changed, on a real API server', () => {
  it('sends nothing while nothing changes, whatever the server made of quantities and defaults', async () => {
    const cache = createCache({ client });
    const applier = createApplier({ client, cache });
    cache.informer(Deployment);
    await cache.start();
    const first = await applier.apply(Deployment, deployment('settled', 2), { fieldManager: 'test' });
    const before = writes().length;
    for (let i = 0; i < 20; i += 1)
      expect((await applier.apply(Deployment, deployment('settled', 2), { fieldManager: 'test' })).outcome).toBe(
        'unchanged',
      );
    await eventually(() => cache.store(Deployment).get({ namespace: 'default', name: 'settled' })).toBeDefined();
    const last = await applier.apply(Deployment, deployment('settled', 2), { fieldManager: 'test' });
    expect(last.outcome).toBe('unchanged');
    expect(last.object?.metadata.resourceVersion).toBe(first.object?.metadata.resourceVersion);
    expect(writes().length).toBe(before);
    await cache.stop();
  });

  it('corrects drift of our fields and ignores that of others, without being fooled by a cache that lags', async () => {
    const cache = createCache({ client });
    const applier = createApplier({ client, cache });
    const store = cache.informer(Deployment).store;
    await cache.start();
    const key = { namespace: 'default', name: 'drifting' };
    const ensure = async () =>
      (await applier.apply(Deployment, deployment('drifting', 2), { fieldManager: 'test' })).outcome;
    await ensure();
    const scaled = await client.patch(Deployment, key, { patch: { spec: { replicas: 5 } } });
    await eventually(() => store.get(key)?.metadata.resourceVersion).toBe(scaled.metadata.resourceVersion);
    expect(await ensure()).toBe('applied');
    expect(await ensure()).toBe('unchanged');
    const labelled = await client.patch(Deployment, key, { patch: { metadata: { labels: { theirs: 'x' } } } });
    await eventually(() => store.get(key)?.metadata.resourceVersion).toBe(labelled.metadata.resourceVersion);
    expect(await ensure()).toBe('unchanged');
    await client.delete(Deployment, key);
    await eventually(() => store.get(key)).toBeUndefined();
    expect(await ensure()).toBe('applied');
    await cache.stop();
  });
});

describe('events on a real API server', () => {
  it('are recorded once and accumulate their repeats', async () => {
    const subject = await client.create(ConfigMap, { metadata: { namespace: 'default', name: 'subject' } });
    const recorder = createEventRecorder({ client, controller: 'example.dev/test', instance: 'pod-1' });
    for (let i = 0; i < 5; i += 1)
      recorder.record(subject, { type: 'Warning', reason: 'Unreachable', note: 'No answer.' });
    recorder.record(subject, { type: 'Normal', reason: 'Created', note: 'Made it.', related: subject });
    // The server counts bytes, and refuses an event with one too many.
    recorder.record(subject, { type: 'Normal', reason: 'Told', note: 'Größe '.repeat(500) });
    await recorder.stop();
    const events = (await client.list(Event, { namespace: 'default', fieldSelector: 'regarding.name=subject' })).items;
    expect(events.map((event) => [event.reason, event.series?.count])).toEqual(
      expect.arrayContaining([
        ['Unreachable', 5],
        ['Created', undefined],
        ['Told', undefined],
      ]),
    );
    expect(events).toHaveLength(3);
  });
});
