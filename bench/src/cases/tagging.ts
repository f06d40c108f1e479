import { tagPage } from '@tagservice/tagging';
import { load } from 'cheerio';
import type { BenchCase, Measure } from '../measure.ts';
import { median } from '../statistics.ts';

const rounds = 15;
const subjects = [
  'sourdough bread',
  'bicycle gears',
  'jazz harmony',
  'tax returns',
  'telescope mirrors',
  'garden compost',
];

/** A page of about 40 kB with the usual furniture around its text, made here so that the figure needs no data from outside. */
function page(subject: string): string {
  const links = Array.from({ length: 80 }, (_, i) => `<li><a href="/topic/${i}">Topic number ${i}</a></li>`).join('');
  const paragraphs = Array.from(
    { length: 60 },
    (_, i) =>
      `<p>Paragraph ${i} is about ${subject}. Whoever learns ${subject} begins with small steps, keeps notes of what worked, ` +
      `and compares them after a season; the second attempt at ${subject} is usually <em>twice</em> as good as attempt ${i}.</p>`,
  ).join('\n');
  return (
    `<!doctype html><html lang="en"><head><title>All about ${subject}</title><meta name="description" content="Notes on ${subject}">` +
    `<style>${'.a{color:red}'.repeat(200)}</style></head><body><nav><ul>${links}</ul></nav><article><h1>${subject}</h1>${paragraphs}` +
    `</article><footer>${links}</footer></body></html>`
  );
}

/** Megabytes of HTML a second that `work` gets through, median of the rounds. */
function throughput(pages: readonly string[], work: (html: string) => unknown): number {
  const megabytes = pages.reduce((sum, html) => sum + Buffer.byteLength(html), 0) / 1e6;
  return median(
    Array.from({ length: rounds }, () => {
      const started = performance.now();
      for (const html of pages) work(html);
      return megabytes / ((performance.now() - started) / 1000);
    }),
  );
}

/** Tagging a page whole, against merely parsing it with cheerio's default (standards-repairing) parser and taking its text. */
export const taggingCase: BenchCase = {
  name: 'tagging',
  summary: 'HTML to tags, against parsing alone with cheerio’s default parser',
  run: (): Promise<readonly Measure[]> => {
    const pages = subjects.map(page);
    const tag = (html: string) => tagPage({ url: 'https://example.com/', html });
    const parse = (html: string) => load(html)('body').text();
    for (const warmUp of [tag, parse]) throughput(pages, warmUp);
    return Promise.resolve([
      {
        name: 'tagging.throughput',
        value: throughput(pages, tag),
        unit: 'MB/s',
        reference: throughput(pages, parse),
        referenceName: 'cheerio.load and text()',
        goal: { min: 0.5 },
      },
    ]);
  },
};
