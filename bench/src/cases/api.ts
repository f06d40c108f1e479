import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalUrl, newJobId, type PageTags } from '@tagservice/contracts';
import { redisTagStore } from '@tagservice/tag-store';
import { freePorts, startKafka, startRedis } from '@tagservice/testbed';
import { sendLoad } from '../api/load.ts';
import { startServer, type ServerProcess } from '../api/server-process.ts';
import { BenchFailure } from '../errors.ts';
import type { BenchCase, Measure } from '../measure.ts';
import { bundleInto, scriptIn } from '../process/bundles.ts';
import { serviceEnvironment, serviceProcess } from '../process/service-process.ts';
import { median } from '../statistics.ts';

const pageUrl = 'https://example.org/articles/sourdough-bread';
const path = `/v1/tags?url=${encodeURIComponent(pageUrl)}`;
const starts = 5;
const rounds = 5;
const load = { path, requests: 20_000, connections: 16 };

/**
 * The API as bundled for its image, on a real Kafka and a real Redis, asked over and over for one page that it knows, against node:http
 * that sends the same bytes. Both are one process, asked in turns in the same minute; compared is the CPU time of the process a request.
 */
export const apiCase: BenchCase = {
  name: 'api',
  summary: 'the API: a cached answer by CPU against bare node:http, memory, start',
  run: async ({ scale }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-bench-'));
    const [kafka, redis] = await Promise.all([startKafka(), startRedis()]);
    try {
      const env = serviceEnvironment({ kafka: kafka.address, redis: redis.url });
      const api = await serviceProcess('api', { folder, env });
      await seed(redis.url);
      const readyMs: number[] = [];
      for (let n = 0; n < starts; n += 1) {
        const started = await api();
        readyMs.push(started.readyMs);
        await started.stop();
      }
      return await compare(await api(), await bareIn(folder), { readyMs, scale });
    } finally {
      await Promise.all([kafka.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The bare server needs to know what to send, so it starts when the API has answered once. */
async function bareIn(folder: string): Promise<(answer: Answer) => Promise<ServerProcess>> {
  const own = join(folder, 'bare');
  await bundleInto(own, { server: 'src/api/bare-server.ts' });
  return async (answer) => {
    const [port = 0] = await freePorts(1);
    const env = { BENCH_ANSWER: JSON.stringify(answer) };
    return startServer({ script: scriptIn(own, 'server'), port, readyUrl: `http://127.0.0.1:${String(port)}/`, env });
  };
}

interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the API sends, without what each server adds by itself. */
async function answerOf({ port }: ServerProcess): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
    headers: { 'accept-encoding': 'identity' },
  });
  const body = await response.text();
  if (response.status !== 200) throw new BenchFailure(`The API does not know the page: ${body}`);
  const own = new Set(['date', 'connection', 'keep-alive']);
  return { headers: Object.fromEntries([...response.headers].filter(([name]) => !own.has(name))), body };
}

async function compare(
  api: ServerProcess,
  startBare: (answer: Answer) => Promise<ServerProcess>,
  { readyMs, scale }: { readyMs: readonly number[]; scale: number },
): Promise<readonly Measure[]> {
  const bare = await startBare(await answerOf(api));
  const requests = Math.max(500, Math.round(load.requests * scale));
  const perSecond = async (server: ServerProcess): Promise<number> => {
    const before = server.usage().cpuSeconds;
    await sendLoad({ ...load, requests, port: server.port });
    return requests / (server.usage().cpuSeconds - before);
  };
  const rates = { api: [] as number[], bare: [] as number[] };
  try {
    // Two rounds warm both up and are not counted.
    for (let round = -2; round < rounds; round += 1) {
      const [first, second] = round % 2 === 0 ? [api, bare] : [bare, api];
      const [one, two] = [await perSecond(first), await perSecond(second)];
      if (round < 0) continue;
      rates.api.push(first === api ? one : two);
      rates.bare.push(first === api ? two : one);
    }
    return [
      {
        name: 'api.cached-hit',
        value: median(rates.api),
        unit: 'requests/CPU s',
        reference: median(rates.bare),
        referenceName: 'node:http that sends the same bytes',
        goal: { min: 0.6 },
      },
      {
        name: 'api.rss',
        value: api.usage().rssMiB,
        unit: 'MiB',
        reference: bare.usage().rssMiB,
        referenceName: 'node:http that sends the same bytes',
        goal: { atMost: 160 },
      },
      { name: 'api.rss.peak', value: api.usage().peakMiB, unit: 'MiB' },
      { name: 'api.ready', value: median(readyMs), unit: 'ms', goal: { atMost: 1_500 } },
      { name: 'api.ready.slowest', value: Math.max(...readyMs), unit: 'ms' },
    ];
  } finally {
    await Promise.all([api.stop(), bare.stop()]);
  }
}

/** A record of a usual size: twelve tags, each with three places. */
async function seed(redisUrl: string): Promise<void> {
  const canonical = canonicalUrl(pageUrl);
  if (!canonical.ok) throw new BenchFailure(canonical.detail);
  const { url, hash } = canonical;
  const jobId = newJobId(hash);
  const taggedAt = new Date().toISOString();
  const tags = Array.from({ length: 12 }, (_, index) => ({
    tag: `sourdough tag ${String(index)}`,
    score: 1 - index / 20,
    evidence: ['title', 'heading', 'body:7'],
  }));
  const page: PageTags = { url, urlHash: hash, title: 'Sourdough bread', language: 'en', tags, taggedAt, jobId };
  const store = redisTagStore({ url: redisUrl });
  try {
    await store.apply({ jobId, url, urlHash: hash, acceptedAt: taggedAt, page });
  } finally {
    await store.close();
  }
}
