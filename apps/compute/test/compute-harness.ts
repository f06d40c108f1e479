import {
  MESSAGE_VERSION,
  canonicalUrl,
  decodeDeadLetter,
  decodeTagOutcome,
  encodeMessage,
  newJobId,
  topicNames,
} from '@tagservice/contracts';
import type { DeadLetter, TagOutcome, TagRequest } from '@tagservice/contracts';
import { MemoryBroker, memoryEventBus } from '@tagservice/event-bus';
import type { FetchError, FetchOptions, FetchResult } from '@tagservice/safe-fetch';
import { createLogger, createRegistry, startTracing } from '@tagservice/service-kit';
import { tagPage } from '@tagservice/tagging';
import { memoryCrawls, memoryTagStore } from '@tagservice/tag-store';
import type { TagStore } from '@tagservice/tag-store';
import { MemorySchedule, memoryTimer } from '@tagservice/timers';
import { createCompute } from '../src/create-compute.ts';
import type { MessageTimer } from '@tagservice/timers';
import type { ComputePolicy } from '../src/settings/compute-settings.ts';

export const policy: ComputePolicy = {
  concurrency: 4,
  attempts: 3,
  fetch: { timeoutMs: 1_000, maxBytes: 100_000, userAgent: 'test', allowedNetworks: [] },
  tags: { max: 12, minimumScore: 0.1 },
  topicPrefix: 'tags.demo',
  indexRepairPeriodMs: 60_000,
};

export const topics = topicNames(policy.topicPrefix);

const sentence = 'Honey bees pollinate apple orchards in spring, and beekeepers move their hives to the orchards. ';
export const page: FetchResult = {
  ok: true,
  status: 200,
  finalUrl: 'https://example.org/bees',
  contentType: 'text/html',
  bytes: 1_000,
  truncated: false,
  html: `<html lang="en"><title>Honey bees</title><body><article><h1>Honey bees</h1><p>${sentence.repeat(10)}</p></article></body></html>`,
};

export function failure(code: FetchError['code'], retriable: boolean): FetchResult {
  return { ok: false, code, detail: `It failed: ${code}.`, reason: 'test', retriable };
}

export function requestFor(url: string, over: Partial<TagRequest> = {}): TagRequest {
  const canonical = canonicalUrl(url);
  if (!canonical.ok) throw new Error(canonical.detail);
  return {
    version: MESSAGE_VERSION,
    jobId: newJobId(canonical.hash),
    url: canonical.url,
    urlHash: canonical.hash,
    acceptedAt: new Date().toISOString(),
    replyTo: 'demo-api-0',
    ...over,
  };
}

export interface HarnessOptions {
  /** Plays the web: what the nth fetch finds. */
  readonly web?: (url: string, nth: number, options: FetchOptions) => FetchResult | Promise<FetchResult>;
  /** Changes the store, to play trouble. */
  readonly store?: (store: TagStore) => Partial<TagStore>;
  /** Jobs that may wait for another attempt. */
  readonly mostRetries?: number;
  /** Changes the timer, to play trouble. */
  readonly timer?: (timer: MessageTimer) => Partial<MessageTimer>;
}

/** Compute on in-memory ports, with everything that it says on the bus collected. */
export async function startTestCompute(options: HarnessOptions = {}) {
  const { web = () => page, store: change = () => ({}), mostRetries = 100, timer = () => ({}) } = options;
  startTracing({ service: 'test', endpoint: undefined, sampleRatio: 1 });
  const lines: string[] = [];
  const broker = new MemoryBroker();
  const bus = memoryEventBus({ broker, topics: [topics.requests, topics.results, topics.deadLetters] });
  const memory = memoryTagStore();
  const store: TagStore = { ...memory, ...change(memory) };
  const registry = createRegistry({});
  const logger = createLogger({
    level: 'info',
    base: {},
    destination: { write: (line: string) => void lines.push(line) },
  });
  const heard = {
    outcomes: [] as TagOutcome[],
    letters: [] as (DeadLetter & { headers: object })[],
    wakes: [] as string[],
  };
  const fetched: string[] = [];
  await memory.onWake('demo-api-0', (jobId) => heard.wakes.push(jobId));
  await bus.subscribe({
    topics: [topics.results, topics.deadLetters],
    group: 'listener',
    concurrency: 1,
    onCrash: () => undefined,
    handle(message) {
      const outcome = message.topic === topics.results ? decodeTagOutcome(message.value) : undefined;
      const letter = message.topic === topics.deadLetters ? decodeDeadLetter(message.value) : undefined;
      if (outcome?.ok === true) heard.outcomes.push(outcome.message);
      if (letter?.ok === true) heard.letters.push({ ...letter.message, headers: message.headers });
      return Promise.resolve();
    },
  });
  const schedule = new MemorySchedule();
  const retries = memoryTimer({ schedule, most: mostRetries });
  const crawls = memoryCrawls();
  const crawlSchedule = new MemorySchedule();
  const crawlTimer = memoryTimer({ schedule: crawlSchedule });
  const compute = await createCompute({
    store,
    bus,
    retries: { ...retries, ...timer(retries) },
    crawls,
    crawlTimer,
    policy,
    logger,
    registry,
    graceMs: 1_000,
    onCrash: (error) => lines.push(JSON.stringify({ msg: 'crash', error: error.message })),
    fetchPage: async (url, options) => {
      fetched.push(url);
      return web(url, fetched.length, options);
    },
    // In this thread: the limits of the pool have tests of their own.
    tagger: {
      warmUp: () => undefined,
      run: (input) => Promise.resolve(tagPage(input)),
      close: () => Promise.resolve(),
    },
    // The pauses between attempts pass at once.
    clock: { now: () => Date.now(), pause: () => new Promise((resolve) => setImmediate(resolve)) },
  });
  await compute.start();
  return {
    compute,
    broker,
    schedule,
    bus,
    memory,
    registry,
    heard,
    crawls,
    crawlTimer,
    crawlSchedule,
    fetched,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    send: (request: TagRequest, headers: Record<string, string> = {}) =>
      bus.publish(topics.requests, [{ key: request.urlHash, value: encodeMessage(request), headers }]),
    async close() {
      await compute.close();
      await bus.close();
      await memory.close();
    },
  };
}

export type TestCompute = Awaited<ReturnType<typeof startTestCompute>>;
