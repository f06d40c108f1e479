import { ApiError, FakeClock, silentLogger, type APIService, type Secret } from '@tagservice/controller-runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runMetricsApi, type MetricsApi } from './metrics-api.ts';

let clock: FakeClock;
let api: MetricsApi | undefined;
let isLeader: boolean;
let secret: Secret | undefined;
let announced: APIService | undefined;
let requests: string[];
let outage: ApiError | undefined;

beforeEach(() => {
  clock = new FakeClock();
  [api, isLeader, secret, announced, requests, outage] = [undefined, true, undefined, undefined, [], undefined];
});

afterEach(async () => {
  await api?.stop();
});

async function call<T>(name: string, answer: () => T): Promise<T> {
  await Promise.resolve();
  requests.push(name);
  if (outage !== undefined) throw outage;
  return answer();
}

const client = {
  find: ({ kind }: { kind: string }) => call(`find ${kind}`, () => (kind === 'Secret' ? secret : announced)),
  get: () =>
    call('get ConfigMap', () => ({ data: { 'requestheader-client-ca-file': secret?.data?.['ca.crt'] ?? '' } })),
  create: (_resource: unknown, made: Secret) => call('create Secret', () => (secret = made)),
};
const applier = {
  apply: (_resource: unknown, desired: APIService) =>
    call('apply APIService', () => ({ object: (announced = desired) })),
};

function start(): MetricsApi {
  api = runMetricsApi({
    client: client as never,
    applier: applier as never,
    clock,
    log: silentLogger,
    port: 0,
    service: { namespace: 'system', name: 'tagservice-operator' },
    secret: 'cert',
    source: { read: () => Promise.resolve({ kind: 'unknown', reason: 'x' }) },
    isLeader: () => isLeader,
    answered: () => undefined,
  });
  return api;
}

const within = { timeout: 5_000, interval: 5 };
const untilServing = (running: MetricsApi) =>
  vi.waitFor(() => {
    expect(running.serving()).toBe(true);
    expect(running.problem()).toBeUndefined();
  }, within);

describe('the metrics API', () => {
  it('serves and is announced by the leader', async () => {
    const running = start();
    await untilServing(running);
    expect(announced?.metadata.name).toBe('v1beta1.external.metrics.k8s.io');
    expect(running.port()).toBeGreaterThan(0);
  });

  it('serves on a standby without announcing, and announces as soon as that leads', async () => {
    isLeader = false;
    const running = start();
    await untilServing(running);
    expect(announced).toBeUndefined();
    isLeader = true;
    running.nudge();
    await vi.waitFor(() => {
      expect(announced).toBeDefined();
    }, within);
  });

  it('makes one request a minute at rest', async () => {
    const running = start();
    await untilServing(running);
    const before = requests.length;
    for (let minute = 0; minute < 8; minute++) {
      await clock.advance(60_000);
      await vi.waitFor(() => {
        expect(requests.length).toBeGreaterThan(before + minute);
      }, within);
    }
    expect(requests.slice(before)).toEqual(Array.from({ length: 8 }, () => 'find APIService'));
  });

  it('says what is wrong while the API server does not answer, and goes on by itself', async () => {
    outage = new ApiError({ code: 503, message: 'not now' }, 'GET');
    const running = start();
    await vi.waitFor(() => {
      expect(running.problem()).toContain('not now');
    }, within);
    expect(running.serving()).toBe(false);
    outage = undefined;
    await vi.waitFor(async () => {
      await clock.advance(2_000);
      expect(running.serving()).toBe(true);
      expect(running.problem()).toBeUndefined();
    }, within);
  });
});
