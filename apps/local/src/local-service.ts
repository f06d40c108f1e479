import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi, openAdmission } from '@tagservice/api';
import type { Api } from '@tagservice/api';
import { createCompute } from '@tagservice/compute';
import type { Compute, ComputePolicy } from '@tagservice/compute';
import { topicNames } from '@tagservice/contracts';
import { memoryEventBus } from '@tagservice/event-bus';
import { pages, sampleSite } from '@tagservice/sample-site';
import { createRegistry } from '@tagservice/service-kit';
import type { Logger } from '@tagservice/service-kit';
import { memoryCrawls, memoryQuota, memorySideStore, memoryTagStore } from '@tagservice/tag-store';
import { memoryTimer } from '@tagservice/timers';

export interface LocalService {
  /** Base URL of the API. */
  readonly url: string;
  /** Addresses of pages that need no internet. */
  readonly samplePages: readonly string[];
  close(): Promise<void>;
}

/** The port is taken; the message names it and the way out. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

const HOST = '127.0.0.1';
const TOPIC_PREFIX = 'local';

const DAY_MS = 86_400_000;
const apiPolicy = {
  deadlineMs: 5_000,
  freshMs: DAY_MS,
  staleMs: 7 * DAY_MS,
  maxInFlight: 256,
  cacheBytes: 32 * 1024 * 1024,
  cursorKey: randomBytes(32),
  instance: 'local',
  topicPrefix: TOPIC_PREFIX,
  identity: { mode: 'Anonymous' },
  jobHandleKey: randomBytes(32),
  admission: openAdmission,
} as const;
const computePolicy: ComputePolicy = {
  concurrency: 8,
  attempts: 2,
  fetch: {
    timeoutMs: 4_000,
    maxBytes: 2_097_152,
    userAgent: 'TagService/1.0 (+https://tagservice.dev)',
    // Only here: the sample pages are served from this machine.
    allowedNetworks: ['127.0.0.0/8', '::1/128'],
    robots: 'Respect',
    perHost: { concurrency: 4, intervalMs: 100 },
  },
  tags: { max: 12, minimumScore: 0.1 },
  topicPrefix: TOPIC_PREFIX,
  indexRepairPeriodMs: 600_000,
};

/**
 * API, compute and sample pages in this process, on loopback only.
 *
 * @throws PortTaken
 */
export async function startLocalService(port: number, logger: Logger): Promise<LocalService> {
  const topics = topicNames(TOPIC_PREFIX);
  const bus = memoryEventBus({ topics: [topics.requests, topics.results, topics.deadLetters] });
  const store = memoryTagStore();
  const side = memorySideStore();
  const crawls = memoryCrawls();
  const crawlTimer = memoryTimer();
  const registry = createRegistry({});
  const site = sampleSite(pages);
  const shared = { store, crawls, crawlTimer, bus, logger, registry };
  const api: Api = await createApi({ ...shared, side, quota: memoryQuota(), policy: apiPolicy });
  const compute: Compute = await createCompute({
    ...shared,
    retries: memoryTimer(),
    policy: computePolicy,
    graceMs: 2_000,
    onCrash: (error) => {
      logger.fatal({ error }, 'compute ended');
    },
  });
  const listening = await listen(api, port);
  await compute.start();
  const siteUrl = await serveSite(site);
  return {
    url: `http://${HOST}:${String(listening)}`,
    samplePages: pages.map((page) => `${siteUrl}/articles/${page.slug}`),
    async close() {
      site.close();
      site.closeAllConnections();
      await api.close();
      await compute.close();
      await bus.close();
      await store.close();
    },
  };
}

async function listen(api: Api, port: number): Promise<number> {
  try {
    return await api.listen(port, HOST);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error;
    throw new PortTaken(
      `Port ${String(port)} of ${HOST} is taken. Choose another: npm start -- --port ${String(port + 1)}`,
    );
  }
}

async function serveSite(site: Server): Promise<string> {
  site.listen(0, HOST);
  await once(site, 'listening');
  return `http://${HOST}:${String((site.address() as AddressInfo).port)}`;
}
