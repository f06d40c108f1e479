import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap, Secret } from '../api/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { defineController, watching } from '../controller/sources.ts';
import { createManager } from '../manager/manager.ts';
import type { Manager } from '../manager/types.ts';
import { until } from '../testing/eventually.ts';
import {
  configMap,
  isWatch,
  json,
  line,
  listOf,
  refuse,
  ScriptedServer,
  type Received,
} from '../testing/scripted-server.ts';
import { createCache } from './cache.ts';
import type { ReflectorTiming } from './reflector-timing.ts';
import { StoreRefusedError } from './refusable-store.ts';
import type { Cache, InformerOptions, Store } from './types.ts';

type Verb = 'list' | 'watch';

let server: ScriptedServer;
let client: KubeClient;
let cache: Cache;
let manager: Manager | undefined;
/** What is answered instead, by kind and verb, for example `list secrets`. */
let faults: Map<string, (response: ServerResponse) => void>;
/** Watches that are open, by kind. */
let open: Map<string, ServerResponse[]>;

const forbidden = (verb: Verb, kind: string): void => {
  const message = `${kind} is forbidden: User "me" cannot ${verb} resource "${kind}" in API group ""`;
  faults.set(`${verb} ${kind}`, (response) => {
    refuse(response, 403, { reason: 'Forbidden', message });
  });
};

function answer(request: Received, response: ServerResponse): void {
  const kind = request.url.pathname.split('/').at(-1) ?? '';
  const fault = faults.get(`${isWatch(request) ? 'watch' : 'list'} ${kind}`);
  if (fault !== undefined) fault(response);
  else if (!isWatch(request)) json(response, listOf(10, [configMap(`${kind}-1`, 9)]));
  else {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    open.set(kind, [...(open.get(kind) ?? []), response]);
  }
}

function makeCache(options: InformerOptions<Secret>, timing: Partial<ReflectorTiming> = {}): Cache {
  const made = createCache({
    client,
    watches: 2,
    timing: { backoffMs: 1, maxBackoffMs: 5, shortestWatchMs: 0, refusedMs: 20, ...timing },
  });
  made.informer(ConfigMap);
  made.informer(Secret, { indexes: { all: () => ['yes'] }, ...options });
  return made;
}

beforeEach(async () => {
  faults = new Map();
  open = new Map();
  server = await ScriptedServer.start(answer);
  client = connect({ kubeconfig: server.kubeconfig, userAgent: 'test' });
  cache = makeCache({ tolerateRefusal: true });
  manager = undefined;
});

afterEach(async () => {
  await manager?.stop();
  await cache.stop();
  await client.close();
  await server.stop();
});

const namesIn = (store: Store<Secret>): string[] => store.list().map(({ metadata }) => metadata.name);

describe('a kind that may not be listed', () => {
  it('keeps nobody from starting once that is known, where it is tolerated', async () => {
    forbidden('list', 'secrets');
    await cache.start();
    expect(cache.hasSynced()).toBe(true);
    expect(cache.waitingFor()).toEqual([]);
    expect(cache.store(ConfigMap).size).toBe(1);
    expect(cache.problems()).toMatchObject([{ resource: 'v1/secrets', error: { code: 403 } }]);
  });

  it('is waited for where it is not tolerated', async () => {
    await cache.stop();
    cache = makeCache({});
    forbidden('list', 'secrets');
    const start = new AbortController();
    const started = cache.start(start.signal);
    await until(() => {
      expect(cache.problems()).toHaveLength(1);
    });
    expect(cache.waitingFor()).toEqual(['v1/secrets']);
    expect(cache.store(Secret).list()).toEqual([]);
    start.abort(new TypeError('enough'));
    await expect(started).rejects.toThrow('enough');
  });

  it('does not look like one of which there is nothing: whoever reads it learns what the server said', async () => {
    forbidden('list', 'secrets');
    await cache.start();
    const store = cache.store(Secret);
    const looks = [
      () => store.get({ namespace: 'default', name: 'secrets-1' }),
      () => store.list(),
      () => store.byIndex('all', 'yes'),
      () => store.ownedBy('somebody'),
      () => store.size,
    ];
    for (const look of looks) expect(look).toThrow(StoreRefusedError);
    expect(looks[0]).toThrow(
      'v1/secrets cannot be followed: secrets is forbidden: User "me" cannot list resource "secrets" in API group "" (403)',
    );
    expect(store.hasSynced()).toBe(false);
    expect(store.resourceVersion()).toBeUndefined();
  });

  it('stays refused while the server then does not answer at all, and says the same each time', async () => {
    forbidden('list', 'secrets');
    await cache.start();
    const errors = new Set<unknown>();
    const look = (): void => {
      try {
        cache.store(Secret).list();
        errors.add('nothing');
      } catch (error) {
        errors.add(error);
      }
    };
    look();
    faults.set('list secrets', (response) => {
      refuse(response, 500);
    });
    await until(() => {
      look();
      expect(cache.problems()).toMatchObject([{ error: { code: 500 } }]);
    });
    look();
    expect([...errors]).toMatchObject([{ refusal: { code: 403 } }]);
  });

  it('is waited for while the server is merely in trouble', async () => {
    faults.set('list secrets', (response) => {
      refuse(response, 500);
    });
    const started = cache.start();
    await until(() => {
      expect(cache.problems()).toHaveLength(1);
    });
    expect(cache.waitingFor()).toEqual(['v1/secrets']);
    faults.clear();
    await started;
    expect(namesIn(cache.store(Secret))).toEqual(['secrets-1']);
  });

  it('is waited for while the server may only just have started: it then refuses everybody for a moment', async () => {
    await cache.stop();
    cache = makeCache({ tolerateRefusal: true }, { refusedMs: 60_000 });
    forbidden('list', 'secrets');
    const told: unknown[] = [];
    cache.informer(Secret).addHandler({ refused: (error) => told.push(error) });
    const started = cache.start();
    await until(() => {
      expect(server.requests.filter(({ url }) => url.pathname.endsWith('/secrets')).length).toBeGreaterThan(3);
    });
    expect(cache.waitingFor()).toEqual(['v1/secrets']);
    faults.clear();
    await started;
    expect(namesIn(cache.store(Secret))).toEqual(['secrets-1']);
    expect(told).toEqual([]);
  });

  it('is there by itself once the right is granted', async () => {
    forbidden('list', 'secrets');
    const told: string[] = [];
    cache.informer(Secret).addHandler({
      add: ({ metadata }) => told.push(`+${metadata.name}`),
      refused: (error) => told.push(error === undefined ? 'granted' : 'refused'),
    });
    await cache.start();
    faults.clear();
    await until(() => {
      expect(namesIn(cache.store(Secret))).toEqual(['secrets-1']);
    });
    expect(told).toEqual(['refused', '+secrets-1', 'granted']);
    expect(cache.problems()).toEqual([]);
  });
});

describe('a kind that may not be listed in one of two namespaces', () => {
  it('is there once both have been listed', async () => {
    await cache.stop();
    const held: ServerResponse[] = [];
    let isGranted = false;
    faults.set('list secrets', (response) => {
      const inFirst = response.req.url?.includes('/namespaces/first/') === true;
      if (!inFirst) held.push(response);
      else if (isGranted) json(response, listOf(10, []));
      else refuse(response, 403, { reason: 'Forbidden', message: 'cannot list resource "secrets"' });
    });
    const timing = { backoffMs: 1, maxBackoffMs: 5, refusedMs: 20 };
    cache = createCache({ client, namespaces: ['first', 'second'], timing });
    const { store } = cache.informer(Secret, { tolerateRefusal: true });
    await cache.start();
    isGranted = true;
    await until(() => {
      expect(cache.problems()).toEqual([]);
    });
    expect(() => store.list()).toThrow(StoreRefusedError);
    for (const response of held) json(response, listOf(10, [configMap('secrets-1', 9)]));
    await until(() => {
      expect(namesIn(store)).toEqual(['secrets-1']);
    });
  });
});

describe('a kind that may be listed and not watched', () => {
  it('cannot be read, since nobody knows whether it still is so', async () => {
    forbidden('watch', 'secrets');
    await cache.start();
    await until(() => {
      expect(() => cache.store(Secret).list()).toThrow('cannot watch resource "secrets"');
    });
    expect(cache.problems()).toMatchObject([{ resource: 'v1/secrets', error: { code: 403 } }]);
    faults.clear();
    await until(() => {
      expect(namesIn(cache.store(Secret))).toEqual(['secrets-1']);
    });
  });

  it('is told of when the right is taken away while it is followed, and goes on from where it was', async () => {
    await cache.start();
    await until(() => {
      expect(open.get('secrets')).toHaveLength(2);
    });
    forbidden('watch', 'secrets');
    for (const watch of open.get('secrets') ?? []) watch.end();
    await until(() => {
      expect(() => cache.store(Secret).size).toThrow(StoreRefusedError);
    });
    faults.clear();
    await until(() => {
      expect(open.get('secrets')?.length).toBeGreaterThan(2);
    });
    open
      .get('secrets')
      ?.at(-1)
      ?.write(line('ADDED', configMap('secrets-2', 11)));
    await until(() => {
      expect(namesIn(cache.store(Secret))).toEqual(['secrets-1', 'secrets-2']);
    });
    expect(
      server.requests.filter(({ url }) => url.pathname.endsWith('/secrets')).filter((one) => !isWatch(one)),
    ).toHaveLength(1);
  });

  it('is read on while one of its two watches is there', async () => {
    await cache.start();
    await until(() => {
      expect(open.get('secrets')).toHaveLength(2);
    });
    forbidden('watch', 'secrets');
    const before = server.requests.length;
    open.get('secrets')?.[0]?.end();
    await until(() => {
      expect(server.requests.length).toBeGreaterThan(before + 2);
    });
    expect(namesIn(cache.store(Secret))).toEqual(['secrets-1']);
    expect(cache.problems()).toEqual([]);
  });
});

describe('a controller one of whose kinds is refused', () => {
  it('works all the same, and looks again when that begins and when it ends', async () => {
    const seen: string[] = [];
    const reconcile = async (): Promise<undefined> => {
      await Promise.resolve();
      try {
        seen.push(namesIn(cache.store(Secret)).join());
      } catch (error) {
        seen.push((error as Error).name);
        throw error;
      }
    };
    const controller = defineController({
      name: 'things',
      primary: ConfigMap,
      watches: [watching(Secret, { map: () => [] })],
      backoff: { baseMs: 60_000, maxMs: 60_000 },
      reconcile,
    });
    forbidden('list', 'secrets');
    manager = createManager({ client, cache, controllers: [controller] });
    await manager.start();
    expect(manager.health()).toMatchObject({ synced: true, waitingFor: [], problems: [{ resource: 'v1/secrets' }] });
    await until(() => {
      expect(seen).toEqual(['StoreRefusedError']);
    });
    faults.clear();
    await until(() => {
      expect(seen).toEqual(['StoreRefusedError', 'secrets-1']);
    });
    await until(() => {
      expect(open.get('secrets')).toHaveLength(2);
    });
    forbidden('watch', 'secrets');
    for (const watch of open.get('secrets') ?? []) watch.end();
    await until(() => {
      expect(seen).toEqual(['StoreRefusedError', 'secrets-1', 'StoreRefusedError']);
    });
  });
});
