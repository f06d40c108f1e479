import { canonicalUrl, newJobId } from '@tagservice/contracts';
import type { CrawlDocument, JobDocument } from '@tagservice/contracts';
import type { CanonicalPage } from '@tagservice/page-queue';
import { createLogger } from '@tagservice/service-kit';
import { memoryCrawls, memoryTagStore } from '@tagservice/tag-store';
import { Crawler } from '../src/crawler.ts';
import type { FetchedText } from '../src/sitemap/read-sitemap.ts';
import { turnMessage } from '../src/turn.ts';

export const START = Date.parse('2026-03-01T12:00:00.000Z');
export const HOUR = 3_600_000;
const TENANT = 'acme';

export const pageUrl = (n: number): string => `https://a.test/${String(n)}`;
export const sitemapOf = (...urls: readonly string[]): string =>
  `<urlset>${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`;

export function canonical(url: string): CanonicalPage {
  const page = canonicalUrl(url);
  if (!page.ok) throw new Error(page.detail);
  return { url: page.url, hash: page.hash };
}

/** What becomes of the job of a page; `hold` leaves it under way until {@link release}. */
type Fate = 'done' | 'failed' | 'hold' | Error;

/** Crawls on stores in memory, with a worker that is played, and a clock that moves only when something pauses. */
export function startCrawls() {
  let nowMs = START;
  const clock = {
    now: () => nowMs,
    async pause(ms: number, signal: AbortSignal) {
      // Others have their turn, as they would meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal.aborted) nowMs += ms;
    },
  };
  const crawls = memoryCrawls();
  const store = memoryTagStore({ now: clock.now });
  const scheduled: { readonly id: string; readonly delayMs: number }[] = [];
  const queued: string[] = [];
  const jobs = new Map<string, JobDocument>();
  const fates = new Map<string, Fate[]>();
  const texts = new Map<string, (string | Extract<FetchedText, { ok: false }>)[]>();
  const state = { underWay: 0, most: 0, timerFull: false };
  const on = { queued: (_url: string): Promise<unknown> => Promise.resolve() };

  async function tag(page: CanonicalPage, jobId: string): Promise<void> {
    const at = new Date(clock.now()).toISOString();
    const made = { url: page.url, urlHash: page.hash, title: '', language: 'en', tags: [], taggedAt: at, jobId };
    await store.apply({ jobId, url: page.url, urlHash: page.hash, acceptedAt: at, page: made });
  }

  async function promise(page: CanonicalPage): Promise<JobDocument> {
    const fate = fates.get(page.url)?.shift() ?? 'done';
    if (fate instanceof Error) throw fate;
    queued.push(page.url);
    await on.queued(page.url);
    state.underWay += 1;
    state.most = Math.max(state.most, state.underWay);
    const at = new Date(clock.now()).toISOString();
    const job: JobDocument = {
      id: newJobId(page.hash),
      url: page.url,
      status: 'running',
      createdAt: at,
      updatedAt: at,
      attempts: 1,
    };
    jobs.set(job.id, job);
    if (fate === 'hold') return job;
    if (fate === 'done') await tag(page, job.id);
    jobs.set(job.id, { ...job, status: fate });
    return job;
  }

  const crawler = new Crawler({
    crawls,
    store: {
      readPage: (hash) => store.readPage(hash),
      readJob: (id) => {
        const job = jobs.get(id);
        if (job?.status === 'done' || job?.status === 'failed') state.underWay -= 1;
        return Promise.resolve(job);
      },
    },
    timer: {
      schedule: ({ id }, delayMs) => {
        if (state.timerFull) return Promise.resolve('full');
        scheduled.push({ id, delayMs });
        return Promise.resolve('kept');
      },
    },
    pages: { promise },
    fetchText: (url) => {
      const texts_ = texts.get(url) ?? [];
      const text = texts_.length > 1 ? texts_.shift() : texts_[0];
      if (typeof text === 'string') return Promise.resolve({ ok: true, text, url, truncated: false });
      return Promise.resolve(
        text ?? {
          ok: false,
          error: { code: 'FETCH_STATUS', detail: 'The host answered with status 404.' },
          retriable: false,
        },
      );
    },
    clock,
    logger: createLogger({ level: 'fatal', base: {}, destination: { write: () => undefined } }),
  });

  let made = 0;
  async function plan(over: Partial<CrawlDocument>): Promise<CrawlDocument> {
    made += 1;
    const crawl: CrawlDocument = {
      id: made.toString(16).padStart(32, '0'),
      tenant: TENANT,
      limit: 1_000,
      freshMs: over.every === undefined ? HOUR : 0,
      status: 'waiting',
      createdAt: new Date(START).toISOString(),
      runs: 0,
      ...over,
    };
    await crawls.add(crawl);
    return crawl;
  }

  return {
    crawls,
    scheduled,
    queued,
    fates,
    texts,
    jobs,
    state,
    on,
    tag,
    plan,
    advance: (ms: number) => (nowMs += ms),
    run: (crawl: CrawlDocument, run = 1, signal = new AbortController().signal) =>
      crawler.turn(turnMessage({ tenant: crawl.tenant, id: crawl.id, run }), signal),
    now: (crawl: CrawlDocument) => crawls.get(crawl.tenant, crawl.id),
  };
}
