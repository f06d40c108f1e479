import { Crawler } from '@tagservice/crawls';
import type { FetchText } from '@tagservice/crawls';
import { PageQueue } from '@tagservice/page-queue';
import type { EventBus } from '@tagservice/event-bus';
import type { SafeFetch } from '@tagservice/safe-fetch';
import type { Clock, Logger } from '@tagservice/service-kit';
import type { Crawls, TagStore } from '@tagservice/tag-store';
import type { MessageTimer } from '@tagservice/timers';
import type { ComputeMetrics } from '../compute-metrics.ts';
import type { ComputePolicy } from '../settings/compute-settings.ts';

export interface CrawlingOptions {
  readonly crawls: Crawls;
  /** Brings the runs of crawls when it is time for them. It is started and closed here. */
  readonly timer: MessageTimer;
  readonly store: TagStore;
  readonly bus: EventBus;
  readonly policy: ComputePolicy;
  /** Name of this instance. */
  readonly instance: string;
  readonly fetchPage: SafeFetch;
  readonly metrics: Pick<ComputeMetrics, 'crawlPages'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The runs of crawls that fall to this instance. */
export interface Crawling {
  start(): void;
  /** Runs under way are given back: another instance takes them up. */
  close(): Promise<void>;
}

/** A sitemap may have 50 MiB by the protocol; one of 10,000 pages has about 2. */
const SITEMAP_BYTES = 10_485_760;
const NOTHING = { code: 'FETCH_STATUS', detail: 'The host answered with status 304.' };

export function crawling(options: CrawlingOptions): Crawling {
  const { timer, policy, instance, metrics } = options;
  const stopping = new AbortController();
  const crawler = new Crawler({
    ...options,
    pages: new PageQueue({ ...options, topicPrefix: policy.topicPrefix, replyTo: instance }),
    fetchText: sitemapFetch(options.fetchPage, policy.fetch, stopping.signal),
    onPage: (outcome) => {
      metrics.crawlPages.inc({ outcome });
    },
  });
  return {
    start() {
      timer.start((message) => crawler.turn(message, stopping.signal));
    },
    async close() {
      stopping.abort(new Error('This process is stopping'));
      await timer.close();
    },
  };
}

function sitemapFetch(fetchPage: SafeFetch, limits: ComputePolicy['fetch'], signal: AbortSignal): FetchText {
  return async (url) => {
    const fetched = await fetchPage(url, { ...limits, signal, maxBytes: SITEMAP_BYTES, wanted: 'sitemap' });
    if (fetched.ok) return { ok: true, text: fetched.html, url: fetched.finalUrl, truncated: fetched.truncated };
    // Nobody was asked whether it has changed; a host that says so all the same has given nothing.
    if (fetched.unchanged === true) return { ok: false, error: NOTHING, retriable: false };
    const { code, detail, retriable } = fetched;
    return { ok: false, error: { code, detail }, retriable };
  };
}
