import { type Entrance, type FaultProxy, type HistoryEntry } from '@tagservice/fault-proxy';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap, Lease } from '../api/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { pause, systemClock } from '../clock/clock.ts';
import { eventually } from '../testing/eventually.ts';
import { startProxiedApi, type ProxiedApi } from '../../test/proxied-api.ts';
import { createCache } from './cache.ts';
import type { Cache } from './types.ts';

let api: ProxiedApi;
let proxy: FaultProxy;
let user: KubeClient;
let entrance: Entrance;
let client: KubeClient;
let cache: Cache;
let run = 0;
/** When each object was first seen in its newest version, by version. */
let seen: Map<string, number>;

beforeAll(async () => {
  api = await startProxiedApi();
  ({ proxy, user } = api);
});
beforeEach(async () => {
  run += 1;
  entrance = await proxy.open(`cache-${run.toString()}`);
  client = connect({ kubeconfig: entrance.kubeconfig, userAgent: 'test/1' });
});
afterEach(async () => {
  entrance.faults.clear();
  entrance.heal();
  await cache.stop();
  await client.close();
  await entrance.close();
});
afterAll(() => api.stop());

const label = (): string => `half-open-${run.toString()}`;
const key = (name: string) => ({ namespace: 'default', name: `${label()}-${name}` });
const open = (): HistoryEntry[] =>
  proxy.history.filter(
    (entry) => entry.verb === 'watch' && entry.entrance === entrance.name && entry.ended === undefined,
  );

async function follow(watches: 1 | 2): Promise<void> {
  seen = new Map();
  cache = createCache({ client });
  const note = ({ metadata }: ConfigMap): void => {
    seen.set(metadata.resourceVersion, performance.now());
  };
  cache.informer(ConfigMap, { labelSelector: `run=${label()}`, watches }).addHandler({
    add: note,
    update: (_before, after) => {
      note(after);
    },
  });
  await cache.start();
  await eventually(() => open().length).toBe(watches);
}

/** Writes as somebody else; answers after how many milliseconds the cache showed it, counted from the answer to the write. */
async function latency(value: string): Promise<number> {
  const object = { metadata: { ...key('theirs'), labels: { run: label() } }, data: { value } };
  const { metadata } = await user.apply(ConfigMap, object, { fieldManager: 'user' });
  const written = performance.now();
  await eventually(() => seen.has(metadata.resourceVersion), { interval: 2 }).toBe(true);
  return Math.max(0, seen.get(metadata.resourceVersion)! - written);
}

/** Silences one open watch: the connection stays, nothing comes. */
function silence(watch: HistoryEntry): void {
  entrance.faults.add({ match: ({ n }) => n === watch.n, fault: { kind: 'hold' } });
}

/** What a leader or a standby does anyway; requests that go unanswered are what tells that there is trouble. */
function heartbeat(): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const beating = (async () => {
    while (!signal.aborted) {
      const rest = pause(systemClock, 2_000, signal);
      await client.get(Lease, key('lease'), { urgent: true, timeoutMs: 3_000, signal }).catch(() => undefined);
      await rest;
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await beating;
    },
  };
}

const median = (values: number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1]!;
const p99 = (values: number[]): number =>
  values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.99) - 1]!;

describe('a cache behind a connection that only seems open', () => {
  it('shows changes within 2 s (p99) with two watches, one of them silent, and replaces that one', async () => {
    await follow(2);
    const latencies: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const watches = open();
      const silenced = watches[round % watches.length]!;
      silence(silenced);
      latencies.push(await latency(round.toString()));
      await eventually(() => silenced.ended !== undefined && open().length).toBe(2);
    }
    console.log(
      `two watches, one silent: median ${median(latencies).toFixed(0)} ms, p99 ${p99(latencies).toFixed(0)} ms`,
    );
    expect(p99(latencies)).toBeLessThan(2_000);
  });

  it('finds out with a single watch by its next own write, and then shows what others did', async () => {
    await follow(1);
    const latencies: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      silence(open()[0]!);
      const theirs = latency(round.toString());
      const object = { metadata: { ...key('ours'), labels: { run: label() } }, data: { value: round.toString() } };
      const { metadata } = await client.apply(ConfigMap, object, { fieldManager: 'test' });
      expect(seen.has(metadata.resourceVersion)).toBe(true);
      latencies.push(await theirs);
    }
    console.log(`one watch, an own write: worst ${Math.max(...latencies).toFixed(0)} ms`);
    expect(Math.max(...latencies)).toBeLessThan(5_000);
  });

  it('has caught up within seconds after a partition, although every connection still seems open', async () => {
    await follow(2);
    await user.create(Lease, { metadata: key('lease') });
    await using _ = heartbeat();
    const caughtUp: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      entrance.partition();
      const during = latency(`partitioned-${round.toString()}`);
      // How long it lasts is what is tried: long enough for requests to time out.
      await pause(systemClock, 4_000 + round * 1_300);
      const healed = performance.now();
      entrance.heal();
      await during;
      caughtUp.push(performance.now() - healed);
      expect(await latency(`healed-${round.toString()}`)).toBeLessThan(2_000);
    }
    console.log(`after a partition: caught up within ${caughtUp.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    expect(Math.max(...caughtUp)).toBeLessThan(6_000);
  });

  it('asks for at most one watch per kind and five minutes while nothing happens, two with two watches', async () => {
    await follow(2);
    const seconds = open().map(({ path }) => Number(new URL(path, 'http://x').searchParams.get('timeoutSeconds')));
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(480);
    // Their times are spread at random, and may be the same second.
    expect(seconds).toHaveLength(2);
  });
});
