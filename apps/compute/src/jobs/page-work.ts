import { Inject, Injectable } from '@nestjs/common';
import { TAG_MAX_LENGTH } from '@tagservice/contracts';
import { declaredCanonical } from '@tagservice/contracts/declared-canonical';
import type { JobError, PageTags, TagRequest } from '@tagservice/contracts';
import { inSpan } from '@tagservice/service-kit';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { PageTooComplex } from '../tagging/tagging-pool.ts';
import type { PageFindings } from '../tagging/tagging-pool.ts';

/** What came of one attempt. `retriable`: the cause is outside and may pass. */
export type AttemptResult =
  | { readonly ok: true; readonly page: PageTags }
  | { readonly ok: false; readonly error: JobError; readonly retriable: boolean; readonly retryAfterMs?: number };

/** One attempt at one page: fetch it, read it, find its tags. Nothing is written. */
@Injectable()
export class PageWork {
  constructor(@Inject(PORTS) private readonly ports: ComputePorts) {}

  async attempt(request: TagRequest, signal: AbortSignal): Promise<AttemptResult> {
    const { fetchPage, policy, metrics, logger } = this.ports;
    const observe = metrics.stages.startTimer({ stage: 'fetch' });
    const fetched = await inSpan('fetch page', {}, () => fetchPage(request.url, { ...policy.fetch, signal }));
    observe();
    if (fetched.ok) return this.tag(request, fetched.html);
    const { code, detail, reason, retriable, retryAfterMs } = fetched;
    metrics.fetchFailures.inc({ code });
    logger.info({ jobId: request.jobId, code, reason, retriable }, 'fetch failed');
    const failed = { ok: false, error: { code, detail }, retriable } as const;
    return retryAfterMs === undefined ? failed : { ...failed, retryAfterMs };
  }

  private async tag(request: TagRequest, html: string): Promise<AttemptResult> {
    const { tagger, policy, metrics } = this.ports;
    const observe = metrics.stages.startTimer({ stage: 'tag' });
    try {
      const findings = await inSpan('tag page', {}, () => tagger.run({ url: request.url, html, ...policy.tags }));
      if (findings.tags.length === 0)
        return refused('PAGE_EMPTY', 'The page has no text from which tags could be found.');
      return { ok: true, page: this.toPage(request, findings) };
    } catch (error) {
      if (error instanceof PageTooComplex) return refused('PAGE_TOO_COMPLEX', error.message);
      throw error;
    } finally {
      observe();
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
      taggedAt: new Date(this.ports.clock.now()).toISOString(),
      jobId: request.jobId,
    };
  }
}

function refused(code: 'PAGE_EMPTY' | 'PAGE_TOO_COMPLEX', detail: string): AttemptResult {
  return { ok: false, error: { code, detail }, retriable: false };
}
