import { newJobId, problemAnswerSchema, canonicalUrl, decodeTagRequest, topicNames } from '@tagservice/contracts';
import type { JobError, PageTags, ProblemAnswer, TagRequest } from '@tagservice/contracts';
import { MemoryBroker, memoryEventBus } from '@tagservice/event-bus';
import { createLogger, createRegistry, startTracing } from '@tagservice/service-kit';
import { memoryCrawls, memoryQuota, memorySideStore, memoryTagStore } from '@tagservice/tag-store';
import { memoryTimer, MemorySchedule } from '@tagservice/timers';
import type { MemorySideStore, MemoryTagStore } from '@tagservice/tag-store';
import type { QueueReading } from '../src/admission/queue-wait.ts';
import { createApi } from '../src/create-api.ts';
import { openAdmission } from '../src/settings/admission-settings.ts';
import type { ApiPolicy } from '../src/settings/api-settings.ts';
import { systemClock } from '@tagservice/service-kit';

export const START = Date.parse('2026-03-01T12:00:00.000Z');

export const policy: ApiPolicy = {
  deadlineMs: 1_000,
  freshMs: 60_000,
  staleMs: 600_000,
  maxInFlight: 8,
  cacheBytes: 1_000_000,
  cursorKey: new Uint8Array(32).fill(7),
  instance: 'demo-api-0',
  topicPrefix: 'tags.demo',
  identity: { mode: 'Anonymous' },
  jobHandleKey: new Uint8Array(32),
  admission: openAdmission,
};

export function hashOf(url: string): string {
  const canonical = canonicalUrl(url);
  if (!canonical.ok) throw new Error(`${url}: ${canonical.detail}`);
  return canonical.hash;
}

/** What several instances have in common. */
export interface SharedPorts {
  readonly broker: MemoryBroker;
  readonly store: MemoryTagStore;
  readonly side: MemorySideStore;
}

/** The API on in-memory ports with a clock that stands still until it is moved; requests are injected. */
export async function startTestApi(over: Partial<ApiPolicy> = {}, shared?: SharedPorts) {
  const lines: string[] = [];
  let nowMs = START;
  const clock = { now: () => nowMs, pause: systemClock.pause };
  const topics = topicNames(policy.topicPrefix);
  const broker = shared?.broker ?? new MemoryBroker();
  const bus = memoryEventBus({ broker, topics: [topics.requests] });
  const store = shared?.store ?? memoryTagStore({ now: clock.now });
  const side = shared?.side ?? memorySideStore({ now: clock.now });
  const quota = memoryQuota();
  const crawls = memoryCrawls();
  const crawlSchedule = new MemorySchedule();
  const crawlTimer = memoryTimer({ schedule: crawlSchedule, most: 3 });
  let queue: QueueReading | undefined;
  const registry = createRegistry({});
  const logger = createLogger({
    level: 'info',
    base: {},
    destination: { write: (line: string) => void lines.push(line) },
  });
  startTracing({ service: 'test', endpoint: undefined, sampleRatio: 1 });
  const api = await createApi({
    ...{ store, side, crawls, crawlTimer, bus, quota, logger, registry, clock },
    policy: { ...policy, ...over },
    readQueue: () => Promise.resolve(queue),
  });
  await api.app.init();
  await api.app.getHttpAdapter().getInstance().ready();
  const requests: TagRequest[] = [];

  async function get(path: string, headers: Record<string, string> = {}) {
    return api.app.inject({ method: 'GET', url: path, headers });
  }

  async function post(path: string, payload: unknown, headers: Record<string, string> = {}) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return api.app.inject({
      method: 'POST',
      url: path,
      payload: text,
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  /** Plays compute: answers every request that comes over the bus. */
  async function compute(work: (request: TagRequest) => Promise<unknown>) {
    return bus.subscribe({
      topics: [topics.requests],
      group: topics.computeGroup,
      concurrency: 4,
      async handle(message) {
        const decoded = decodeTagRequest(message.value);
        if (!decoded.ok) throw new Error(decoded.detail);
        requests.push(decoded.message);
        await work(decoded.message);
      },
      onCrash: (error) => {
        throw error;
      },
    });
  }

  return {
    api,
    store,
    side,
    bus,
    broker,
    registry,
    quota,
    crawls,
    crawlSchedule,
    /** How the queue looks to the API from its next look on. */
    setQueue: (reading: QueueReading | undefined) => (queue = reading),
    get,
    post,
    compute,
    requests,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    at: (ms: number) => (nowMs = START + ms),
    tagsOf: (url: string, headers?: Record<string, string>) => get(`/v1/tags?url=${encodeURIComponent(url)}`, headers),
    /** Puts a record into the store, as a job accepted then would. */
    async seed(url: string, page: Partial<PageTags> = {}) {
      const reference = {
        jobId: newJobId(hashOf(url)),
        url,
        urlHash: hashOf(url),
        acceptedAt: new Date(nowMs).toISOString(),
      };
      const record = { ...pageOf({ ...reference, taggedAt: new Date(nowMs).toISOString() }), ...page };
      await store.apply({ ...reference, page: record });
      return record;
    },
    succeed: (request: TagRequest) =>
      store.apply({ ...request, page: pageOf({ ...request, taggedAt: new Date(nowMs).toISOString() }) }),
    fail: (request: TagRequest, error: JobError) => store.fail(request, error),
    async close() {
      await api.close();
      await bus.close();
      await store.close();
    },
  };
}

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

function pageOf(of: { url: string; urlHash: string; jobId: string; taggedAt: string }): PageTags {
  const { url, urlHash, jobId, taggedAt } = of;
  const tags = [{ tag: 'bees', score: 0.9, evidence: ['title'] }];
  return { url, urlHash, jobId, taggedAt, title: 'Bees', language: 'en', tags };
}

/** The problem in an answer, checked against its published schema. */
export function problemIn(answer: {
  headers: Record<string, unknown>;
  statusCode: number;
  body: string;
}): ProblemAnswer {
  if (answer.headers['content-type'] !== 'application/problem+json; charset=utf-8') {
    throw new Error(`not a problem: ${String(answer.headers['content-type'])} ${answer.body}`);
  }
  const problem = problemAnswerSchema.parse(JSON.parse(answer.body));
  if (problem.status !== answer.statusCode)
    throw new Error(`status ${String(answer.statusCode)} carries ${answer.body}`);
  return problem;
}
