import { articleOf } from './html/article.ts';
import { keywordsOf, readDeclarations, type Declarations } from './html/declarations.ts';
import { scanHtml, type ScannedPage } from './html/scanner.ts';
import { maxHtmlLength, maxTextLength, type TaggedPage, type TagPageInput } from './page.ts';
import { cleanTitle, siteNames } from './site.ts';
import { phraseKey, phrasesOf, type Field } from './tags/phrases.ts';
import { rankPhrases } from './tags/ranking.ts';
import { languageOf } from './text/language.ts';

const defaults = { max: 12, minimumScore: 0.1 } as const;
const maxTags = 100;
const maxHeadings = 60;
/** Letters of a title or description beyond this are no title or description. */
const maxFieldLength = 2_000;

/**
 * Finds the main text, the language and the tags of a page. Pure and synchronous: the same input gives the same answer, nothing is read from
 * outside, and no input makes it throw. Time is linear in the length of the input, which is bounded by `maxHtmlLength` and `maxTextLength`.
 */
export function tagPage(input: TagPageInput): TaggedPage {
  const page = scanHtml(input.html.slice(0, maxHtmlLength));
  const declarations = readDeclarations(page.declarations);
  const article = articleOf(page);
  const text = (input.text ?? article.blocks.map((block) => block.text).join('\n')).slice(0, maxTextLength);
  const title = titleOf(input, declarations, page);
  const description = (input.description ?? declarations.description).slice(0, maxFieldLength);
  const language = languageOf(input.language ?? declarations.language, text === '' ? `${title} ${description}` : text);
  const fields: Field[] = [
    { kind: 'title', text: title },
    { kind: 'description', text: description },
    ...article.headings
      .slice(0, maxHeadings)
      .map((block): Field => ({ kind: 'heading', text: block.text.slice(0, maxFieldLength) })),
    { kind: 'body', text },
    ...publisherFields(input, declarations, page),
  ];
  const phrases = phrasesOf(fields, language);
  markSlug(phrases, input.url, language);
  const banned = new Set(siteNames(input.url, declarations.siteName).map((name) => phraseKey(name, language)));
  const tags = rankPhrases(phrases, {
    max: clamp(input.max ?? defaults.max, 1, maxTags),
    minimumScore: clamp(input.minimumScore ?? defaults.minimumScore, 0, 1),
    banned,
  });
  const { canonicalLink } = declarations;
  return { title, text, language, tags, ...(canonicalLink === '' ? {} : { canonicalLink }) };
}

function titleOf(input: TagPageInput, declarations: Declarations, page: ScannedPage): string {
  if (input.title !== undefined) return input.title.slice(0, maxFieldLength);
  const heading = page.blocks.find((block) => block.heading === 1)?.text ?? '';
  const declared = declarations.openGraphTitle || declarations.title || heading;
  return cleanTitle(declared.slice(0, maxFieldLength), { names: siteNames(input.url, declarations.siteName), heading });
}

function publisherFields(input: TagPageInput, declarations: Declarations, page: ScannedPage): readonly Field[] {
  if (input.ignorePublisherTags === true) return [];
  return keywordsOf([...declarations.keywords, ...page.tagLinks]).map((text) => ({ kind: 'keywords', text }));
}

/** The words of the address mark the phrases that consist of them alone; they make no phrases of their own. */
function markSlug(phrases: ReturnType<typeof phrasesOf>, url: string, language: string): void {
  const path = URL.parse(url)?.pathname.slice(0, maxFieldLength) ?? '';
  const stems = new Set(phraseKey(decoded(path).replace(/[^\p{L}\p{M}\p{N}]+/gu, ' '), language).split(' '));
  for (const phrase of phrases.values()) {
    if (phrase.key.split(' ').every((stem) => stems.has(stem))) phrase.counts.set('url', 1);
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Number.isNaN(value) ? least : Math.min(most, Math.max(least, value));
}
