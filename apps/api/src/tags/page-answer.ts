import type { PageTags, PageTagsAnswer } from '@tagservice/contracts';

/** A record ready to be sent: written out once, sent many times. */
export interface PreparedPage {
  readonly taggedAtMs: number;
  readonly etag: string;
  readonly body: string;
  readonly staleBody: string;
  /** Of both bodies, for the bound of the cache. */
  readonly bytes: number;
}

/** Writes out a record. The entity tag is the job's own part of its id: each job writes a record at most once. */
export function preparePage(page: PageTags): PreparedPage {
  const { url, canonical, title, language, tags, taggedAt, truncated } = page;
  const names = canonical === undefined ? { url } : { url, canonical };
  const answer: PageTagsAnswer = {
    ...names,
    title,
    language,
    tags,
    taggedAt,
    ...(truncated === true && { truncated }),
  };
  const body = JSON.stringify(answer);
  const staleBody = JSON.stringify({ ...answer, stale: true } satisfies PageTagsAnswer);
  return {
    taggedAtMs: Date.parse(taggedAt),
    etag: page.jobId.slice(-16),
    body,
    staleBody,
    bytes: 2 * (body.length + staleBody.length),
  };
}
