/** What the tagger is given about one page. Only `url` and `html` are needed; every other field overrides what would be read from the HTML. */
export type TagPageInput = {
  /** Absolute URL; the words of its path are evidence. An empty or malformed one is no error: it is no evidence. */
  readonly url: string;
  /** The page as decoded text. What lies beyond `maxHtmlLength` characters is not read. */
  readonly html: string;
  readonly title?: string;
  readonly description?: string;
  /** The main text, when the caller has extracted it already; paragraphs are separated by line breaks. */
  readonly text?: string;
  /** BCP 47 tag or ISO 639-1 code. Without it: the page's `lang`, then detection from the text. */
  readonly language?: string;
  /** Most tags to answer, 1 to 100; 12 by default. */
  readonly max?: number;
  /** Tags below this score are left out, 0 to 1; 0.1 by default. */
  readonly minimumScore?: number;
  /** Do not read the tags that the publisher declared (keywords, article:tag, rel=tag). For measuring. */
  readonly ignorePublisherTags?: boolean;
};

/** One tag of a page. */
export type Tag = {
  /** The phrase in the form in which the page writes it most often. */
  readonly tag: string;
  /** Above 0, at most 1. Relative to the strongest tag of the same page, which has 1. */
  readonly score: number;
  /** Where it was found: `title`, `heading`, `description`, `url`, `keywords`, `body:7` (7 times in the text). */
  readonly evidence: readonly string[];
};

/** What the tagger found out about one page. */
export type TaggedPage = {
  readonly title: string;
  /** The main text without navigation, advertisements and other boilerplate; paragraphs separated by line breaks. */
  readonly text: string;
  /** ISO 639-1 code, or `und` when it could not be determined. */
  readonly language: string;
  /** Sorted by score, highest first; ties by the tag itself. */
  readonly tags: readonly Tag[];
  /** What the page names as its own address (`rel=canonical`), as it is written; absent where it names none. Whether to believe it is the caller's task. */
  readonly canonicalLink?: string;
};

/** Characters of HTML that are read at most (2 MiB); the median page of the web has about 0.1 MiB. */
export const maxHtmlLength = 2 * 1024 * 1024;

/** Characters of main text that are tagged and answered at most: some 30,000 words, the length of a short book. */
export const maxTextLength = 200_000;
