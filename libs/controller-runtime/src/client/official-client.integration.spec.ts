import { CoreV1Api, KubeConfig, Watch } from '@kubernetes/client-node';
import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { startFaultProxy, type Entrance, type FaultProxy } from '@tagservice/fault-proxy';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';

let api: ApiServer;
let proxy: FaultProxy;
let entrance: Entrance;
let config: KubeConfig;
let core: CoreV1Api;
let run = 0;

beforeAll(async () => {
  api = await startApiServer();
  proxy = await startFaultProxy({ kubeconfig: api.kubeconfig });
});
beforeEach(async () => {
  run += 1;
  entrance = await proxy.open(`official-${run.toString()}`);
  config = new KubeConfig();
  config.loadFromFile(entrance.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
});
afterEach(async () => {
  await entrance.close();
});
afterAll(async () => {
  await proxy.close();
  await api.stop();
});

const make = (name: string) =>
  core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name }, data: { a: 'b' } } });

describe('the official client behind the fault proxy', () => {
  it('writes, reads and meets the faults that are made', async () => {
    await make('official-a');
    const { items } = await core.listNamespacedConfigMap({ namespace: 'default' });
    expect(items.map(({ metadata }) => metadata?.name)).toContain('official-a');
    entrance.faults.add({ match: { verb: 'create' }, fault: { kind: 'answer', code: 409 }, times: 1 });
    await expect(make('official-b')).rejects.toMatchObject({ code: 409 });
    entrance.faults.add({ match: { write: 3 }, fault: { kind: 'crash', when: 'before' } });
    await expect(make('official-c')).rejects.toThrow();
    entrance.heal();
    await make('official-d');
    const creates = proxy.history.filter(({ verb, entrance: name }) => verb === 'create' && name === entrance.name);
    expect(creates.map(({ name, write, code, answered }) => [name, write, code, answered])).toEqual([
      ['official-a', 1, 201, 201],
      ['official-b', 2, undefined, 409],
      ['official-c', 3, undefined, undefined],
      ['official-d', 4, 201, 201],
    ]);
  });

  it('watches', async () => {
    const seen: string[] = [];
    const ended = Promise.withResolvers<unknown>();
    const stop = await new Watch(config).watch(
      '/api/v1/namespaces/default/configmaps',
      {},
      (type, object: { metadata?: { name?: string } }) => seen.push(`${type} ${object.metadata?.name ?? ''}`),
      ended.resolve,
    );
    await make('official-watched');
    await eventually(() => seen).toContain('ADDED official-watched');
    entrance.faults.add({ match: { verb: 'watch' }, fault: { kind: 'gone' }, times: 1 });
    await eventually(() => seen.at(-1)).toMatch(/^ERROR/);
    stop.abort();
    await ended.promise;
    await eventually(() => entrance.active).toBe(0);
  });
});
