import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi, openAdmission } from '@tagservice/api';
import { createCompute } from '@tagservice/compute';
import { CRAWL_TIMER } from '@tagservice/crawls';
import { kafkaEventBus } from '@tagservice/event-bus';
import { createLogger, createRegistry, startTracing } from '@tagservice/service-kit';
import type { Logger } from '@tagservice/service-kit';
import { memoryQuota, redisCrawls, redisSideStore, redisTagStore } from '@tagservice/tag-store';
import { bullMqTimer } from '@tagservice/timers';

const words = 'Honey bees pollinate apple orchards in spring, and beekeepers move their hives to the orchards. ';
export const article = `<html lang="en"><title>Honey bees</title><article><h1>Honey bees</h1><p>${words.repeat(10)}</p></article></html>`;

/** A site on loopback whose pages are articles, unless `answer` does something else first. */
export async function startSite(answer: (path: string, response: ServerResponse) => boolean = () => false) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    if (!answer(path, response)) response.writeHead(200, { 'content-type': 'text/html' }).end(article);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface Servers {
  readonly kafka: string;
  readonly redis: string;
}

function collector(component: string) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    base: { component },
    destination: { write: (line: string) => void lines.push(line) },
  });
  return { logger, lines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

/** Crawls, and the timer of their runs: both sides have their own clients. */
function crawlPorts(redis: string, logger: Logger) {
  const timer = { ...CRAWL_TIMER, deliveries: 2, acknowledgingReplicas: 0 };
  return { crawls: redisCrawls({ url: redis }), crawlTimer: bullMqTimer({ ...timer, url: redis, logger }) };
}

/** The API in this process on real servers. */
export async function startRealApi({ kafka, redis }: Servers, topicPrefix: string) {
  startTracing({ service: 'test', endpoint: undefined, sampleRatio: 1 });
  const { logger, lines } = collector('api');
  const bus = kafkaEventBus({ brokers: [kafka], clientId: 'test-api', publishTimeoutMs: 3_000 });
  const store = redisTagStore({ url: redis });
  const side = redisSideStore({ url: redis });
  const policy = {
    ...{ deadlineMs: 30_000, freshMs: 3_600_000, staleMs: 3_600_000, maxInFlight: 64, cacheBytes: 1_000_000 },
    cursorKey: new Uint8Array(32),
    instance: `api-${topicPrefix}`,
    topicPrefix,
    identity: { mode: 'Anonymous' },
    jobHandleKey: new Uint8Array(32),
    admission: openAdmission,
  } as const;
  const quota = memoryQuota();
  const { crawls, crawlTimer } = crawlPorts(redis, logger);
  const ports = { store, side, crawls, crawlTimer, bus };
  const api = await createApi({ ...ports, quota, policy, logger, registry: createRegistry({}) });
  const port = await api.listen(0, '127.0.0.1');
  return {
    api,
    log: lines,
    async get(path: string, headers: Record<string, string> = {}) {
      const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { headers });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Record<string, unknown>,
      };
    },
    async post(path: string, body: object) {
      const headers = { 'content-type': 'application/json' };
      const url = `http://127.0.0.1:${String(port)}${path}`;
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    tagsOf(page: string, headers: Record<string, string> = {}) {
      return this.get(`/v1/tags?url=${encodeURIComponent(page)}`, headers);
    },
    async close() {
      await api.close();
      await bus.close();
      await store.close();
      await side.close();
      await crawls.close();
      await crawlTimer.close();
    },
  };
}

/** Compute in this process on real servers. */
export async function startRealCompute({ kafka, redis }: Servers, topicPrefix: string) {
  const { logger, lines } = collector('compute');
  const bus = kafkaEventBus({ brokers: [kafka], clientId: 'test-compute' });
  const store = redisTagStore({ url: redis });
  const policy = {
    ...{ concurrency: 8, attempts: 3, tags: { max: 12, minimumScore: 0.1 }, topicPrefix, indexRepairPeriodMs: 60_000 },
    fetch: { timeoutMs: 3_000, maxBytes: 1_000_000, userAgent: 'test', allowedNetworks: ['127.0.0.0/8'] },
  };
  const crashes: Error[] = [];
  const onCrash = (error: Error) => void crashes.push(error);
  const { crawls, crawlTimer } = crawlPorts(redis, logger);
  const compute = await createCompute({
    crawls,
    crawlTimer,
    store,
    bus,
    retries: bullMqTimer({
      name: 'retries',
      deliveries: 16,
      url: redis,
      acknowledgingReplicas: 0,
      most: 1_000,
      logger,
    }),
    policy,
    logger,
    registry: createRegistry({}),
    graceMs: 2_000,
    onCrash,
  });
  await compute.start();
  return {
    compute,
    crashes,
    log: lines,
    async close() {
      await compute.close();
      await bus.close();
      await store.close();
      await crawls.close();
    },
  };
}
