import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigMap, Deployment, Lease } from '../api/builtin.ts';
import { ConfigurationError } from '../client/errors.ts';
import { defineController, watching } from '../controller/sources.ts';
import { Harness, nothing, thing } from '../testing/harness.ts';
import { createManager } from './manager.ts';

let h: Harness;

beforeEach(() => {
  h = new Harness();
});

describe('a manager', () => {
  const leaderElection = { namespace: 'n', name: 'lease', identity: 'me' };

  it('refuses two controllers of one name, and keys for one it does not have', async () => {
    const one = defineController({ name: 'same', primary: ConfigMap, reconcile: nothing });
    expect(() => createManager({ client: h.client, cache: h.cache, controllers: [one, one] })).toThrow(
      ConfigurationError,
    );
    const manager = await h.start(nothing);
    expect(() => {
      manager.enqueue('unknown', { namespace: 'n', name: 'a' });
    }).toThrow(ConfigurationError);
    manager.enqueue('things', { namespace: 'n', name: 'asked' });
    await h.clock.advance(0);
    expect(h.runs).toEqual(['asked']);
  });

  it('lets no controller suffer from the mistakes of another', async () => {
    const ran: string[] = [];
    const broken = (name: string, reconcile: () => never) =>
      defineController({
        name,
        primary: ConfigMap,
        reconcile,
        watches: [
          watching(Deployment, {
            map: () => {
              throw new TypeError('map');
            },
          }),
        ],
      });
    const controllers = [
      broken('throws', () => {
        throw new TypeError('reconcile');
      }),
      broken('throws-nothing', () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- others do
        throw undefined;
      }),
      defineController({
        name: 'good',
        primary: ConfigMap,
        watches: [watching(Deployment, { map: ({ metadata }) => [{ namespace: 'n', name: metadata.name }] })],
        reconcile: (key) => {
          ran.push(key.name);
          return Promise.resolve(undefined);
        },
      }),
    ];
    const manager = createManager({ client: h.client, cache: h.cache, controllers, clock: h.clock, log: h.log });
    await manager.start();
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(100);
    expect(ran).toEqual(['a']);
    h.cache.put(ConfigMap, thing('b'));
    await h.clock.advance(100);
    expect(ran).toEqual(['a', 'b']);
    await manager.stop();
  });

  it('stands by with warm caches and a full queue until it leads', async () => {
    h.client.put(Lease, {
      metadata: { namespace: 'n', name: 'lease' },
      spec: { holderIdentity: 'other', leaseDurationSeconds: 15 },
    });
    const manager = await h.start(nothing, { manager: { leaderElection } });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(10_000);
    expect(h.runs).toEqual([]);
    expect(manager.health()).toEqual({ synced: true, leader: false, lost: false, waitingFor: [], problems: [] });
    expect(h.client.mayWrite?.()).toBe(false);
    expect(await h.metric('leader_election_master_status')).toBe(0);
    await h.clock.advance(8_000);
    await manager.whenLeading();
    expect(h.runs).toEqual(['a']);
    expect(h.client.mayWrite?.()).toBe(true);
    expect(await h.metric('leader_election_master_status')).toBe(1);
    await manager.stop();
  });

  it('reconciles nothing before its caches have seen everything', async () => {
    const gate = Promise.withResolvers<undefined>();
    h.cache.ready = gate.promise;
    h.cache.synced = false;
    const starting = h.start(nothing, { manager: { leaderElection } });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(5_000);
    expect(h.runs).toEqual([]);
    gate.resolve(undefined);
    const manager = await starting;
    await h.clock.advance(0);
    expect(h.runs).toEqual(['a']);
    expect(manager.health()).toMatchObject({ synced: false, leader: true, waitingFor: ['v1/configmaps'] });
    await manager.stop();
  });

  it('aborts everything and says so when the lease is lost', async () => {
    const onLost = vi.fn();
    let signal: AbortSignal | undefined;
    const manager = await h.start(
      async (_key, context) => {
        signal = context.signal;
        await new Promise((_resolve, reject) => {
          context.signal.addEventListener('abort', () => {
            reject(context.signal.reason as Error);
          });
        });
      },
      { manager: { leaderElection, onLost } },
    );
    await h.clock.advance(0);
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(100);
    h.client.put(Lease, {
      metadata: { namespace: 'n', name: 'lease' },
      spec: { holderIdentity: 'intruder', leaseDurationSeconds: 15 },
    });
    await h.clock.advance(2_500);
    expect(signal?.aborted).toBe(true);
    expect(onLost).toHaveBeenCalledExactlyOnceWith('the lease is held by intruder');
    expect(manager.isLeader()).toBe(false);
    expect(manager.health().lost).toBe(true);
    expect(h.client.mayWrite?.()).toBe(false);
    await h.clock.advance(100_000);
    expect(h.runs).toEqual(['a']);
  });

  it('stops in order: running work ends, then the lease is released, then the caches stop', async () => {
    let finish: () => void = () => undefined;
    const manager = await h.start(
      async () => {
        await new Promise<void>((resolve) => (finish = resolve));
      },
      { manager: { leaderElection } },
    );
    await h.clock.advance(0);
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(10);
    const stopping = manager.stop();
    await h.clock.advance(20_000);
    const holder = () => h.client.peek(Lease, { namespace: 'n', name: 'lease' })?.spec?.holderIdentity;
    expect([holder(), manager.isLeader(), h.cache.stopped]).toEqual(['me', true, false]);
    finish();
    await h.clock.advance(0);
    await Promise.all([stopping, manager.stop()]);
    expect([holder(), manager.isLeader(), h.cache.stopped]).toEqual(['', false, true]);
    expect(h.cache.listeners(ConfigMap)).toBe(0);
    h.cache.put(ConfigMap, thing('late'));
    await h.clock.advance(60_000);
    expect(h.runs).toEqual(['a']);
    expect(h.clock.pending).toBe(0);
  });

  it('does not wait for ever for work that does not end', async () => {
    let signal: AbortSignal | undefined;
    const manager = await h.start(
      async (_key, context) => {
        signal = context.signal;
        await new Promise(() => undefined);
      },
      { manager: { stopGraceMs: 2_000 } },
    );
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(0);
    const stopping = manager.stop();
    await h.clock.advance(1_999);
    expect(signal?.aborted).toBe(false);
    await h.clock.advance(6_000);
    await stopping;
    expect(signal?.aborted).toBe(true);
  });

  it('shows the metrics that dashboards for Go operators ask for', async () => {
    await h.start(nothing);
    const names = (await h.registry.getMetricsAsJSON()).map((entry) => entry.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'controller_runtime_reconcile_total',
        'controller_runtime_reconcile_errors_total',
        'controller_runtime_terminal_reconcile_errors_total',
        'controller_runtime_reconcile_time_seconds',
        'controller_runtime_active_workers',
        'controller_runtime_max_concurrent_reconciles',
        'workqueue_depth',
        'workqueue_adds_total',
        'workqueue_queue_duration_seconds',
        'workqueue_work_duration_seconds',
        'workqueue_retries_total',
        'workqueue_unfinished_work_seconds',
        'workqueue_longest_running_processor_seconds',
      ]),
    );
  });
});
