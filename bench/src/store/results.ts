import { canonicalUrl, newJobId } from '@tagservice/contracts';
import type { TagResult } from '@tagservice/tag-store';
import { BenchFailure } from '../errors.ts';

const tagsOfPage = 12;
const vocabulary = 2_000;

/**
 * The nth result of a run: a page of about 1.5 kB with twelve tags of a vocabulary of 2,000, of which few are frequent and many are rare,
 * as on the web. The same for the same numbers, so that every candidate writes the same.
 */
export function resultOf(run: string, nth: number): TagResult {
  const canonical = canonicalUrl(`https://example.org/${run}/${String(nth)}`);
  if (!canonical.ok) throw new BenchFailure(canonical.detail);
  const { url, hash: urlHash } = canonical;
  const jobId = newJobId(urlHash);
  const acceptedAt = new Date(Date.UTC(2026, 0, 1) + nth).toISOString();
  const numbers = new Set(Array.from({ length: tagsOfPage }, (_, rank) => tagNumber(nth * tagsOfPage + rank)));
  const tags = Array.from(numbers, (number, rank) => ({
    tag: `Subject ${String(number)}`,
    score: 1 / (rank + 1),
    evidence: ['title', 'heading', 'text'],
  }));
  const title = `All about subject ${String(nth)}`;
  return {
    jobId,
    url,
    urlHash,
    acceptedAt,
    page: { url, urlHash, title, language: 'en', tags, taggedAt: acceptedAt, jobId },
  };
}

/** Spreads numbers over the vocabulary so that its first tenth is named by about half of them. */
function tagNumber(seed: number): number {
  const even = (Math.imul(seed, 2_654_435_761) >>> 0) / 2 ** 32;
  return Math.floor(vocabulary * even ** 3.3);
}
