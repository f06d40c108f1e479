import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap, Deployment } from '../api/builtin.ts';
import { ApiError } from '../client/errors.ts';
import { Harness, hang, nothing, thing } from '../testing/harness.ts';
import { ownedBy, specChanged, watching } from './sources.ts';
import { TerminalError } from './types.ts';

let h: Harness;

beforeEach(() => {
  h = new Harness();
});

describe('a controller', () => {
  it('reconciles what was there and what changes, each key once for many changes', async () => {
    h.cache.store(ConfigMap);
    await h.start(nothing);
    h.cache.put(ConfigMap, thing('a'), true);
    for (let version = 2; version < 50; version += 1)
      h.cache.put(ConfigMap, thing('b', { version: version.toString() }));
    await h.clock.advance(0);
    expect(h.runs.sort()).toEqual(['a', 'b']);
    expect(await h.metric('controller_runtime_reconcile_total', { controller: 'things', result: 'success' })).toBe(2);
  });

  it('reconciles the owner when something it owns changes or goes', async () => {
    await h.start(nothing, { controller: { watches: [watching(Deployment, { map: ownedBy(ConfigMap) })] } });
    const owned = { ...thing('child', { owner: thing('owner') }), kind: 'Deployment', apiVersion: 'apps/v1' };
    h.cache.put(Deployment, owned);
    h.cache.put(Deployment, { ...thing('stranger'), kind: 'Deployment' });
    await h.clock.advance(0);
    expect(h.runs).toEqual(['owner']);
    h.cache.remove(Deployment, owned);
    await h.clock.advance(0);
    expect(h.runs).toEqual(['owner', 'owner']);
  });

  it('reconciles both owners of an object that changed hands', async () => {
    await h.start(nothing, { controller: { watches: [watching(Deployment, { map: ownedBy(ConfigMap) })] } });
    h.cache.put(Deployment, thing('child', { owner: thing('one') }));
    await h.clock.advance(0);
    h.cache.put(Deployment, thing('child', { owner: thing('two') }));
    await h.clock.advance(0);
    expect(h.runs).toEqual(['one', 'two', 'one']);
  });

  it('ignores changes that its predicate lets fall, for example of status', async () => {
    await h.start(nothing, { controller: { predicate: specChanged } });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(0);
    h.cache.put(ConfigMap, thing('a', { version: '2' }));
    await h.clock.advance(0);
    expect(h.runs).toEqual(['a']);
    h.cache.put(ConfigMap, thing('a', { version: '3', generation: 2 }));
    await h.clock.advance(0);
    expect(h.runs).toEqual(['a', 'a']);
  });

  it('tries again with back-off until it succeeds, then forgets the failures', async () => {
    const failures: number[] = [];
    let left = 3;
    await h.start(async (_key, context) => {
      failures.push(context.failures);
      await Promise.resolve();
      if (left-- > 0) throw new TypeError('not yet');
    });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(2_000);
    expect(failures).toEqual([0, 1, 2, 3]);
    expect(await h.metric('controller_runtime_reconcile_errors_total', { controller: 'things' })).toBe(3);
    expect(await h.metric('workqueue_retries_total', { name: 'things' })).toBe(3);
    h.cache.put(ConfigMap, thing('a', { version: '2' }));
    await h.clock.advance(0);
    expect(failures.at(-1)).toBe(0);
  });

  it('has tried everything again within six seconds, however long an outage was', async () => {
    await h.start(
      async () => {
        await Promise.resolve();
        throw new TypeError('away');
      },
      { controller: { backoff: {} } },
    );
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(600_000);
    const before = h.runs.length;
    await h.clock.advance(6_000);
    expect(h.runs.length).toBeGreaterThan(before);
  });

  it('tries again at once when answers come again', async () => {
    let away = true;
    await h.start(
      async () => {
        await Promise.resolve();
        if (away) throw new TypeError('away');
      },
      { controller: { backoff: { baseMs: 60_000 } } },
    );
    for (const name of ['a', 'b']) h.cache.put(ConfigMap, thing(name));
    await h.clock.advance(10);
    away = false;
    for (const listener of h.client.listeners) listener.recovered?.(false);
    await h.clock.advance(0);
    expect(h.runs).toEqual(['a', 'b', 'a', 'b']);
    expect(await h.metric('workqueue_depth', { name: 'things' })).toBe(0);
  });

  it('gives a new wish a fresh start, and not what follows from its own writes', async () => {
    const failures: number[] = [];
    await h.start(
      async (_key, context) => {
        failures.push(context.failures);
        await Promise.resolve();
        throw new TypeError('invalid');
      },
      { controller: { predicate: specChanged, watches: [watching(Deployment, { map: ownedBy(ConfigMap) })] } },
    );
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(2_000);
    const reached = failures.length;
    h.cache.put(Deployment, { ...thing('child', { owner: thing('a') }), kind: 'Deployment' });
    await h.clock.advance(0);
    expect(failures.at(-1)).toBe(reached);
    h.cache.put(ConfigMap, thing('a', { version: '2', generation: 2 }));
    await h.clock.advance(0);
    expect(failures.at(-1)).toBe(0);
  });

  it('takes a delay that is no number for a failure, not for "at once"', async () => {
    await h.start(async () => await Promise.resolve({ requeueAfter: Number.NaN }), { controller: { backoff: {} } });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(60_000);
    expect(h.runs.length).toBeLessThan(30);
    expect(h.log.messages('error')).toContain('reconcile failed');
  });

  it('does not fill the log with a failure that lasts', async () => {
    await h.start(
      async () => {
        await Promise.resolve();
        throw new TypeError('always');
      },
      { controller: { backoff: {} } },
    );
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(3_600_000);
    expect(h.runs.length).toBeGreaterThan(600);
    expect(h.log.messages('error').length).toBeLessThan(12);
  });

  it('does not let poisoned keys delay others, be it by failing or by hanging', async () => {
    const waits = async (poisoned: boolean): Promise<number[]> => {
      const one = new Harness();
      const started = new Map<string, number>();
      await one.start(
        async (key) => {
          started.set(key.name, one.clock.monotonic());
          if (key.name.startsWith('hanging')) await hang();
          await Promise.resolve();
          if (key.name.startsWith('failing')) throw new TypeError('poison');
        },
        { controller: { concurrency: 4, reconcileTimeoutMs: 10_000, backoff: {} } },
      );
      const poison = poisoned ? ['hanging-1', 'hanging-2', 'hanging-3', 'failing-1', 'failing-2'] : [];
      for (const name of poison) one.cache.put(ConfigMap, thing(name));
      // Long enough for the hanging ones to be known as such.
      await one.clock.advance(20_000);
      const waited: number[] = [];
      for (let i = 0; i < 200; i += 1) {
        const name = `good-${i.toString()}`;
        const added = one.clock.monotonic();
        one.cache.put(ConfigMap, thing(name));
        await one.clock.advance(137);
        waited.push((started.get(name) ?? Number.POSITIVE_INFINITY) - added);
      }
      return waited;
    };
    expect(await waits(true)).toEqual(await waits(false));
  });

  it('does not try a terminal error again before something changes', async () => {
    await h.start(async () => {
      await Promise.resolve();
      throw new TerminalError('cannot be built');
    });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(3_600_000);
    expect(h.runs).toEqual(['a']);
    expect(await h.metric('controller_runtime_terminal_reconcile_errors_total', { controller: 'things' })).toBe(1);
    h.cache.put(ConfigMap, thing('a', { version: '2' }));
    await h.clock.advance(0);
    expect(h.runs).toEqual(['a', 'a']);
  });

  it('comes back when it asked to', async () => {
    await h.start(async () => Promise.resolve({ requeueAfter: 5_000 }));
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(4_999);
    expect(h.runs).toEqual(['a']);
    await h.clock.advance(1);
    expect(h.runs).toEqual(['a', 'a']);
    expect(
      await h.metric('controller_runtime_reconcile_total', { controller: 'things', result: 'requeue_after' }),
    ).toBe(2);
  });

  it('waits as long as the API server asked', async () => {
    let refused = false;
    await h.start(async () => {
      await Promise.resolve();
      if (!refused) {
        refused = true;
        throw new ApiError({ code: 429 }, 'PATCH', 7_000);
      }
    });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(6_999);
    expect(h.runs).toHaveLength(1);
    await h.clock.advance(1);
    expect(h.runs).toHaveLength(2);
  });

  it('takes a conflict for what it is: news, not an error to alarm about', async () => {
    let left = 1;
    await h.start(async () => {
      await Promise.resolve();
      if (left-- > 0) throw new ApiError({ code: 409, reason: 'Conflict' }, 'PUT');
    });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(1_000);
    expect(h.log.messages('error')).toEqual([]);
    expect(h.log.messages('info')).toContain('reconcile met a newer version');
  });

  it('survives a reconcile that throws before its first await', async () => {
    await h.start(() => {
      throw new RangeError('a mistake');
    });
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(150);
    expect(h.runs.length).toBeGreaterThan(1);
  });

  it('ends a reconcile at its time limit, even one that never returns, and tries it again', async () => {
    const signals: AbortSignal[] = [];
    await h.start(
      async (_key, context) => {
        signals.push(context.signal);
        await new Promise(() => undefined);
      },
      { controller: { reconcileTimeoutMs: 1_000 } },
    );
    h.cache.put(ConfigMap, thing('a'));
    await h.clock.advance(1_000);
    expect(signals[0]?.aborted).toBe(true);
    expect(h.runs).toHaveLength(1);
    await h.clock.advance(6_000);
    expect(h.runs).toHaveLength(2);
    expect(await h.metric('controller_runtime_reconcile_timeouts_total', { controller: 'things' })).toBe(1);
  });

  it('lets one hanging key hold up no other, as long as it has workers', async () => {
    await h.start(async (key) => (key.name === 'poisoned' ? hang() : Promise.resolve(undefined)), {
      controller: { concurrency: 2 },
    });
    h.cache.put(ConfigMap, thing('poisoned'));
    for (const name of ['a', 'b', 'c']) h.cache.put(ConfigMap, thing(name));
    await h.clock.advance(0);
    expect(h.runs).toEqual(['poisoned', 'a', 'b', 'c']);
    expect(await h.metric('controller_runtime_active_workers', { controller: 'things' })).toBe(1);
    expect(await h.metric('workqueue_unfinished_work_seconds', { name: 'things' })).toBe(0);
    await h.clock.advance(3_000);
    expect(await h.metric('workqueue_longest_running_processor_seconds', { name: 'things' })).toBe(3);
  });

  it('never runs one key twice at a time, however many workers', async () => {
    let running = 0;
    let most = 0;
    await h.start(
      async () => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) =>
          h.clock.after(10, () => {
            resolve(undefined);
          }),
        );
        running -= 1;
      },
      { controller: { concurrency: 8 } },
    );
    for (let version = 1; version < 40; version += 1) {
      h.cache.put(ConfigMap, thing('a', { version: version.toString() }));
      await h.clock.advance(3);
    }
    expect(most).toBe(1);
  });

  it('looks at everything again once in a while', async () => {
    await h.start(nothing, { controller: { resyncMs: 60_000 } });
    for (const name of ['a', 'b']) h.cache.put(ConfigMap, thing(name));
    await h.clock.advance(67_000);
    expect(h.runs).toEqual(['a', 'b', 'a', 'b']);
  });
});
