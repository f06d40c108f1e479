import { escapeHtml, renderArticle, renderDocument, renderIndex } from './layout.ts';
import type { Page } from './page.ts';

/** What is sent back. `hang` means: keep the connection open and say nothing. */
export type Answer =
  | { readonly kind: 'content'; readonly status: number; readonly type: string; readonly body: string }
  | { readonly kind: 'hang' };

const html = (body: string, status = 200): Answer => ({
  kind: 'content',
  status,
  type: 'text/html; charset=utf-8',
  body,
});
const text = (body: string, status = 200): Answer => ({
  kind: 'content',
  status,
  type: 'text/plain; charset=utf-8',
  body,
});

const about = renderDocument({
  language: 'en',
  title: 'About us',
  description: 'Who writes The Sample Gazette.',
  path: '/about',
  main: '<h1>About us</h1><p>The Sample Gazette is a small magazine that exists so that a tag service has something to read.</p>',
});

function notFound(path: string): Answer {
  const main = `<h1>Not found</h1><p>There is no page at ${escapeHtml(path)}.</p>`;
  return html(renderDocument({ language: 'en', title: 'Not found', description: '', path, main }), 404);
}

/** Issues of the archive: /archive/{issue}/{slug} is the article under as many addresses as a test wants. */
const archive = /^\/archive\/([1-9]\d{0,5})\/([a-z0-9-]+)$/;
const article = /^\/articles\/([a-z0-9-]+)$/;
const failure = /^\/broken\/status\/([45]\d\d)$/;

/** Answers a path (without query). Pure: the same path always has the same answer. */
export function answerFor(path: string, pages: ReadonlyMap<string, Page>): Answer {
  const fixed: Readonly<Record<string, () => Answer>> = {
    '/': () => html(renderIndex([...pages.values()])),
    '/articles': () => html(renderIndex([...pages.values()])),
    '/about': () => html(about),
    '/healthz': () => text('ok\n'),
    '/robots.txt': () => text('User-agent: *\nAllow: /\nDisallow: /broken/\n'),
    '/broken/slow': () => ({ kind: 'hang' }),
  };
  return fixed[path]?.() ?? broken(path) ?? articleAt(path, pages) ?? notFound(path);
}

function broken(path: string): Answer | undefined {
  const status = failure.exec(path)?.[1];
  return status === undefined ? undefined : text(`This page always answers ${status}.\n`, Number(status));
}

function articleAt(path: string, pages: ReadonlyMap<string, Page>): Answer | undefined {
  const [, issue, archived] = archive.exec(path) ?? [];
  const page = pages.get(archived ?? article.exec(path)?.[1] ?? '');
  if (page === undefined) return undefined;
  return html(renderArticle(page, path, issue === undefined ? undefined : Number(issue)));
}
