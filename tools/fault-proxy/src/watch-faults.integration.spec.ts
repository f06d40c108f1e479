import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { ConfigMap, connect, type KubeClient } from '@tagservice/controller-runtime';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy } from './proxy.ts';
import type { Entrance, Fault, FaultProxy, HistoryEntry, Match } from './types.ts';

let api: ApiServer;
let proxy: FaultProxy;
let direct: KubeClient;
let entrance: Entrance;
let client: KubeClient;
let stop: AbortController;
let run = 0;

beforeAll(async () => {
  api = await startApiServer();
  direct = connect({ kubeconfig: api.kubeconfig, userAgent: 'direct/1' });
  proxy = await startFaultProxy({ kubeconfig: api.kubeconfig });
});
beforeEach(async () => {
  run += 1;
  stop = new AbortController();
  entrance = await proxy.open(`watcher-${String(run)}`);
  client = connect({ kubeconfig: entrance.kubeconfig, userAgent: 'test/1', timeoutMs: 5_000 });
});
afterEach(async () => {
  stop.abort();
  await client.close();
  await expect.poll(() => entrance.active, { timeout: 5_000, interval: 10 }).toBe(0);
  await entrance.close();
});
afterAll(async () => {
  await proxy.close();
  await direct.close();
  await api.stop();
});

const patience = { timeout: 10_000, interval: 10 };
const labels = () => ({ run: `run-${String(run)}` });
const key = (name: string) => ({ namespace: 'default', name: `run-${String(run)}-${name}` });
const make = (name: string, data: Record<string, string> = {}) =>
  direct.create(ConfigMap, { metadata: { ...key(name), labels: labels() }, data });
const set = (name: string, a: string) => direct.patch(ConfigMap, key(name), { patch: { data: { a } } });
const remove = (name: string) => direct.delete(ConfigMap, key(name));
const add = (fault: Fault, match: Match = {}, times?: number) =>
  entrance.faults.add({ match: { verb: 'watch', ...match }, fault, ...(times === undefined ? {} : { times }) });
const watched = (): HistoryEntry => proxy.history.findLast(({ verb }) => verb === 'watch')!;

/** Opens a watch of this test's objects; `told` grows by `+a`, `~a`, `-a`, and by how it ended. */
async function watch(from?: string): Promise<{ told: string[]; listed: string; last: () => string }> {
  const selection = { namespace: 'default', labelSelector: `run=run-${String(run)}` };
  const listed = (await client.list(ConfigMap, selection)).resourceVersion;
  const told: string[] = [];
  const versions: string[] = [];
  const opened = await client.watch(ConfigMap, { ...selection, resourceVersion: from ?? listed, signal: stop.signal });
  const signs = { ADDED: '+', MODIFIED: '~', DELETED: '-', BOOKMARK: '.' };
  void (async () => {
    try {
      for await (const { type, object } of opened) {
        told.push(`${signs[type]}${object.metadata.name?.replace(/^run-\d+-/, '') ?? ''}`);
        versions.push(object.metadata.resourceVersion);
      }
      told.push('end');
    } catch (error) {
      const { code } = error as { code?: number };
      told.push(code === undefined ? (error as Error).name : `error ${String(code)}`);
    }
  })();
  return { told, listed, last: () => versions.at(-1)! };
}

describe('a watch', () => {
  it('is handed on line by line, and its events are counted', async () => {
    const { told } = await watch();
    await make('a');
    await set('a', '1');
    await remove('a');
    await expect.poll(() => told, patience).toEqual(['+a', '~a', '-a']);
    expect(watched()).toMatchObject({ events: 3, code: 200, answered: 200 });
    expect(watched().ended).toBeUndefined();
    stop.abort();
    await expect.poll(() => watched().ended, patience).toBeGreaterThan(0);
  });

  it('ends when the server ends it', async () => {
    const selection = { namespace: 'default', labelSelector: 'none=none', timeoutSeconds: 1 };
    const { resourceVersion } = await client.list(ConfigMap, selection);
    const lines: string[] = [];
    for await (const { type } of await client.watch(ConfigMap, { ...selection, resourceVersion })) lines.push(type);
    expect(watched().error).toBeUndefined();
    expect(watched().ended).toBeGreaterThan(0);
  });
});

describe('the version is gone', () => {
  it('for a new watch: an event 410, and the end', async () => {
    add({ kind: 'gone' }, {}, 1);
    const { told } = await watch();
    await expect.poll(() => told, patience).toEqual(['error 410']);
    expect((await watch()).told).toEqual([]);
  });

  it('for a watch under way: at once, though nothing happens', async () => {
    const { told } = await watch();
    add({ kind: 'gone' }, { resource: 'configmaps' }, 1);
    await expect.poll(() => told, patience).toEqual(['error 410']);
    expect(watched().fault).toEqual({ kind: 'gone' });
  });

  it('for a list: 410 as its answer', async () => {
    entrance.faults.add({ match: { verb: 'list' }, fault: { kind: 'gone' }, times: 1 });
    const answer = await fetch(`${entrance.url}/api/v1/configmaps`);
    expect([answer.status, await answer.json()]).toMatchObject([410, { code: 410, reason: 'Expired' }]);
  });
});

describe('a half-open watch', () => {
  it('says nothing until it is released, then everything in order', async () => {
    const { told } = await watch();
    const hold = add({ kind: 'hold' });
    await make('a');
    await hold.used();
    await make('b');
    expect(told).toEqual([]);
    expect(entrance.active).toBe(1);
    hold.remove();
    await expect.poll(() => told, patience).toEqual(['+a', '+b']);
  });

  it('may begin so: no head, or the head alone', async () => {
    const hold = add({ kind: 'hold' });
    const opening = watch();
    await hold.used();
    await expect.poll(() => watched().code, patience).toBe(200);
    expect(watched().answered).toBeUndefined();
    hold.remove();
    await opening;
    expect(watched().answered).toBe(200);
    const body = add({ kind: 'hold', from: 'body' });
    const { told } = await watch();
    await make('a');
    await body.used();
    expect(told).toEqual([]);
    body.remove();
    await expect.poll(() => told, patience).toEqual(['+a']);
  });
});

describe('a spoiled stream', () => {
  it.each(['clean', 'reset'] as const)('is cut in the middle of a line: %s', async (end) => {
    const { told } = await watch();
    add({ kind: 'truncate', end }, { event: 'MODIFIED' }, 1);
    await make('a');
    await set('a', '1');
    await expect.poll(() => told, patience).toEqual(['+a', 'ConnectionError']);
  });

  it('is reset before the next event', async () => {
    const { told } = await watch();
    add({ kind: 'drop' }, {}, 1);
    await make('a');
    await expect.poll(() => told, patience).toEqual(['ConnectionError']);
  });

  it('repeats a line', async () => {
    const { told } = await watch();
    add({ kind: 'duplicate' }, { name: key('a').name }, 1);
    await make('a');
    await make('b');
    await expect.poll(() => told, patience).toEqual(['+a', '+a', '+b']);
  });

  it('trickles', async () => {
    const { told } = await watch();
    const slow = add({ kind: 'slow', bytesPerSecond: 1 });
    const started = performance.now();
    await make('a');
    await slow.used();
    await make('b');
    expect(told).toEqual([]);
    slow.remove();
    await expect.poll(() => told, patience).toEqual(['+a', '+b']);
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  it('comes late', async () => {
    const { told } = await watch();
    add({ kind: 'delay', ms: 200, on: 'answer' });
    const started = performance.now();
    await make('a');
    await expect.poll(() => told, patience).toEqual(['+a']);
    expect(performance.now() - started).toBeGreaterThan(199);
  });

  it('shows the objects in another order, but each of them in its own', async () => {
    const { told } = await watch();
    const reorder = add({ kind: 'reorder', windowMs: 700 });
    await make('a');
    await make('b');
    await set('a', '1');
    await reorder.used(3);
    expect(told).toEqual([]);
    await expect.poll(() => told, patience).toEqual(['+b', '+a', '~a']);
    reorder.remove();
    await set('b', '1');
    await expect.poll(() => told.at(-1), patience).toBe('~b');
  });
});

describe('an unobserved state', () => {
  it('is never shown; once that ends the client must list anew', async () => {
    const { told, listed } = await watch();
    const hide = add({ kind: 'hide' }, { name: key('a').name });
    await make('a');
    await remove('a');
    await make('b');
    await expect.poll(() => told, patience).toEqual(['+b']);
    expect(hide.applied).toBe(2);
    hide.remove();
    await expect.poll(() => told, patience).toEqual(['+b', 'error 410']);
    // The server still remembers, so a watch from before it would show after all what was hidden.
    const before = await watch(listed);
    await expect.poll(() => before.told, patience).toEqual(['error 410']);
    const again = await watch();
    await make('c');
    await expect.poll(() => again.told, patience).toEqual(['+c']);
  });

  it('ends with its last use', async () => {
    const { told } = await watch();
    add({ kind: 'hide' }, { event: 'ADDED' }, 1);
    await make('a');
    await expect.poll(() => told, patience).toEqual(['error 410']);
  });

  it('can be one that a client never hears of', async () => {
    const { told } = await watch();
    add({ kind: 'hide', relist: false }, { event: 'ADDED' }, 1);
    await make('a');
    await set('a', '1');
    await expect.poll(() => told, patience).toEqual(['~a']);
  });
});

describe('an API server that lags behind', () => {
  const namesIn = async (query: string): Promise<string[]> => {
    const selector = encodeURIComponent(`run=run-${String(run)}`);
    const answer = await fetch(
      `${entrance.url}/api/v1/namespaces/default/configmaps?labelSelector=${selector}${query}`,
    );
    const { items } = (await answer.json()) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name.replace(/^run-\d+-/, ''));
  };
  const dataOf = async (name: string, query = ''): Promise<unknown> => {
    const answer = await fetch(`${entrance.url}/api/v1/namespaces/default/configmaps/${key(name).name}${query}`);
    const object = (await answer.json()) as { data?: unknown; code?: number; kind: string; apiVersion: string };
    expect(object.apiVersion).toBe('v1');
    expect(object.kind).toBe(answer.status === 200 ? 'ConfigMap' : 'Status');
    return object.data ?? object.code;
  };

  it('answers the past where that is allowed, and only there', async () => {
    await make('a', { a: '1' });
    const { told } = await watch();
    const version = await proxy.version();
    const stale = entrance.faults.add({ match: {}, fault: { kind: 'stale', version } });
    await set('a', '2');
    await make('b');
    expect(await namesIn('&resourceVersion=0')).toEqual(['a']);
    expect(await namesIn(`&resourceVersion=${version}&resourceVersionMatch=NotOlderThan`)).toEqual(['a']);
    expect(await dataOf('a', '?resourceVersion=0')).toEqual({ a: '1' });
    expect(await dataOf('b', '?resourceVersion=0')).toBe(404);
    // These ask for the newest, or for something newer than the past that is shown.
    expect(await namesIn('')).toEqual(['a', 'b']);
    expect(await dataOf('a')).toEqual({ a: '2' });
    const now = await direct.list(ConfigMap);
    expect(await namesIn(`&resourceVersion=${now.resourceVersion}&resourceVersionMatch=NotOlderThan`)).toEqual([
      'a',
      'b',
    ]);
    // A watch may always lag.
    expect(told).toEqual([]);
    stale.remove();
    await expect.poll(() => told, patience).toEqual(['~a', '+b']);
    expect(await namesIn('&resourceVersion=0')).toEqual(['a', 'b']);
  });

  it('answers the past even to those who must see the newest: what no server may do', async () => {
    await make('a', { a: '1' });
    await client.get(ConfigMap, key('a'));
    entrance.faults.add({ match: { verb: ['get', 'list'] }, fault: { kind: 'stale', illegal: true } });
    await set('a', '2');
    await make('b');
    expect(await namesIn('')).toEqual(['a']);
    expect(await namesIn('&limit=500')).toEqual(['a']);
    expect(await dataOf('a')).toEqual({ a: '1' });
    const list = await client.list(ConfigMap);
    expect(Number(list.resourceVersion)).toBeLessThan(Number(await proxy.version()));
  });

  it('stays consistent over the pages of a list', async () => {
    for (const name of ['a', 'b', 'c']) await make(name);
    const version = await proxy.version();
    entrance.faults.add({ match: {}, fault: { kind: 'stale', version, illegal: true } });
    await remove('c');
    const selection = { namespace: 'default', labelSelector: `run=run-${String(run)}`, limit: 1 };
    const list = await client.list(ConfigMap, selection);
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c'].map((name) => key(name).name));
    expect(list.resourceVersion).toBe(version);
  });
});

describe('whatever the rules are', () => {
  const anyFault = fc.oneof(
    fc.constantFrom<Fault>(
      { kind: 'drop' },
      { kind: 'lose-response' },
      { kind: 'gone' },
      { kind: 'stale' },
      { kind: 'hide' },
    ),
    fc.record({
      kind: fc.constant('crash' as const),
      when: fc.constantFrom('before' as const, 'after' as const, 'lost-response' as const),
    }),
    fc.record({ kind: fc.constant('answer' as const), code: fc.constantFrom(401, 409, 410, 503), done: fc.boolean() }),
    fc.record({
      kind: fc.constant('hold' as const),
      from: fc.constantFrom('request' as const, 'headers' as const, 'body' as const),
    }),
    fc.record({
      kind: fc.constant('delay' as const),
      ms: fc.nat(30),
      on: fc.constantFrom('request' as const, 'answer' as const),
    }),
    fc.record({ kind: fc.constant('truncate' as const), end: fc.constantFrom('clean' as const, 'reset' as const) }),
    fc.record({
      kind: fc.constant('duplicate' as const),
      deliver: fc.constantFrom('first' as const, 'second' as const),
    }),
    fc.record({ kind: fc.constant('slow' as const), bytesPerSecond: fc.constantFrom(1, 100_000) }),
    fc.record({ kind: fc.constant('reorder' as const), windowMs: fc.nat(20) }),
  );
  const anyRule = fc.record({
    match: fc.constantFrom<Match>({}, { verb: 'watch' }, { verb: 'create' }, { verb: ['list', 'get'] }),
    times: fc.integer({ min: 1, max: 3 }),
    fault: anyFault,
  });

  it('every request ends with its client, and a healed entrance serves again', async () => {
    let count = 0;
    const property = fc.asyncProperty(fc.array(anyRule, { minLength: 1, maxLength: 4 }), async (rules) => {
      for (const rule of rules) entrance.faults.add(rule);
      count += 1;
      const signal = AbortSignal.timeout(120);
      const path = `${entrance.url}/api/v1/namespaces/default/configmaps`;
      const body = JSON.stringify({ metadata: { name: key(`any-${String(count)}`).name, labels: labels() } });
      const headers = { 'content-type': 'application/json' };
      const sent = [
        fetch(`${path}?watch=true`, { signal }),
        fetch(path, { method: 'POST', body, headers, signal }),
        fetch(`${path}?resourceVersion=0`, { signal }),
      ];
      await Promise.all(sent.map((answering) => answering.then((answer) => answer.text()).catch(() => undefined)));
      entrance.faults.clear();
      entrance.heal();
      await expect.poll(() => entrance.active, { timeout: 10_000, interval: 5 }).toBe(0);
      // A crash that was on its way comes when the API server has answered.
      entrance.heal();
      expect(
        proxy.history.filter(({ entrance: name, ended }) => name === entrance.name && ended === undefined),
      ).toEqual([]);
      // A pooled connection may have been reset without fetch having noticed yet.
      const again = () =>
        fetch(`${entrance.url}/version`).then(
          ({ status }) => status,
          () => 0,
        );
      await expect.poll(again, { timeout: 5_000, interval: 5 }).toBe(200);
    });
    await fc.assert(property, { numRuns: 40, endOnFailure: true });
  });
});
