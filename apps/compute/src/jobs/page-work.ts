import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { TAG_MAX_LENGTH, URL_MAX_LENGTH } from '@tagservice/contracts';
import { declaredCanonical } from '@tagservice/contracts/declared-canonical';
import type { JobError, PageSource, PageTags, TagRequest } from '@tagservice/contracts';
import type { FetchError, FetchedPage } from '@tagservice/safe-fetch';
import { inSpan } from '@tagservice/service-kit';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { PageBudget } from './page-budget.ts';
import { PageTooComplex } from '../tagging/tagging-pool.ts';
import type { PageFindings } from '../tagging/tagging-pool.ts';
import type { RunningJob } from './running-job.ts';

/** Pages that are here at the same time, fetched or on their way, in bytes: with pages of 2 MiB, 64 of them. */
const PAGE_BYTES = 134_217_728;

/** What came of one attempt. `retriable`: the cause is outside and may pass. */
export type AttemptResult =
  | { readonly ok: true; readonly page: PageTags }
  | {
      readonly ok: false;
      readonly error: JobError;
      readonly retriable: boolean;
      readonly retryAfterMs?: number;
      /** The page was not asked for, because its host may not be asked now: no attempt at all. */
      readonly unasked?: true;
    };

/** What an attempt needs to know of a job. */
type PageJob = Pick<RunningJob, 'request' | 'signal' | 'spent'>;

/** To be raised when pages get other tags than before, so that no record of the former tagger is renewed. */
const TAGGER_VERSION = 1;
/** A page behind others is tried again within this, however long the line is: it may be shorter by then. */
const LONGEST_LINE_MS = 10_000;

/** One attempt at one page: fetch it, read it, find its tags. Nothing is written. */
@Injectable()
export class PageWork {
  /** What makes the tags: its version and its settings. */
  private readonly tagger: string;
  private readonly budget = new PageBudget(PAGE_BYTES);

  constructor(@Inject(PORTS) private readonly ports: ComputePorts) {
    const { fetch, tags } = ports.policy;
    const settings = JSON.stringify([TAGGER_VERSION, Object.entries(tags).toSorted(), fetch.maxBytes]);
    this.tagger = createHash('sha256').update(settings).digest('hex').slice(0, 16);
  }

  /** @throws StoreUnavailable */
  async attempt(job: PageJob): Promise<AttemptResult> {
    // How large it is shows when it is here; until then it may be as large as a page may be.
    const { maxBytes } = this.ports.policy.fetch;
    return this.budget.within(maxBytes, job.signal, () => this.fetch(job));
  }

  private async fetch({ request, signal, spent }: PageJob): Promise<AttemptResult> {
    const { fetchPage, policy, metrics, store } = this.ports;
    const known = renewable(await store.readPage(request.urlHash), this.tagger);
    const options = { ...policy.fetch, signal, ...(known !== undefined && { ifChanged: known.source }) };
    const observe = metrics.stages.startTimer({ stage: 'fetch' });
    const fetched = await inSpan('fetch page', {}, () => fetchPage(request.url, options));
    spent.fetchMs += 1_000 * observe();
    if (fetched.ok) return this.tag({ request, spent }, fetched);
    if (fetched.unchanged !== true) return this.failed(request, fetched);
    // Nobody is told so who has not asked; a host that says it all the same is asked anew.
    if (known === undefined) return refused('FETCH_STATUS', 'The host answered with status 304.');
    metrics.unchanged.inc();
    return { ok: true, page: { ...known, jobId: request.jobId, taggedAt: this.now() } };
  }

  private failed(request: TagRequest, { code, detail, reason, retriable, retryAfterMs }: FetchError): AttemptResult {
    const { metrics, logger } = this.ports;
    metrics.fetchFailures.inc({ code });
    if (code === 'FETCH_REFUSED') metrics.fetchRefusals.inc({ reason });
    logger.info({ jobId: request.jobId, code, reason, retriable }, 'fetch failed');
    const failed = { ok: false, error: { code, detail }, retriable } as const;
    if (code === 'FETCH_HOST_BUSY') return { ...failed, ...patience(reason, retryAfterMs ?? 0) };
    return retryAfterMs === undefined ? failed : { ...failed, retryAfterMs };
  }

  private async tag({ request, spent }: Omit<PageJob, 'signal'>, fetched: FetchedPage): Promise<AttemptResult> {
    const { tagger, policy, metrics } = this.ports;
    const observe = metrics.stages.startTimer({ stage: 'tag' });
    try {
      const findings = await inSpan('tag page', {}, () =>
        tagger.run({ url: request.url, html: fetched.html, ...policy.tags }),
      );
      if (findings.tags.length === 0)
        return refused('PAGE_EMPTY', 'The page has no text from which tags could be found.');
      const page = this.toPage(request, findings);
      return { ok: true, page: { ...page, ...this.origin(fetched) } };
    } catch (error) {
      if (error instanceof PageTooComplex) return refused('PAGE_TOO_COMPLEX', error.message);
      throw error;
    } finally {
      spent.tagMs += 1_000 * observe();
    }
  }

  /** The record, within the bounds of its schema: a page may have a title of a megabyte. */
  private toPage(request: TagRequest, { title, language, tags, canonicalLink = '' }: PageFindings): PageTags {
    const canonical = declaredCanonical(request.url, canonicalLink);
    return {
      url: request.url,
      urlHash: request.urlHash,
      ...(canonical === undefined ? {} : { canonical }),
      title: title.slice(0, 1_000),
      language: language.slice(0, 35),
      tags: tags
        .filter(({ tag }) => tag.length > 0 && tag.length <= TAG_MAX_LENGTH)
        .slice(0, 256)
        .map(({ tag, score, evidence }) => ({
          tag,
          score,
          evidence: evidence.slice(0, 16).map((place) => place.slice(0, 200)),
        })),
      taggedAt: this.now(),
      jobId: request.jobId,
    };
  }

  /** What is remembered of the fetch: whether it was cut, and what to ask with next time. */
  private origin({ truncated, validators, finalUrl: url }: FetchedPage): Pick<PageTags, 'truncated' | 'source'> {
    const asks = validators !== undefined && url.length <= URL_MAX_LENGTH;
    return {
      ...(truncated && { truncated }),
      ...(asks && { source: { url, ...validators, tagger: this.tagger } }),
    };
  }

  private now(): string {
    return new Date(this.ports.clock.now()).toISOString();
  }
}

function refused(code: 'PAGE_EMPTY' | 'PAGE_TOO_COMPLEX' | 'FETCH_STATUS', detail: string): AttemptResult {
  return { ok: false, error: { code, detail }, retriable: false };
}

/** A record that may be renewed instead of made again. */
function renewable(
  page: PageTags | undefined,
  tagger: string,
): (PageTags & { readonly source: PageSource }) | undefined {
  const source = page?.source;
  return page !== undefined && source?.tagger === tagger ? { ...page, source } : undefined;
}

/** How long a page waits for its host. What the host itself asked for stands as it is; a line is tried again sooner, and not by all at once. */
function patience(reason: string, retryAfterMs: number): { readonly retryAfterMs: number; readonly unasked: true } {
  const bounded =
    reason === 'resting' ? retryAfterMs : Math.min(retryAfterMs, LONGEST_LINE_MS) * (1 + Math.random() / 4);
  return { retryAfterMs: Math.ceil(bounded), unasked: true };
}
