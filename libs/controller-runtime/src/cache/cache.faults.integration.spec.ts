import {
  type Entrance,
  type Fault,
  type FaultHandle,
  type FaultProxy,
  type HistoryEntry,
  type Match,
  type OpenOptions,
} from '@tagservice/fault-proxy';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap, Service, ServiceAccount } from '../api/builtin.ts';
import type { Resource } from '../api/resource.ts';
import { compareVersions } from '../api/version.ts';
import type { KubeClient } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { eventually } from '../testing/eventually.ts';
import { startProxiedApi, type ProxiedApi } from '../../test/proxied-api.ts';
import { createCache } from './cache.ts';
import type { ReflectorTiming } from './reflector-timing.ts';
import type { Cache, Informer } from './types.ts';

let api: ProxiedApi;
let proxy: FaultProxy;
let user: KubeClient;
let entrance: Entrance;
let client: KubeClient;
let cache: Cache;
let informer: Informer<ConfigMap>;
let told: string[];
/** Versions as the handlers saw them, by object. */
let versions: Map<string, string[]>;
let run = 0;

beforeAll(async () => {
  api = await startProxiedApi();
  ({ proxy, user } = api);
});
beforeEach(() => {
  run += 1;
});
afterEach(async () => {
  await cache.stop();
  await client.close();
  await entrance.close();
  // Whatever happened: nobody was told of an older state after a newer one.
  for (const seen of versions.values())
    expect(seen).toEqual(seen.toSorted((one, other) => compareVersions(one, other)));
});
afterAll(() => api.stop());

const label = (): string => `cache-faults-${run.toString()}`;
const key = (name: string) => ({ namespace: 'default', name: `${label()}-${name}` });
const set = (name: string, value = '') =>
  user.apply(
    ConfigMap,
    { metadata: { ...key(name), labels: { run: label() } }, data: { value } },
    { fieldManager: 'user' },
  );
const remove = (name: string) => user.delete(ConfigMap, key(name));
const requests = (verb: string): HistoryEntry[] =>
  proxy.history.filter((entry) => entry.entrance === entrance.name && entry.verb === verb);
const fault = (given: Fault, match: Match = { verb: 'watch' }, times?: number) =>
  entrance.faults.add({ match, fault: given, ...(times === undefined ? {} : { times }) });
const names = (): string[] =>
  informer.store
    .list()
    .map(({ metadata }) => metadata.name)
    .sort();

async function open(options: OpenOptions = {}): Promise<void> {
  entrance = await proxy.open(label(), options);
  client = connect({ kubeconfig: entrance.kubeconfig, userAgent: 'test/1' });
}

/** Follows this test's objects; `told` grows by `+a`, `~a=value`, `-a`. */
async function follow(timing: Partial<ReflectorTiming> = {}): Promise<void> {
  told = [];
  versions = new Map();
  cache = createCache({ client, timing });
  informer = cache.informer(ConfigMap, { labelSelector: `run=${label()}` });
  const note = (sign: string, { metadata, data }: ConfigMap): void => {
    const name = metadata.name.slice(label().length + 1);
    told.push(sign === '~' ? `~${name}=${data?.['value'] ?? ''}` : `${sign}${name}`);
    versions.set(metadata.uid, [...(versions.get(metadata.uid) ?? []), metadata.resourceVersion]);
  };
  informer.addHandler({
    add: (object) => {
      note('+', object);
    },
    update: (_before, after) => {
      note('~', after);
    },
    delete: (object) => {
      note('-', object);
    },
  });
  await cache.start();
  await eventually(() => requests('watch').at(-1)?.answered).toBe(200);
}

describe('what is gone, while the watches are silent', () => {
  it.each<[string, Resource, object]>([
    ['a ConfigMap, which is answered with a Status', ConfigMap, {}],
    ['a Service, which is answered with its last state', Service, { spec: { ports: [{ port: 80 }] } }],
    ['a ServiceAccount, which is answered with its last state', ServiceAccount, {}],
  ])('by our own deletion of %s: leaves the cache at once', async (_what, resource, more) => {
    await open();
    await follow();
    const { store } = cache.informer(resource);
    await eventually(() => store.hasSynced()).toBe(true);
    fault({ kind: 'hold' });
    await client.create(resource, { metadata: { ...key('a'), labels: { run: label() } }, ...more });
    expect(store.get(key('a'))).toBeDefined();
    await client.delete(resource, key('a'));
    expect(store.get(key('a'))).toBeUndefined();
  });

  it('by a deletion of somebody else: leaves it once it has been asked for', async () => {
    await open();
    await set('a');
    await follow();
    const hidden = fault({ kind: 'hide', relist: false });
    await remove('a');
    await hidden.used();
    expect(names()).toEqual([key('a').name]);
    expect(await client.find(ConfigMap, key('a'))).toBeUndefined();
    await eventually(names).toEqual([]);
    expect(told).toEqual(['+a', '-a']);
  });
});

describe('a version that is gone', () => {
  it('as an event: lists again at once, and tells what has changed meanwhile and nothing twice', async () => {
    await open();
    await set('a');
    await set('b');
    await follow();
    const hidden = fault({ kind: 'hide', relist: false });
    await set('a', '1');
    await remove('b');
    await set('c');
    await hidden.used(3);
    hidden.remove();
    fault({ kind: 'gone' }, { verb: 'watch' }, 1);
    await eventually(() => told.toSorted()).toEqual(['+a', '+b', '+c', '-b', '~a=1']);
    expect(requests('list')).toHaveLength(2);
    const [, again] = requests('list');
    expect(again!.at - requests('watch')[0]!.ended!).toBeLessThan(1_000);
  });

  it('as a refusal: lists again at once', async () => {
    await open();
    await follow();
    fault({ kind: 'answer', code: 410 }, { verb: 'watch' }, 1);
    entrance.disconnect();
    await set('a');
    await eventually(() => told).toEqual(['+a']);
    await eventually(() => requests('list').length).toBe(2);
    expect(cache.problems()).toEqual([]);
  });
});

describe('a stream that breaks', () => {
  it.each(['clean', 'reset'] as const)('within a line (%s): goes on from before it, without a list', async (end) => {
    await open();
    await follow();
    await set('a');
    await eventually(() => told).toEqual(['+a']);
    fault({ kind: 'truncate', end }, { verb: 'watch' }, 1);
    await set('b');
    await set('c');
    await eventually(() => told).toEqual(['+a', '+b', '+c']);
    expect(requests('list')).toHaveLength(1);
  });

  it('that the server closes: opens the next at once', async () => {
    await open();
    await follow({ minWatchSeconds: 2, maxWatchSeconds: 2 });
    await set('a');
    await eventually(() => requests('watch').length, { timeout: 20_000 }).toBeGreaterThan(3);
    const [first, second] = requests('watch');
    expect(second!.at - first!.ended!).toBeLessThan(150);
    expect(requests('list')).toHaveLength(1);
  });

  it('that repeats its lines: tells each change once', async () => {
    await open();
    await follow();
    fault({ kind: 'duplicate' });
    await set('a');
    await set('a', '1');
    await remove('a');
    await eventually(() => told).toEqual(['+a', '~a=1', '-a']);
  });
});

describe('a stream that says nothing', () => {
  it.each<[string, Fault]>([
    ['half-open', { kind: 'hold' }],
    ['with one byte a second', { kind: 'slow', bytesPerSecond: 1 }],
    ['whose answer never begins', { kind: 'hold', from: 'headers' }],
  ])('%s: is replaced after its silence, and nothing is lost', async (_name, given) => {
    await open();
    await follow({ silenceMs: 1_500 });
    const [{ n } = { n: 0 }] = requests('watch');
    const silenced = entrance.faults.add({ match: (watch) => watch.n === n, fault: given });
    const written = performance.now();
    await set('a');
    await silenced.used();
    await eventually(() => told).toEqual(['+a']);
    expect(performance.now() - written).toBeLessThan(4_000);
    expect(requests('list')).toHaveLength(1);
  });

  it('because the server lags: shows everything in order once it has caught up', async () => {
    await open();
    await set('a');
    await follow();
    const stale = fault({ kind: 'stale', version: await proxy.version() }, {});
    await set('a', '1');
    await set('a', '2');
    await set('b');
    expect(told).toEqual(['+a']);
    stale.remove();
    await eventually(() => told).toEqual(['+a', '~a=1', '~a=2', '+b']);
    expect(requests('list')).toHaveLength(1);
  });
});

describe('a list of an older state than was seen', () => {
  it('is refused, for as long as it is older; what is known stays', async () => {
    await open();
    await set('a');
    await follow();
    const version = await proxy.version();
    await set('a', '1');
    await set('b');
    await eventually(() => told).toEqual(['+a', '~a=1', '+b']);
    const stale = fault({ kind: 'stale', version, illegal: true }, { verb: 'list' });
    fault({ kind: 'gone' }, { verb: 'watch' }, 1);
    await stale.used(3);
    await eventually(() => cache.problems()).toHaveLength(1);
    expect(told).toEqual(['+a', '~a=1', '+b']);
    expect(names()).toHaveLength(2);
    stale.remove();
    await set('c');
    await eventually(() => told).toEqual(['+a', '~a=1', '+b', '+c']);
    await eventually(() => cache.problems()).toEqual([]);
  });
});

describe('a server that refuses', () => {
  it('and says when to come again: is not asked before', async () => {
    await open();
    await follow();
    fault({ kind: 'answer', code: 429, retryAfterSeconds: 2 }, { verb: 'watch' }, 1);
    entrance.disconnect();
    await set('a');
    await eventually(() => told).toEqual(['+a']);
    const refused = requests('watch').findIndex(({ answered }) => answered === 429);
    expect(requests('watch')[refused + 1]!.at - requests('watch')[refused]!.at).toBeGreaterThan(1_950);
  });

  it.each([500, 502, 503, 504, 403])(
    '%i: tries again by itself, says why it waits, and loses nothing',
    async (code) => {
      await open();
      await follow();
      const refusing = fault({ kind: 'answer', code }, {});
      entrance.disconnect();
      await set('a');
      await refusing.used(2);
      await eventually(() => cache.problems()).toMatchObject([{ resource: 'v1/configmaps', error: { code } }]);
      refusing.remove();
      const ended = performance.now();
      await eventually(() => told).toEqual(['+a']);
      expect(performance.now() - ended).toBeLessThan(6_000);
      await eventually(() => cache.problems()).toEqual([]);
    },
  );

  it('a token that has expired: reads its credentials again and goes on', async () => {
    await open({ tokens: true });
    await follow();
    entrance.expireToken();
    entrance.disconnect();
    await set('a');
    await eventually(() => told).toEqual(['+a']);
    expect(requests('watch').filter(({ answered }) => answered === 401)).toHaveLength(1);
    expect(requests('list')).toHaveLength(1);
  });
});

describe('states that nobody saw', () => {
  it('an object that came and went is never told of; one that went is told to have gone', async () => {
    await open();
    await set('old');
    await follow();
    const hidden = fault({ kind: 'hide' });
    await set('short');
    await remove('short');
    await remove('old');
    await hidden.used(3);
    hidden.remove();
    await eventually(() => told).toEqual(['+old', '-old']);
  });

  it('an object made anew under its name: the old one goes, the new one comes', async () => {
    await open();
    const before = await set('a');
    await follow();
    const hidden = fault({ kind: 'hide' });
    await remove('a');
    const after = await set('a');
    await hidden.used(2);
    hidden.remove();
    await eventually(() => told).toEqual(['+a', '-a', '+a']);
    expect(informer.store.get(key('a'))?.metadata.uid).toBe(after.metadata.uid);
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
  });
});

describe('whatever happens, in any order', () => {
  const anyFault = fc.constantFrom<Fault>(
    { kind: 'gone' },
    { kind: 'drop' },
    { kind: 'lose-response' },
    { kind: 'truncate' },
    { kind: 'truncate', end: 'reset' },
    { kind: 'duplicate' },
    { kind: 'hide' },
    { kind: 'delay', ms: 30, on: 'answer' },
    { kind: 'answer', code: 410 },
    { kind: 'answer', code: 429, retryAfterSeconds: 0 },
    { kind: 'answer', code: 500 },
    { kind: 'stale' },
  );
  const anyStep = fc.record({
    fault: anyFault,
    verb: fc.constantFrom('watch' as const, 'list' as const),
    name: fc.constantFrom('a', 'b', 'c'),
    change: fc.constantFrom('set', 'remove', 'disconnect'),
  });

  it('the cache is equal to the cluster in the end', async () => {
    await open();
    await follow({ silenceMs: 2_000, backoffMs: 20, maxBackoffMs: 100 });
    const equal = async (): Promise<void> => {
      const { items } = await user.list(ConfigMap, { namespace: 'default', labelSelector: `run=${label()}` });
      const stored = items.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`).sort();
      const cached = (): string[] =>
        informer.store
          .list()
          .map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`)
          .sort();
      await eventually(cached, { timeout: 20_000 }).toEqual(stored);
    };
    const property = fc.asyncProperty(fc.array(anyStep, { minLength: 3, maxLength: 12 }), async (steps) => {
      const lags: FaultHandle[] = [];
      for (const [index, step] of steps.entries()) {
        const rule = fault(step.fault, { verb: step.verb }, 1);
        if (step.fault.kind === 'stale') lags.push(rule);
        if (step.change === 'disconnect') entrance.disconnect();
        else if (step.change === 'set') await set(step.name, index.toString());
        else await remove(step.name).catch(() => undefined);
      }
      // A server does not lag for ever; all other faults wait for their moment, if need be in the next sequence.
      for (const lag of lags) lag.remove();
      await equal();
    });
    await fc.assert(property, { numRuns: 25, endOnFailure: true });
    console.log(
      `25 random sequences: ${requests('list').length.toString()} lists, ${requests('watch').length.toString()} watches`,
    );
  });
});
