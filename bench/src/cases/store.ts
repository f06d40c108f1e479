import { redisTagStore, type TagResult, type TagStore } from '@tagservice/tag-store';
import { startRedis, type TestRedis } from '@tagservice/testbed';
import { BenchFailure } from '../errors.ts';
import type { BenchCase, Measure } from '../measure.ts';
import { median, percentile } from '../statistics.ts';
import { bareWriter, type BareWriter } from '../store/bare-writer.ts';
import { resultOf } from '../store/results.ts';

const rounds = 5;
const appliesPerRound = 20_000;
/** As many as wait in ten workers of 50 messages each. */
const atOnce = 500;
const singles = 2_000;
const reads = 30_000;

/** Runs `work` on every item, so many at a time. Answers items a second. */
async function rateOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return items.length / ((performance.now() - began) / 1000);
}

/** The same with items that go in batches, each as large as what waits at a time with `rateOf`. */
async function rateOfBatches<T>(items: readonly T[], work: (batch: T[]) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let start = 0; start < items.length; start += atOnce) await work(items.slice(start, start + atOnce));
  return items.length / ((performance.now() - began) / 1000);
}

/** Milliseconds of each, one after the other. */
async function timesOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const item of items) {
    const began = performance.now();
    await work(item);
    times.push(performance.now() - began);
  }
  return times;
}

async function applyDurably(store: TagStore, result: TagResult): Promise<void> {
  const { kind } = await store.apply(result);
  if (kind !== 'applied') throw new BenchFailure(`A result was ${kind}.`);
}

interface Round {
  readonly rate: number;
  readonly bareRate: number;
  readonly times: readonly number[];
  readonly bareTimes: readonly number[];
  readonly reads: number;
  readonly bareReads: number;
}

interface Candidates {
  readonly store: TagStore;
  readonly bare: BareWriter;
}

/** One round of ours and one of the bare client, each with data of its own on the same servers, in changing order. */
async function round({ store, bare }: Candidates, nth: number, scale: number): Promise<Round> {
  const results = (name: string, count: number): TagResult[] =>
    Array.from({ length: Math.ceil(count * scale) }, (_, n) => resultOf(`${name}-${String(nth)}`, n));
  const many = results('many', appliesPerRound);
  const bareMany = results('bare', appliesPerRound);
  const single = results('single', singles);
  const bareSingle = results('bare-single', singles);
  const hashes = Array.from({ length: Math.ceil(reads * scale) }, (_, n) => many[n % many.length]?.urlHash ?? '');
  const ours = async (): Promise<Omit<Round, `bare${string}`>> => ({
    rate: await rateOf(many, async (result) => {
      await applyDurably(store, result);
    }),
    times: await timesOf(single, async (result) => {
      await applyDurably(store, result);
    }),
    reads: await rateOf(hashes, async (urlHash) => await store.readPage(urlHash)),
  });
  const theirs = async (): Promise<Pick<Round, 'bareRate' | 'bareTimes' | 'bareReads'>> => ({
    bareRate: await rateOfBatches(bareMany, async (batch) => {
      await bare.write(batch);
    }),
    bareTimes: await timesOf(bareSingle, async (result) => {
      await bare.write([result]);
    }),
    bareReads: await rateOf(hashes, async (urlHash) => {
      await bare.read(urlHash);
    }),
  });
  if (nth % 2 === 0) return { ...(await ours()), ...(await theirs()) };
  const first = await theirs();
  return { ...(await ours()), ...first };
}

function measuresOf(all: readonly Round[]): Measure[] {
  const referenceName = 'one script and WAIT by the redis client, without our store';
  const of = (read: (one: Round) => number): number => median(all.map(read));
  return [
    {
      name: 'store.apply.durable',
      value: of(({ rate }) => rate),
      unit: 'applies/s',
      reference: of(({ bareRate }) => bareRate),
      referenceName,
      goal: { atLeast: 5_000 },
    },
    ...([50, 99] as const).map((percent) => ({
      name: `store.apply.single.p${String(percent)}`,
      value: of(({ times }) => percentile(times, percent)),
      unit: 'ms',
      reference: of(({ bareTimes }) => percentile(bareTimes, percent)),
      referenceName,
    })),
    {
      name: 'store.read.page',
      value: of((one) => one.reads),
      unit: 'reads/s',
      reference: of(({ bareReads }) => bareReads),
      referenceName: 'HGET by the redis client, the answer not parsed',
    },
  ];
}

async function run(redis: TestRedis, scale: number): Promise<readonly Measure[]> {
  const store = redisTagStore({ url: redis.url, acknowledgingReplicas: 1 });
  const bare = await bareWriter(redis.url);
  try {
    await round({ store, bare }, rounds, scale / 4);
    const all: Round[] = [];
    for (let nth = 0; nth < rounds; nth += 1) all.push(await round({ store, bare }, nth, scale));
    return measuresOf(all);
  } finally {
    bare.close();
    await store.close();
  }
}

/** Durable applies on a primary with one replica that acknowledges each, both real processes on this machine. */
export const storeCase: BenchCase = {
  name: 'store',
  summary: 'durable results in Redis with a replica, against the bare client',
  run: async ({ scale }) => {
    const redis = await startRedis({ replicas: 1, appendonly: true });
    try {
      return await run(redis, scale);
    } finally {
      await redis.stop();
    }
  },
};
