import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  MESSAGE_VERSION,
  canonicalUrl,
  decodeTagOutcome,
  encodeMessage,
  newJobId,
  topicNames,
} from '@tagservice/contracts';
import type { TagRequest } from '@tagservice/contracts';
import { kafkaEventBus } from '@tagservice/event-bus';
import type { EventBus } from '@tagservice/event-bus';
import { redisTagStore } from '@tagservice/tag-store';
import type { TagStore } from '@tagservice/tag-store';
import { sharedKafka, startRedis } from '@tagservice/testbed';
import type { TestRedis } from '@tagservice/testbed';
import { bundle, executables, workspaceRoot } from '@tagservice/workspace';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTopics, startSite } from '../test/real-service.ts';

const jobs = 400;
const atOnce = 2;
const concurrency = 16;
/** When so many jobs have ended, all workers are killed. */
const kills = [0.1, 0.35, 0.7].map((share) => Math.round(jobs * (share + Math.random() * 0.2)));

let redis: TestRedis;
let site: Awaited<ReturnType<typeof startSite>>;
let bus: EventBus;
let store: TagStore;
let prefix: string;
let environment: NodeJS.ProcessEnv;
const workers = new Set<ChildProcess>();
/** How often each job was told to have ended well. */
const told = new Map<string, number>();

beforeAll(async () => {
  const kafka = await sharedKafka();
  redis = await startRedis();
  await bundle(executables.find(({ name }) => name === 'compute')!);
  const busy = new Set<string>();
  // Every eighth page asks at its first visit to be left alone for two seconds: its job waits in the timer while workers die.
  site = await startSite((path, response) => {
    if (Number(path.slice(3)) % 8 !== 0 || busy.has(path)) return false;
    busy.add(path);
    response.writeHead(503, { 'retry-after': '2' }).end();
    return true;
  });
  prefix = await createTopics(kafka);
  bus = kafkaEventBus({ brokers: [kafka], clientId: 'test' });
  store = redisTagStore({ url: redis.url });
  environment = {
    KAFKA_BROKERS: kafka,
    KAFKA_TOPIC_PREFIX: prefix,
    REDIS_URL: redis.url,
    METRICS_PORT: '0',
    FETCH_ALLOWED_NETWORKS: '127.0.0.0/8',
    // All pages are one host's, which this test need not be polite to.
    FETCH_ROBOTS: 'Ignore',
    FETCH_PER_HOST_CONCURRENCY: '1000',
    FETCH_PER_HOST_INTERVAL_MS: '0',
    LOG_LEVEL: 'warn',
    // Attempts that were cut off by a kill count: a page shall not be given up for them.
    COMPUTE_ATTEMPTS: '20',
    COMPUTE_CONCURRENCY: String(concurrency),
    // A look through everything that a worker has just ended must not hold up the one that this test takes.
    INDEX_REPAIR_PERIOD_MS: '1000',
  };
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await bus.close();
  await store.close();
  site.close();
  await redis.stop();
});

function startWorkers(): void {
  while (workers.size < atOnce) {
    const worker = spawn(process.execPath, [join(workspaceRoot, 'apps/compute/dist/main.js')], {
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    workers.add(worker);
  }
}

async function killWorkers(): Promise<void> {
  const ended = Array.from(workers, (worker) => once(worker, 'exit'));
  for (const worker of workers) worker.kill('SIGKILL');
  await Promise.all(ended);
  workers.clear();
}

function request(n: number): TagRequest {
  const page = canonicalUrl(`${site.url}/p/${String(n)}`);
  if (!page.ok) throw new Error(page.detail);
  return {
    version: MESSAGE_VERSION,
    jobId: newJobId(page.hash),
    url: page.url,
    urlHash: page.hash,
    acceptedAt: new Date().toISOString(),
    replyTo: 'nobody',
  };
}

async function listen(): Promise<void> {
  await bus.subscribe({
    topics: [topicNames(prefix).results],
    group: `${prefix}.listener`,
    concurrency: 16,
    onCrash: (error) => expect.unreachable(error.message),
    handle: ({ value }) => {
      const outcome = decodeTagOutcome(value);
      if (outcome.ok && outcome.message.outcome === 'done')
        told.set(outcome.message.jobId, (told.get(outcome.message.jobId) ?? 0) + 1);
      return Promise.resolve();
    },
  });
}

/** Every URL that the index has under the tag, as often as it has it. */
async function indexed(tag: string): Promise<string[]> {
  const urls: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.urlsOfTag(tag, { limit: 50, ...(cursor === undefined ? {} : { cursor }) });
    urls.push(...page.urls.map(({ url }) => url));
    ({ cursor } = page);
  } while (cursor !== undefined);
  return urls;
}

/** Looks through everything from where the last holder stopped to the end, as far as no worker is at it. */
async function repair(): Promise<void> {
  for (let steps = 0; steps < 100; steps += 1) {
    const step = await store.repairStep({ holder: 'test', leaseMs: 1_000 });
    if (step.kind !== 'stepped' || step.done) return;
  }
}

it('no job is lost and each has one effect, however often all workers are killed', async () => {
  const requests = Array.from({ length: jobs }, (_, n) => request(n));
  await listen();
  startWorkers();
  await bus.publish(
    topicNames(prefix).requests,
    requests.map((one) => ({ key: one.urlHash, value: encodeMessage(one) })),
  );
  const ended = (count: number) =>
    vi.waitFor(
      () => {
        expect(told.size).toBeGreaterThanOrEqual(count);
      },
      { timeout: 90_000, interval: 20 },
    );
  for (const count of kills) {
    await ended(count);
    await killWorkers();
    startWorkers();
  }
  await ended(jobs);

  const documents = await Promise.all(requests.map(({ jobId }) => store.readJob(jobId)));
  const lost = documents.filter((document) => document?.status !== 'done');
  const records = await Promise.all(requests.map(({ urlHash }) => store.readPage(urlHash)));
  const unrepaired = await indexed('honey bees');
  const again = Array.from(told.values()).reduce((sum, count) => sum + count - 1, 0);
  console.log(
    `${String(jobs)} jobs, ${String(kills.length * atOnce)} workers killed after ${kills.join(', ')}: ` +
      `${String(lost.length)} lost, ${String(site.asked.length)} fetches, ${String(again)} told again, ` +
      `${String(unrepaired.length)} URLs in the index before its repair`,
  );
  expect(lost).toEqual([]);
  expect(records.map((record) => record?.jobId)).toEqual(requests.map(({ jobId }) => jobId));
  expect(new Set(unrepaired).size).toBe(unrepaired.length);
  // The index is derived from the records: what a kill cut off there, a look through everything adds. A worker that was killed while it looked
  // holds that up until its lease ends.
  await vi.waitFor(
    async () => {
      await repair();
      expect((await indexed('honey bees')).toSorted()).toEqual(requests.map(({ url }) => url).toSorted());
    },
    { timeout: 60_000, interval: 250 },
  );
}, 300_000);
