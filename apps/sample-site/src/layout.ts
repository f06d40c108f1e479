import type { Page } from './page.ts';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
}

const navigation = [
  ['/', 'Home'],
  ['/articles', 'All articles'],
  ['/about', 'About us'],
  ['/newsletter', 'Newsletter'],
  ['/login', 'Sign in'],
] as const;

const links = navigation.map(([href, text]) => `<li><a href="${href}">${text}</a></li>`).join('');

/** The furniture of every page: what a tagger has to see through, as on any real site. */
const header = `<header class="site-header"><a class="logo" href="/">The Sample Gazette</a><nav aria-label="Main"><ul>${links}</ul></nav></header>`;
const aside = `<aside class="sidebar"><h2>Most read</h2><ol><li><a href="/articles">Ten things you missed this week</a></li><li><a href="/articles">Readers' letters</a></li></ol><div class="ad" role="complementary">Advertisement</div></aside>`;
const footer = `<footer class="site-footer"><p>© 2026 The Sample Gazette. All rights reserved.</p><ul><li><a href="/privacy">Privacy policy</a></li><li><a href="/terms">Terms of use</a></li><li><a href="/cookies">Cookie settings</a></li><li><a href="/contact">Contact</a></li></ul><p>Follow us on social media. Share this page with your friends.</p></footer>`;
const cookies = `<div id="cookie-banner" role="dialog"><p>We use cookies to improve your experience. By continuing you accept our cookie policy.</p><button>Accept all</button><button>Reject</button></div>`;

interface DocumentParts {
  readonly language: string;
  readonly title: string;
  readonly description: string;
  readonly path: string;
  readonly head?: string;
  readonly main: string;
}

/** A whole HTML document around the main part. */
export function renderDocument({ language, title, description, path, head = '', main }: DocumentParts): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} | The Sample Gazette</title>
<meta name="description" content="${escapeHtml(description)}">
<link rel="canonical" href="${escapeHtml(path)}">
<meta property="og:site_name" content="The Sample Gazette">
<meta property="og:title" content="${escapeHtml(title)}">
<meta property="og:description" content="${escapeHtml(description)}">
${head}<style>body{font:16px/1.5 Georgia,serif;margin:0}main{max-width:42rem;margin:auto}</style>
<script>window.dataLayer=window.dataLayer||[];dataLayer.push({event:'pageview'});</script>
</head>
<body>
${header}
<main>${main}</main>
${aside}
${footer}
${cookies}
</body>
</html>
`;
}

/** The document of an article. An issue other than the first is the same article in the archive, under an address and heading of its own. */
export function renderArticle(page: Page, path: string, issue?: number): string {
  const title = issue === undefined ? page.title : `${page.title} (issue ${String(issue)})`;
  const facts = {
    '@context': 'https://schema.org',
    '@type': 'Article',
    headline: title,
    datePublished: page.published,
    author: { '@type': 'Person', name: page.author },
  };
  const head = `<meta property="og:type" content="article">
<meta property="article:section" content="${escapeHtml(page.section)}">
<meta property="article:published_time" content="${page.published}">
<script type="application/ld+json">${JSON.stringify(facts)}</script>
`;
  const main = `<article><h1>${escapeHtml(title)}</h1><p class="byline">By ${escapeHtml(page.author)}, <time datetime="${page.published}">${page.published}</time></p>
${page.body}</article>`;
  return renderDocument({ language: page.language, title, description: page.description, path, head, main });
}

/** The list of all articles. */
export function renderIndex(pages: readonly Page[]): string {
  const items = pages.map(
    (page) =>
      `<li><a href="/articles/${page.slug}" hreflang="${page.language}">${escapeHtml(page.title)}</a><p>${escapeHtml(page.description)}</p></li>`,
  );
  return renderDocument({
    language: 'en',
    title: 'Articles on gardens, data, sport, food, the sky and more',
    description: 'A small magazine whose pages are there to be tagged.',
    path: '/',
    main: `<h1>All articles</h1><ul>${items.join('\n')}</ul>`,
  });
}
