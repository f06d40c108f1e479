/** One article of the sample site. `body` is the HTML inside `<article>`, below the heading. */
export interface Page {
  /** Last segment of its address: /articles/{slug}. */
  readonly slug: string;
  readonly language: 'en' | 'de' | 'fr';
  readonly section: string;
  readonly title: string;
  readonly description: string;
  readonly author: string;
  /** ISO date. */
  readonly published: string;
  readonly body: string;
}
