import { load } from 'cheerio/slim';

/** What a page declares about itself in its head. Every field is an empty string or list when it says nothing. */
export type Declarations = {
  readonly language: string;
  readonly title: string;
  readonly openGraphTitle: string;
  readonly description: string;
  readonly siteName: string;
  readonly keywords: readonly string[];
  /** As it is written: relative, absolute or nonsense. */
  readonly canonicalLink: string;
};

/** More keywords than this are no tags of one page but bait for search engines. */
export const maxKeywords = 20;

/** Reads the declarations out of the source of the declaring tags alone, so that the tree stays small whatever the page is. */
export function readDeclarations(source: string): Declarations {
  // Within one element: the time of a search grows with the square of the elements at the top.
  const $ = load(`<x>${source}`, { xml: { xmlMode: false, decodeEntities: true } });
  const meta = (selector: string): string => fold($(selector).first().attr('content') ?? '');
  const articleTags = $('meta[property="article:tag"]')
    .toArray()
    .map((element) => $(element).attr('content') ?? '');
  return {
    language: $('html[lang]').first().attr('lang') ?? $('html[xml\\:lang]').first().attr('xml:lang') ?? '',
    title: fold($('title').first().text()),
    openGraphTitle: meta('meta[property="og:title"]'),
    description: meta('meta[name="description" i]') || meta('meta[property="og:description"]'),
    siteName: meta('meta[property="og:site_name"]'),
    keywords: keywordsOf([...articleTags, $('meta[name="keywords" i]').first().attr('content') ?? '']),
    canonicalLink: $('link[rel~="canonical" i]').first().attr('href')?.trim() ?? '',
  };
}

/** The keywords in the order of the page; none at all where there are so many that they describe nothing. */
export function keywordsOf(lists: readonly string[]): readonly string[] {
  const keywords = new Set(
    lists
      .flatMap((list) => list.split(/[,;|]/))
      .map(fold)
      .filter((keyword) => keyword !== '' && keyword.length <= 60),
  );
  return keywords.size > maxKeywords ? [] : [...keywords];
}

function fold(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
