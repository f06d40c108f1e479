import { pages } from '@tagservice/sample-site';
import { samplePage } from '@tagservice/workspace/up';

const slugs = pages.map((page) => page.slug);

/** The archive of the sample site has so many issues. */
const ISSUES = 900_000;

/** The issue that is asked for next: the clock says where a run begins, so that it is not where the one before began. */
let next = Math.floor(Date.now() / 1000);

/** Addresses of sample pages that nobody has asked for, neither before in this run nor in an earlier one. */
export function freshPages(count: number): readonly string[] {
  const first = next;
  next += Math.ceil(count / slugs.length);
  return pagesFrom(first, count);
}

/** Addresses of sample pages from an issue of the archive on. */
export function pagesFrom(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const issue = ((first + Math.floor(index / slugs.length)) % ISSUES) + 1;
    return samplePage(`archive/${String(issue)}/${slugs[index % slugs.length] ?? ''}`);
  });
}
