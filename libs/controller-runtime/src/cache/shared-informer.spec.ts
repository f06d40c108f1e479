import { describe, expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import type { Answered, KubeClient, WatchEvent } from '../client/client.ts';
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
  /** What a list waits for before it is answered. */
  listing: (signal: AbortSignal) => Promise<void>;
  /** What a watch still shows after it was given up. */
  late: WatchEvent<ConfigMap>[];
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
    listing: async () => Promise.resolve(),
    late: [],
    push: (type, object) => {
      lines.push({ type, object } as never);
      wake();
    },
    expire: () => {
      lines.push('expire');
      wake();
    },
  };
  client.list = (async (_resource: unknown, options: { signal: AbortSignal }) => {
    await script.listing(options.signal);
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
      yield* script.late.splice(0);
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
    update: (before, after, initial) => {
      const versions = `${before.metadata.resourceVersion}->${after.metadata.resourceVersion}`;
      told.push(`update ${after.metadata.name} ${versions}${initial ? ' (listed)' : ''}`);
    },
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

/** What the server answered to a read or a write. */
function answered(object: ReturnType<typeof configMap>): Answered {
  return {
    resource: ConfigMap,
    key: { namespace: 'default', name: object.metadata.name },
    object,
    uid: undefined,
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
    // Only the first list tells of what may be old news: these are changes, and go before all that waits since the start.
    expect(open1.told).toEqual(['delete gone uid-gone', 'update changed 2->50', 'add new']);
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

  it('leaves no timer behind when it is stopped while it lists', async () => {
    const clock = new FakeClock();
    {
      await using open1 = await open({}, [[configMap('a', 1)]], clock);
      open1.script.listing = async (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      open1.script.expire();
      await settled();
      open1.informer.answered(answered(configMap('a', 150)));
      open1.informer.answered({ ...answered(configMap('a', 150)), object: undefined });
      await clock.advance(60_000);
    }
    expect(clock.pending).toBe(0);
  });

  it('lists again although the watch that it does not trust any more still shows something', async () => {
    const clock = new FakeClock();
    await using open1 = await open({}, [[configMap('a', 1)], [configMap('a', 160)]], clock);
    open1.script.version = 170;
    open1.informer.answered(answered(configMap('a', 150)));
    // Replaced twice in vain, after 1.2 and 2.4 s; not believed any more after another 4.8 s.
    await clock.advance(8_000);
    open1.script.late.push({ type: 'ADDED', object: configMap('b', 120) as unknown as ConfigMap });
    await clock.advance(1_000);
    expect(open1.told).toEqual(['add a (listed)', 'update a 1->150', 'update a 150->160']);
  });

  it('shows what a backup has brought back, although we had deleted it', async () => {
    const clock = new FakeClock();
    const lists = Array.from({ length: 12 }, () => [configMap('a', 1)]);
    await using open1 = await open({}, lists, clock);
    open1.informer.answered({ ...answered(configMap('a', 1)), object: undefined, uid: 'uid-a' });
    open1.script.version = 5;
    open1.script.expire();
    await clock.advance(120_000);
    expect(open1.told).toEqual(['add a (listed)', 'delete a uid-a', 'add a']);
  });

  it('has a watch show in time that an object is not selected any more', async () => {
    const clock = new FakeClock();
    const listed = { ...configMap('a', 1), metadata: { ...configMap('a', 1).metadata, labels: { mine: 'yes' } } };
    await using open1 = await open({ labelSelector: 'mine=yes' }, [[listed], []], clock);
    open1.script.version = 170;
    open1.informer.answered(answered(configMap('foreign', 140)));
    await clock.advance(60_000);
    expect(open1.told, 'what it neither selects nor shows is no news').toEqual(['add a (listed)']);
    open1.informer.answered(answered(configMap('a', 150)));
    await clock.advance(60_000);
    expect(open1.told).toEqual(['add a (listed)', 'delete a uid-a']);
  });

  describe('told that the server does not know an object', () => {
    const missing = { ...answered(configMap('a', 1)), object: undefined };

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
