import { canonicalUrl, newJobId, type PageTags } from '@tagservice/contracts';
import { randomUUID } from 'node:crypto';
import type { ClaimRequest, JobReference } from './port.ts';

/** What the contract changes of a store. */
export interface ContractOptions {
  readonly maxPostings?: number;
  readonly recordRetentionMs?: number;
}

/** A URL that no other test has used. */
export function someUrl(): { url: string; urlHash: string } {
  const canonical = canonicalUrl(`https://example.org/${randomUUID()}`);
  if (!canonical.ok) throw new TypeError(canonical.detail);
  return { url: canonical.url, urlHash: canonical.hash };
}

let clock = Date.parse('2026-01-01T00:00:00.000Z');

/** A job for the URL, accepted later than all before it. */
export function someJob(of: { url: string; urlHash: string } = someUrl()): JobReference {
  clock += 1;
  return { ...of, jobId: newJobId(of.urlHash), acceptedAt: new Date(clock).toISOString() };
}

/** A page with these tags and scores, as the result of the job. */
export function pageOf(job: JobReference, tags: Record<string, number>): PageTags {
  return {
    url: job.url,
    urlHash: job.urlHash,
    jobId: job.jobId,
    title: `Title of ${job.jobId}`,
    language: 'en',
    taggedAt: job.acceptedAt,
    tags: Object.entries(tags).map(([tag, score]) => ({ tag, score, evidence: ['title'] })),
  };
}

/** A claim of the job, for a minute unless told. */
export function claimOf(job: JobReference, leaseMs = 60_000): ClaimRequest {
  return { ...job, leaseMs };
}
