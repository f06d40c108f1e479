import { describe, expect, it } from 'vitest';
import { articleOf as articleIn } from './article.ts';
import { scanHtml } from './scanner.ts';

const articleOf = (html: string): string[] => articleIn(scanHtml(html)).blocks.map(({ text }) => text);
const paragraph = (subject: string): string =>
  `The ${subject} is described here in a sentence of its own, which is long enough to be one.`;
const p = (subject: string): string => `<p>${paragraph(subject)}</p>`;

const headingsOf = (html: string): string[] => articleIn(scanHtml(html)).headings.map(({ text }) => text);

describe('the headings of a page', () => {
  it('are its title, wherever it stands, and those that head no boilerplate', () => {
    const html = `<header><h1>Title</h1></header><main><h2>Part</h2>${p('a')}${p('b')}</main><nav><h2>Main menu</h2></nav>`;
    expect(headingsOf(html)).toEqual(['Title', 'Part']);
  });

  it('leave out details, and links to other pages', () => {
    const html = `<main>${p('a')}<h3>Kept</h3>${p('b')}<h4>Detail</h4>${p('c')}<h2><a href=x>Other article</a></h2>${p('d')}</main>`;
    expect(headingsOf(html)).toEqual(['Kept']);
  });
});

describe('the main text of a page', () => {
  it('is what stands in its article', () => {
    const html = `<nav>${p('menu')}</nav><div id=page><div class=story>${p('first')}${p('second')}</div><div class=sidebar>${p('third')}</div></div>`;
    expect(articleOf(html)).toEqual([paragraph('first'), paragraph('second')]);
  });

  it('keeps what a misleading class name calls boilerplate when it is most of the text', () => {
    expect(
      articleOf(`<div class="social">${p('first')}${p('second')}${p('third')}</div><div class="share">short</div>`),
    ).toHaveLength(3);
  });

  it('keeps the sections of an article together', () => {
    const sections = ['one', 'two', 'three', 'four']
      .map((name) => `<section><h2>${name}</h2>${p(name)}</section>`)
      .join('');
    expect(articleOf(`<body><div>${sections}</div></body>`).filter((text) => text.startsWith('The'))).toHaveLength(4);
  });

  it('keeps headings that head something, and no others', () => {
    expect(articleOf(`<main><h1>Title</h1>${p('a')}<h2>Kept</h2>${p('b')}<h2>Dropped</h2></main>`)).toEqual([
      paragraph('a'),
      'Kept',
      paragraph('b'),
    ]);
  });

  it('drops blocks that are mostly links', () => {
    expect(articleOf(`<main>${p('a')}<p><a href=x>${paragraph('linked')}</a></p>${p('b')}</main>`)).toEqual([
      paragraph('a'),
      paragraph('b'),
    ]);
  });

  it('drops what is hidden', () => {
    expect(
      articleOf(`<main>${p('a')}${p('b')}<div hidden>${p('c')}</div><div style="display: none">${p('d')}</div></main>`),
    ).toHaveLength(2);
  });

  it('is whatever there is on a page of short pieces', () => {
    expect(articleOf('<div>Red shoes</div><div>Blue shoes</div>')).toEqual(['Red shoes', 'Blue shoes']);
  });

  it('is nothing on a page without text', () => {
    expect(articleOf('<div><img src=x></div>')).toEqual([]);
  });
});
