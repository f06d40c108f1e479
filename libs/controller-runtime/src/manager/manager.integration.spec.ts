import { startApiServer, stolenTime, type ApiServer } from '@tagservice/cluster';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConfigMap, Lease, Secret } from '../api/builtin.ts';
import { controllerReference, isControlledBy } from '../api/object.ts';
import { createApplier } from '../apply/applier.ts';
import { createCache } from '../cache/cache.ts';
import type { KubeClient } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { FencedError } from '../client/errors.ts';
import type { RequestRecord } from '../client/transport.ts';
import { systemClock, type Clock } from '../clock/clock.ts';
import { defineController, ownedBy, watching } from '../controller/sources.ts';
import type { Cache } from '../cache/types.ts';
import { createManager } from './manager.ts';
import type { LeaderElectionOptions, Manager } from './types.ts';
import { eventually } from '../testing/eventually.ts';

let api: ApiServer;
let admin: KubeClient;
let processes: Process[] = [];

/** One operator process: a client, a cache and a manager of its own. */
type Process = {
  client: KubeClient;
  cache: Cache;
  manager: Manager;
  writes: RequestRecord[];
  lost: string[];
  stop: () => Promise<void>;
};

beforeAll(async () => {
  api = await startApiServer();
  admin = connect({ kubeconfig: api.kubeconfig, userAgent: 'admin/1' });
});
afterEach(async () => {
  await Promise.all(processes.map(async (one) => one.stop()));
  processes = [];
});
afterAll(async () => {
  await admin.close();
  await api.stop();
});

/** Keeps a Secret for each ConfigMap labelled `test=<name>`, with the ConfigMap's data in it. */
function operator(name: string, leaderElection?: LeaderElectionOptions, clock: Clock = systemClock): Process {
  const writes: RequestRecord[] = [];
  const lost: string[] = [];
  const observe = (record: RequestRecord): void => {
    if (record.method !== 'GET' && !record.path.includes('/leases')) writes.push(record);
  };
  const client = connect({ kubeconfig: api.kubeconfig, userAgent: 'operator/1', observe });
  const cache = createCache({ client });
  const applier = createApplier({ client, cache });
  const sources = cache.informer(ConfigMap, { labelSelector: `test=${name}` }).store;
  cache.informer(Secret, { labelSelector: `test=${name}` });
  const controller = defineController({
    name: 'secrets',
    primary: ConfigMap,
    watches: [watching(Secret, { map: ownedBy(ConfigMap) })],
    concurrency: 4,
    reconcile: async (key, { signal }) => {
      const source = sources.get(key);
      if (source === undefined || source.metadata.deletionTimestamp !== undefined) return;
      const metadata = { ...key, labels: { test: name }, ownerReferences: [controllerReference(source)] };
      const data = Object.fromEntries(Object.entries(source.data ?? {}).map(([field, value]) => [field, btoa(value)]));
      await applier.apply(Secret, { metadata, data }, { fieldManager: 'test/secrets', signal });
    },
  });
  const manager = createManager({
    client,
    cache,
    controllers: [controller],
    clock,
    onLost: (reason) => lost.push(reason),
    ...(leaderElection === undefined ? {} : { leaderElection }),
  });
  const process = {
    client,
    cache,
    manager,
    writes,
    lost,
    stop: async () => {
      await manager.stop();
      await client.close();
    },
  };
  processes.push(process);
  return process;
}

const electionOf = (name: string, identity: string): LeaderElectionOptions => ({
  namespace: 'default',
  name,
  identity,
});
const make = async (test: string, name: string, data: Record<string, string>) =>
  admin.create(ConfigMap, { metadata: { namespace: 'default', name, labels: { test } }, data });
const secretOf = async (name: string) => admin.find(Secret, { namespace: 'default', name });

describe('an operator on a real API server', () => {
  it('makes what is missing, mends what was changed, and then writes nothing', async () => {
    const { manager, writes, cache } = operator('converge');
    await manager.start();
    const key = { namespace: 'default', name: 'converge-a' };
    const source = await make('converge', key.name, { colour: 'red' });
    await eventually(async () => (await secretOf(key.name))?.data).toEqual({ colour: btoa('red') });
    expect(isControlledBy((await secretOf(key.name))!, source)).toBe(true);

    await admin.patch(Secret, key, { patch: { data: { colour: btoa('green') } } });
    await eventually(async () => (await secretOf(key.name))?.data).toEqual({ colour: btoa('red') });

    const before = (await secretOf(key.name))!.metadata.uid;
    await admin.delete(Secret, key);
    await eventually(async () => (await secretOf(key.name))?.data).toEqual({ colour: btoa('red') });
    expect((await secretOf(key.name))!.metadata.uid).not.toBe(before);

    await admin.patch(ConfigMap, key, { patch: { data: { colour: 'blue' } } });
    await eventually(async () => (await secretOf(key.name))?.data).toEqual({ colour: btoa('blue') });

    const settled = (await secretOf(key.name))!.metadata.resourceVersion;
    await eventually(() => cache.store(Secret).get(key)?.metadata.resourceVersion).toBe(settled);
    // Made, mended, made again, changed: the answer to a write may come after the watch has told of it.
    const own = (): RequestRecord[] => writes.filter((write) => write.path.includes(key.name));
    await eventually(own).toHaveLength(4);
    for (let i = 0; i < 20; i += 1) manager.enqueue('secrets', key);
    await admin.patch(ConfigMap, key, { patch: { metadata: { annotations: { touched: 'x' } } } });
    // A key behind the others has gone through: so have they.
    await make('converge', 'converge-marker', { x: '1' });
    await eventually(async () => secretOf('converge-marker')).toBeDefined();
    expect(own()).toHaveLength(4);
    expect((await secretOf(key.name))!.metadata.resourceVersion).toBe(settled);
  });

  it('catches up with what happened while it was away', async () => {
    const first = operator('away');
    await first.manager.start();
    await make('away', 'away-a', { x: '1' });
    await make('away', 'away-b', { x: '1' });
    await eventually(async () => secretOf('away-b')).toBeDefined();
    await first.stop();

    await admin.patch(ConfigMap, { namespace: 'default', name: 'away-a' }, { patch: { data: { x: null, y: '2' } } });
    await admin.delete(Secret, { namespace: 'default', name: 'away-b' });
    await operator('away').manager.start();
    // A field that the former process had written goes too: the first apply of a process is always sent.
    await eventually(async () => (await secretOf('away-a'))?.data).toEqual({ y: btoa('2') });
    await eventually(async () => secretOf('away-b')).toBeDefined();
  });

  it('brings 300 objects to their state, one write each', async () => {
    const { manager, writes, cache } = operator('many');
    await Promise.all(
      Array.from({ length: 300 }, async (_unused, index) => make('many', `many-${index.toString()}`, { x: '1' })),
    );
    await manager.start();
    await eventually(() => cache.store(Secret).size, { timeout: 20_000 }).toBe(300);
    // The watch may tell of an object before its write is answered; a stopped manager has no write under way.
    await manager.stop();
    expect(writes).toHaveLength(300);
  });
});

describe('two operators on a real API server', () => {
  it('have one leader; the other stands by, writes nothing, and takes over as soon as the first stops', async () => {
    const one = operator('handover', electionOf('handover', 'one'));
    await one.manager.start();
    await one.manager.whenLeading();
    const two = operator('handover', electionOf('handover', 'two'));
    await two.manager.start();
    await make('handover', 'handover-a', { x: '1' });
    await eventually(async () => secretOf('handover-a')).toBeDefined();
    expect([one.manager.isLeader(), two.manager.isLeader()]).toEqual([true, false]);
    expect(two.manager.health()).toMatchObject({ synced: true, leader: false });
    expect(two.writes).toEqual([]);
    const planned = two.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'forbidden' } });
    await expect(planned).rejects.toThrow(FencedError);

    const stoppedAt = performance.now();
    await one.stop();
    await two.manager.whenLeading();
    expect(performance.now() - stoppedAt).toBeLessThan(3_500);
    await make('handover', 'handover-b', { x: '1' });
    await eventually(async () => secretOf('handover-b')).toBeDefined();
    const lease = await admin.get(Lease, { namespace: 'default', name: 'handover' });
    expect(lease.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  });

  it('change over 15 to 20 s after the leader fell silent; it has stopped acting before', async () => {
    // A process that hangs: its clock stands still, so it neither renews nor notices.
    const frozen = freezable();
    const one = operator('crash', electionOf('crash', 'one'), frozen);
    await one.manager.start();
    await one.manager.whenLeading();
    const two = operator('crash', electionOf('crash', 'two'));
    await two.manager.start();
    const key = { namespace: 'default', name: 'crash' };
    const renewed = (await admin.get(Lease, key)).spec?.renewTime;
    // Frozen right after a renewal, so that the time of the take-over can be told exactly.
    await expect
      .poll(async () => (await admin.get(Lease, key)).spec?.renewTime, { interval: 20, timeout: 5_000 })
      .not.toBe(renewed);
    frozen.freeze();
    const silentSince = performance.now();
    const stolen = stolenTime();
    await two.manager.whenLeading();
    const took = performance.now() - silentSince;
    expect(took).toBeGreaterThan(14_500);
    // A candidate looks every 2 to 2.4 s: it may see the last renewal so late, and that the lease is over so late again.
    expect(took).toBeLessThan(15_000 + 2 * 2_400 + 200 + stolen());

    // The first wakes up: before any timer of it has run, its writes are refused already.
    frozen.thaw();
    expect(one.writes).toEqual([]);
    await expect(one.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'zombie' } })).rejects.toThrow(
      FencedError,
    );
    await eventually(() => one.lost).toHaveLength(1);
    expect(one.manager.isLeader()).toBe(false);
    await make('crash', 'crash-a', { x: '1' });
    await eventually(async () => secretOf('crash-a')).toBeDefined();
    expect(one.writes).toEqual([]);
  });
});

/** The machine's clock, whose timers a test can hold back, as SIGSTOP does with a process. */
function freezable(): Clock & { freeze(): void; thaw(): void } {
  let frozen = false;
  const held: (() => void)[] = [];
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    after: (ms, task) => {
      const run = (): void => {
        if (frozen) held.push(run);
        else task();
      };
      const cancel = systemClock.after(ms, run);
      return () => {
        cancel();
        const index = held.indexOf(run);
        if (index >= 0) held.splice(index, 1);
      };
    },
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
      setImmediate(() => {
        for (const run of held.splice(0)) run();
      });
    },
  };
}
