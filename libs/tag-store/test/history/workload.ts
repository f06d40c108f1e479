import { setImmediate as turn } from 'node:timers/promises';
import type { JobReference, TagStore } from '../../src/port.ts';
import { claimOf, pageOf, someJob, someUrl } from '../../src/tag-store.samples.ts';
import type { History } from './record.ts';
import type { SeededRandom } from '@tagservice/testbed';
import { Recorder } from './recorder.ts';

/** What the clients of one run share. */
export interface Workload {
  readonly random: SeededRandom;
  readonly recorder: Recorder;
  readonly given: Map<string, { readonly job: JobReference; readonly tags: readonly string[] }>;
  readonly urls: readonly { url: string; urlHash: string }[];
  readonly tags: readonly string[];
  /** Jobs of the last moments, which some other client may be given again. */
  readonly recent: JobReference[];
}

/** A workload on a few URLs, so that clients get in each other's way, and with tags of its own. */
export function newWorkload(random: SeededRandom, name: string): Workload {
  return {
    random,
    recorder: new Recorder(),
    given: new Map<string, { job: JobReference; tags: readonly string[] }>(),
    urls: Array.from({ length: 60 }, () => someUrl()),
    tags: Array.from({ length: 20 }, (_, n) => `${name}-${String(n)}`),
    recent: [],
  };
}

/** One client: does job after job, now and then somebody else's again, and reads in between, until told to stop. */
export async function runClient(load: Workload, client: number, { store, signal }: ClientOptions): Promise<void> {
  const { random } = load;
  while (!signal.aborted) {
    const again = random.next() < 0.15 ? random.pick(load.recent) : undefined;
    const job = again ?? someJob(random.next() < 0.5 ? random.pick(load.urls) : undefined);
    const published = again !== undefined || (await claim(load, { client, job, store }));
    if (published) await work(load, { client, job, store });
    if (random.next() < 0.3) await look(load, { client, job, store });
    // A refusal of an open breaker takes no time at all, and the others must have their turn.
    await turn();
  }
}

/** What a client works with. */
export interface ClientOptions {
  readonly store: TagStore;
  readonly signal: AbortSignal;
}

interface Step {
  readonly client: number;
  readonly job: JobReference;
  readonly store: TagStore;
}

/**
 * Whether others may be given the job from now on. A job is published only when its claim was answered: before that nobody can work on it,
 * and what became of a claim without an answer is nobody's business.
 */
async function claim({ recorder, recent }: Workload, { client, job, store }: Step): Promise<boolean> {
  const heard = await recorder.call({ kind: 'claim', client, job }, async () => {
    const answer = await store.claimJob(claimOf(job));
    return { kind: answer.kind, jobId: answer.job.id };
  });
  if (heard.is !== 'ok') return false;
  recent.push(job);
  if (recent.length > 40) recent.shift();
  return true;
}

/** A worker's way with a message: count the attempt, then end the job, again and again until that is durable. */
async function work(load: Workload, step: Step): Promise<void> {
  const { recorder, random, given, tags: all } = load;
  const { client, job, store } = step;
  const started = await recorder.call({ kind: 'attempt', client, job }, async () => {
    const answer = await store.startAttempt(job);
    return answer.kind === 'started' ? answer.attempts : 0;
  });
  if (started.is !== 'ok' || started.value === 0) return;
  const tags = given.get(job.jobId)?.tags ?? all.filter(() => random.next() < 0.15);
  const fails = random.next() < 0.1;
  if (!fails) given.set(job.jobId, { job, tags });
  for (let attempt = 0; attempt < 3; attempt += 1) if (await end(load, step, fails ? undefined : tags)) return;
}

/** Applies a result with these tags, or fails the job where there are none. Whether the end is durable. */
async function end({ recorder }: Workload, { client, job, store }: Step, tags?: readonly string[]): Promise<boolean> {
  const heard =
    tags === undefined
      ? await recorder.call({ kind: 'fail', client, job }, async () => {
          const { kind } = await store.fail(job, { code: 'FETCH_DNS', detail: '' });
          return kind;
        })
      : await recorder.call({ kind: 'apply', client, job }, async () => {
          const page = pageOf(job, Object.fromEntries(tags.map((tag) => [tag, 0.5])));
          const { kind } = await store.apply({ ...job, page });
          return kind;
        });
  return heard.is === 'ok' && heard.value !== 'unknown' && heard.value !== 'stale-epoch';
}

async function look({ recorder, random }: Workload, { client, job, store }: Step): Promise<void> {
  if (random.next() < 0.2) await recorder.call({ kind: 'epoch', client, job }, async () => await store.readEpoch());
  await recorder.call({ kind: 'page', client, job }, async () => (await store.readPage(job.urlHash))?.jobId);
  await recorder.call({ kind: 'job', client, job }, async () => (await store.readJob(job.jobId))?.status);
}

/** Reads everything that the workload has touched, once the postings are repaired. */
export async function readFinal(load: Workload, store: TagStore): Promise<History['final']> {
  const touched = new Map(load.recorder.calls.map(({ job }) => [job.jobId, job]));
  const jobs = new Map<string, { status: string; attempts: number }>();
  const records = new Map<string, { jobId: string; acceptedAt: string; tags: string[] }>();
  for (const some of chunks(Array.from(touched.values()), 200)) {
    await Promise.all(
      some.map(async ({ jobId, urlHash }) => {
        const [job, page] = await Promise.all([store.readJob(jobId), store.readPage(urlHash)]);
        if (job !== undefined) jobs.set(jobId, job);
        if (page === undefined) return;
        const tags = page.tags.map(({ tag }) => tag);
        records.set(urlHash, { jobId: page.jobId, acceptedAt: page.taggedAt, tags });
      }),
    );
  }
  const found = load.tags.map(async (tag) => [tag, await urlsOf(store, tag)] as const);
  return { jobs, records, postings: new Map(await Promise.all(found)) };
}

async function urlsOf(store: TagStore, tag: string): Promise<Set<string>> {
  const urls = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await store.urlsOfTag(tag, { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    for (const { urlHash } of page.urls) urls.add(urlHash);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return urls;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}
