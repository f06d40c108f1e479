import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { connect } from '../client/connect.ts';
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
import type { Cache, InformerOptions, Store } from './types.ts';
import type { ServerResponse } from 'node:http';

const key = { namespace: 'default', name: 'a' };
const desired = { metadata: key, data: {} };

let server: ScriptedServer;
let client: KubeClient;
let cache: Cache;
let store: Store<ConfigMap>;
let told: string[];
let watch: ServerResponse;
let answer: (request: Received, response: ServerResponse) => void;

function standard(request: Received, response: ServerResponse): void {
  if (isWatch(request)) {
    watch = response;
    response.writeHead(200).flushHeaders();
  } else if (request.method === 'GET') json(response, listOf(10, [configMap('a', 5)]));
  else answer(request, response);
}

beforeEach(async () => {
  server = await ScriptedServer.start(standard);
  client = connect({ kubeconfig: server.kubeconfig, userAgent: 'test' });
  answer = (_request, response) => {
    json(response, configMap('a', 20));
  };
});
afterEach(async () => {
  await cache.stop();
  await client.close();
  await server.stop();
});

async function start(options: InformerOptions<ConfigMap> = {}, timing = {}): Promise<void> {
  cache = createCache({ client, timing });
  const informer = cache.informer(ConfigMap, options);
  store = informer.store;
  told = [];
  informer.addHandler({
    add: (object) => told.push(`add ${object.metadata.name}@${object.metadata.resourceVersion}`),
    update: (_before, after) => told.push(`update ${after.metadata.name}@${after.metadata.resourceVersion}`),
    delete: (object) => told.push(`delete ${object.metadata.name} ${object.metadata.uid}`),
  });
  await cache.start();
  told = [];
  await until(() => {
    expect(server.requests.filter(isWatch)).toHaveLength(1);
  });
}

const version = (): string | undefined => store.get(key)?.metadata.resourceVersion;

/** The watch shows these lines, and then a bookmark of version 1,000 that tells that all of them have been taken in. */
async function show(...lines: string[]): Promise<void> {
  watch.write(`${lines.join('')}${line('BOOKMARK', configMap('', 1_000))}`);
  await until(() => {
    expect(store.resourceVersion()).toBe('1000');
  });
}

describe('a cache', () => {
  it('shows our own write as soon as it is answered, and tells it once', async () => {
    await start();
    await client.apply(ConfigMap, desired, { fieldManager: 'test' });
    expect(version()).toBe('20');
    await show(line('MODIFIED', configMap('a', 15)), line('MODIFIED', configMap('a', 20)));
    expect(version()).toBe('20');
    expect(told).toEqual(['update a@20']);
  });

  it('keeps what the writer was given apart from what it keeps itself', async () => {
    await start({ transform: (object) => ({ ...object, data: {} }) });
    const answered = await client.apply(ConfigMap, desired, { fieldManager: 'test' });
    expect(answered.metadata.managedFields).toHaveLength(1);
    expect(store.get(key)?.metadata.managedFields).toBeUndefined();
  });

  it('shows an object of ours that was made while a list was under way', async () => {
    await start();
    answer = (_request, response) => {
      json(response, configMap('b', 20));
    };
    await client.create(ConfigMap, { metadata: { ...key, name: 'b' } });
    // The list is of version 10: it cannot know.
    watch.end(line('ERROR', { code: 410 }));
    await until(() => {
      expect(server.requests.filter(isWatch)).toHaveLength(2);
    });
    expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });

  it('does not bring back what the watch has seen go', async () => {
    await start();
    answer = (_request, response) => {
      watch.write(line('MODIFIED', configMap('a', 20)) + line('DELETED', configMap('a', 21)));
      void until(() => {
        expect(version()).toBeUndefined();
      }).then(() => {
        json(response, configMap('a', 20));
      });
    };
    await client.apply(ConfigMap, desired, { fieldManager: 'test' });
    expect(version()).toBeUndefined();
  });

  it('is rid of what we deleted at once, and does not bring it back for old news', async () => {
    await start();
    answer = (_request, response) => {
      json(response, { kind: 'Status', status: 'Success' });
    };
    await client.delete(ConfigMap, key, { uid: 'uid-a' });
    expect(version()).toBeUndefined();
    await show(line('MODIFIED', configMap('a', 19)), line('DELETED', configMap('a', 21)));
    expect(told).toEqual(['delete a uid-a']);
    await client.close();
  });

  it('is rid at once of what the server answers a deletion with, as it does for Services, Pods and claims', async () => {
    await start();
    answer = (_request, response) => {
      json(response, configMap('a', 21));
    };
    await client.delete(ConfigMap, key);
    expect(version()).toBeUndefined();
    await show(line('MODIFIED', configMap('a', 19)), line('DELETED', configMap('a', 21)));
    expect(told).toEqual(['delete a uid-a']);
  });

  it('is rid at once of what was deleted without saying which, when the server says which it was', async () => {
    await start();
    answer = (_request, response) => {
      json(response, { kind: 'Status', status: 'Success', details: { name: 'a', uid: 'uid-a' } });
    };
    await client.delete(ConfigMap, key);
    expect(version()).toBeUndefined();
  });

  it('hears of what the server does not know any more, whatever was asked, and lists again when no watch tells', async () => {
    const asked: (() => Promise<unknown>)[] = [
      async () => client.find(ConfigMap, key),
      async () => client.patch(ConfigMap, key, { patch: {} }),
      async () => client.update(ConfigMap, configMap('a', 5)),
      async () => client.applyStatus(ConfigMap, desired, { fieldManager: 'test' }),
      async () => client.delete(ConfigMap, key, { uid: 'uid-a' }),
    ];
    for (const ask of asked) {
      await start({}, { lagMs: 10 });
      let lists = 0;
      server.answer((request, response) => {
        if (isWatch(request)) response.writeHead(200).flushHeaders();
        else if (request.url.pathname.endsWith('/configmaps')) json(response, listOf(30 + lists++, []));
        else refuse(response, 404, { reason: 'NotFound' });
      });
      await ask().catch(() => undefined);
      await until(() => {
        expect(told).toEqual(['delete a uid-a']);
      });
      expect(lists).toBe(1);
      await cache.stop();
      server.requests.length = 0;
      server.answer(standard);
    }
  });

  it('shows that an object is going while its finalizers run', async () => {
    await start();
    answer = (_request, response) => {
      const going = configMap('a', 22);
      json(response, { ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    };
    await client.delete(ConfigMap, key, { uid: 'uid-a' });
    expect(store.get(key)?.metadata.deletionTimestamp).toBeDefined();
  });

  it('takes nothing of dry runs, of what it does not select, or of other kinds of answer', async () => {
    await start({ labelSelector: 'mine=yes' });
    await client.apply(ConfigMap, desired, { fieldManager: 'test' });
    await client.apply(ConfigMap, desired, { fieldManager: 'test', dryRun: true });
    answer = (_request, response) => {
      json(response, { kind: 'Scale', metadata: { ...key, resourceVersion: '30', labels: { mine: 'yes' } } });
    };
    await client.patch(ConfigMap, key, { patch: {}, subresource: 'scale' });
    expect(version()).toBe('5');
  });

  it('shows what was read by its name, and lists again when no watch shows it', async () => {
    await start({}, { lagMs: 30 });
    server.answer((request, response) => {
      if (isWatch(request)) response.writeHead(200).flushHeaders();
      else if (request.url.pathname.endsWith('/a')) json(response, configMap('a', 20));
      else json(response, listOf(30, [configMap('a', 25)]));
    });
    await client.get(ConfigMap, key);
    expect(version()).toBe('20');
    await until(() => {
      expect(version()).toBe('25');
    });
  });

  it('replaces a watch that does not show our own write', async () => {
    await start({}, { lagMs: 30 });
    await client.apply(ConfigMap, desired, { fieldManager: 'test' });
    await until(() => {
      expect(server.requests.filter(isWatch)).toHaveLength(2);
    });
  });
});

describe('after requests that got no answer', () => {
  /** A request that is answered, and before it one that is not. */
  async function trouble(fault: (response: ServerResponse) => void): Promise<void> {
    answer = (_request, response) => {
      fault(response);
    };
    await client.apply(ConfigMap, desired, { fieldManager: 'test', timeoutMs: 50 }).catch(() => undefined);
    answer = (_request, response) => {
      json(response, configMap('a', 5));
    };
    await client.apply(ConfigMap, desired, { fieldManager: 'test' });
  }

  it('every watch is taken up again on a new connection, when nothing had come at all', async () => {
    await start();
    const before = server.connections;
    await trouble(() => undefined);
    await until(() => {
      expect(server.requests.filter(isWatch)).toHaveLength(2);
    });
    // One for the watch, one for the request: none of the old ones is trusted.
    expect(server.connections).toBe(before + 2);
  });

  it('watches are not taken up again and again while a server is merely slow', async () => {
    await start();
    for (let round = 0; round < 3; round += 1) await trouble(() => undefined);
    await until(() => {
      expect(server.requests.filter(isWatch)).toHaveLength(2);
    });
  });

  it('watches stay open when only one request was slow while others were answered', async () => {
    await start();
    const before = server.connections;
    answer = (request, response) => {
      if (request.method === 'POST') json(response, configMap('a', 5));
    };
    const slow = client.apply(ConfigMap, desired, { fieldManager: 'test', timeoutMs: 100 }).catch(() => undefined);
    await client.create(ConfigMap, desired);
    await slow;
    await client.create(ConfigMap, desired);
    await show();
    expect(server.requests.filter(isWatch)).toHaveLength(1);
    // The two at once; nothing was made anew but for the one that was given up.
    expect(server.connections).toBeLessThanOrEqual(before + 2);
  });

  it('watches stay open when only a connection broke', async () => {
    await start();
    await trouble((response) => response.destroy());
    await show();
    expect(server.requests.filter(isWatch)).toHaveLength(1);
  });
});
