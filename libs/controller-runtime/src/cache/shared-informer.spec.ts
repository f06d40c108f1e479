import { describe, expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import type { KubeClient, WatchEvent } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import { systemClock, type Clock } from '../clock/clock.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import { configMap } from '../testing/scripted-server.ts';
import { SharedInformer } from './shared-informer.ts';
import type { InformerOptions } from './types.ts';

type Script = {
  lists: ReturnType<typeof configMap>[][];
  version: number;
  push: (type: string, object: object) => void;
  expire: () => void;
};

/** A client whose list and watch a test drives step by step. */
function scripted(): { client: KubeClient; script: Script } {
  const client = new MemoryClient() as unknown as { -readonly [Key in keyof KubeClient]: KubeClient[Key] };
  const waiting: (() => void)[] = [];
  const lines: (WatchEvent<ConfigMap> | 'expire')[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const script: Script = {
    lists: [],
    version: 100,
    push: (type, object) => {
      lines.push({ type, object } as never);
      wake();
    },
    expire: () => {
      lines.push('expire');
      wake();
    },
  };
  client.list = (async () => {
    await Promise.resolve();
    return { items: structuredClone(script.lists.shift() ?? []), resourceVersion: (script.version++).toString() };
  }) as never;
  client.watch = (async (_resource: unknown, options: { signal: AbortSignal }) => {
    await Promise.resolve();
    options.signal.addEventListener('abort', wake);
    return (async function* () {
      while (!options.signal.aborted) {
        const next = lines.shift();
        if (next === 'expire') throw new ApiError({ code: 410 }, 'watch');
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => waiting.push(resolve));
      }
    })();
  }) as never;
  return { client, script };
}

async function open(
  options: InformerOptions<ConfigMap>,
  lists: ReturnType<typeof configMap>[][],
  clock: Clock = systemClock,
) {
  const { client, script } = scripted();
  script.lists = lists;
  const told: string[] = [];
  const log = new RecordingLogger();
  const informer = new SharedInformer<ConfigMap>({
    client,
    resource: ConfigMap,
    namespaces: [undefined],
    options,
    clock,
    log,
  });
  const stop = new AbortController();
  informer.addHandler({
    add: (object, initial) => told.push(`add ${object.metadata.name}${initial ? ' (listed)' : ''}`),
    update: (before, after) =>
      told.push(`update ${after.metadata.name} ${before.metadata.resourceVersion}->${after.metadata.resourceVersion}`),
    delete: (object) => told.push(`delete ${object.metadata.name} ${object.metadata.uid}`),
  });
  const running = informer.run(stop.signal);
  await informer.settled();
  return {
    informer,
    script,
    told,
    log,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('a shared informer', () => {
  it('tells its handlers of what it listed, then of every change, and keeps its store in step', async () => {
    await using open1 = await open({}, [[configMap('a', 1)]]);
    const { informer, script, told } = open1;
    script.push('ADDED', configMap('b', 101));
    script.push('MODIFIED', configMap('a', 102));
    script.push('DELETED', configMap('b', 103));
    await settled();
    expect(told).toEqual(['add a (listed)', 'add b', 'update a 1->102', 'delete b uid-b']);
    expect(informer.store.list().map((object) => object.metadata.name)).toEqual(['a']);
    expect(informer.store.resourceVersion()).toBe('103');
  });

  it('shows an object that was deleted and made anew as two things, however the news arrives', async () => {
    await using open1 = await open({}, [[configMap('a', 1, { uid: 'first' })]]);
    open1.script.push('MODIFIED', configMap('a', 101, { uid: 'second' }));
    await settled();
    expect(open1.told).toEqual(['add a (listed)', 'delete a first', 'add a']);
  });

  it('does not let a late deletion of the old remove the new', async () => {
    await using open1 = await open({}, [[configMap('a', 1, { uid: 'first' })]]);
    open1.script.push('ADDED', configMap('a', 105, { uid: 'second' }));
    await settled();
    open1.script.push('DELETED', configMap('a', 104, { uid: 'first' }));
    await settled();
    expect(open1.informer.store.get({ namespace: 'default', name: 'a' })?.metadata.uid).toBe('second');
  });

  it('keeps quiet about objects that a second list shows unchanged, and finds what it missed', async () => {
    await using open1 = await open({}, [
      [configMap('same', 1), configMap('changed', 2), configMap('gone', 3)],
      [configMap('same', 1), configMap('changed', 50), configMap('new', 60)],
    ]);
    open1.told.length = 0;
    open1.script.expire();
    await settled();
    expect(open1.told).toEqual(['delete gone uid-gone', 'update changed 2->50', 'add new (listed)']);
    expect(open1.informer.store.size).toBe(3);
  });

  it('drops managedFields and whatever the transform strips', async () => {
    const transform = (object: ConfigMap): ConfigMap => {
      delete object.data;
      return object;
    };
    await using open1 = await open({ transform }, [[configMap('a', 1, { data: { big: 'x' } })]]);
    const stored = open1.informer.store.get({ namespace: 'default', name: 'a' })!;
    expect(stored.metadata.managedFields).toBeUndefined();
    expect(stored.data).toBeUndefined();
  });

  it('keeps one failing handler from the others and from the watch', async () => {
    await using open1 = await open({}, [[]]);
    open1.informer.addHandler({
      add: () => {
        throw new TypeError('a mistake in a handler');
      },
    });
    const late: string[] = [];
    open1.informer.addHandler({ add: (object) => late.push(object.metadata.name) });
    open1.script.push('ADDED', configMap('a', 101));
    open1.script.push('ADDED', configMap('b', 102));
    await settled();
    expect(open1.told).toEqual(['add a', 'add b']);
    expect(late).toEqual(['a', 'b']);
    expect(open1.log.messages('error')).toEqual(['a watch handler failed', 'a watch handler failed']);
  });

  it('tells a handler that comes late of everything there is, and one that left of nothing more', async () => {
    await using open1 = await open({}, [[configMap('a', 1)]]);
    const late: string[] = [];
    const leave = open1.informer.addHandler({
      add: (object, initial) => late.push(`${object.metadata.name} ${String(initial)}`),
    });
    leave();
    open1.script.push('ADDED', configMap('b', 101));
    await settled();
    expect(late).toEqual(['a true']);
  });

  describe('told that the server does not know an object', () => {
    const a = { namespace: 'default', name: 'a' };
    const missing = { resource: ConfigMap, key: a, object: undefined, uid: undefined };

    it('believes a watch that shows soon enough that it went, or was made anew', async () => {
      const clock = new FakeClock();
      await using open1 = await open({}, [[configMap('a', 1)], []], clock);
      open1.informer.answered(missing);
      await clock.advance(1_199);
      open1.script.push('DELETED', configMap('a', 101));
      open1.script.push('ADDED', configMap('a', 102, { uid: 'second' }));
      await clock.advance(60_000);
      expect(open1.told).toEqual(['add a (listed)', 'delete a uid-a', 'add a']);
      expect(open1.script.lists).toHaveLength(1);
    });

    it('does not list more often than once in ten seconds, however often it is told', async () => {
      const clock = new FakeClock();
      const lists = Array.from({ length: 20 }, () => [configMap('a', 1)]);
      await using open1 = await open({}, lists, clock);
      for (let second = 0; second < 60; second += 1) {
        open1.informer.answered(missing);
        await clock.advance(1_000);
      }
      const again = 19 - open1.script.lists.length;
      expect(again).toBeGreaterThan(4);
      expect(again).toBeLessThanOrEqual(6);
      expect(open1.told).toEqual(['add a (listed)']);
    });

    it('does not care about what it does not show', async () => {
      const clock = new FakeClock();
      await using open1 = await open({}, [[]], clock);
      const before = clock.pending;
      open1.informer.answered(missing);
      expect(clock.pending).toBe(before);
    });
  });
});
