import { canonicalUrl } from '@tagservice/contracts';
import type { CanonicalPage } from '@tagservice/page-queue';
import { Problem } from '../http/problem.error.ts';

/** The page that an address means. @throws Problem with the code of what is wrong with the address, and the remedy */
export function canonicalPage(url: string): CanonicalPage {
  const canonical = canonicalUrl(url);
  if (canonical.ok) return { url: canonical.url, hash: canonical.hash };
  const { problem, detail } = canonical;
  throw new Problem(problem, { detail, errors: [{ pointer: 'url', detail }] });
}
