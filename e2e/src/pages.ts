import { pages } from '@tagservice/sample-site';
import { samplePage } from '@tagservice/workspace/up';

const slugs = pages.map((page) => page.slug);

/** Addresses of sample pages that no earlier run has asked for: issues of the archive from a number on that the clock gives. */
export function freshPages(count: number, run = Math.floor(Date.now() / 1000) % 100_000): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const issue = ((run + Math.floor(index / slugs.length)) % 900_000) + 1;
    return samplePage(`archive/${String(issue)}/${slugs[index % slugs.length] ?? ''}`);
  });
}
