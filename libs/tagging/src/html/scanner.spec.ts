import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxDepth, scanHtml } from './scanner.ts';

const textsOf = (html: string): string[] => scanHtml(html).blocks.map(({ text }) => text);

describe('the scanner', () => {
  it('cuts the text where block elements begin and end, not at inline ones', () => {
    expect(textsOf('<p>One <b>bold</b>\n word</p><div>two<p>three</div>four')).toEqual([
      'One bold word',
      'two',
      'three',
      'four',
    ]);
  });

  it('keeps a line break that was written as one', () => {
    expect(textsOf('<p>first<br>second\nline<br><br>third')).toEqual(['first\nsecond line\nthird']);
  });

  it('reads no script, style, template, picture or comment', () => {
    const hidden =
      '<script>if (a<b) x()</script><style>p{}</style><template><p>t</p></template><svg><title>s</title><text>v</text></svg><!-- <p>c -->';
    expect(textsOf(`${hidden}<p>seen`)).toEqual(['seen']);
  });

  it('does not wait for the end of an element that closed itself', () => {
    expect(textsOf('<svg/><p>seen</p>')).toEqual(['seen']);
  });

  it('decodes character references', () => {
    expect(textsOf('<p>Fish &amp; chips &eacute;&#x1F35F;')).toEqual(['Fish & chips é🍟']);
  });

  it('measures the share of links, also of those around several blocks', () => {
    const shares = scanHtml(
      '<p>half<a>link</a></p><a href=x><div>card one</div><div>card two</div></a><p>free</p>',
    ).blocks.map(({ linkShare }) => linkShare);
    expect(shares).toEqual([0.5, 1, 1, 0]);
  });

  it('knows headings by level and elements by parent', () => {
    const { blocks, elements } = scanHtml('<main><h2>Title</h2><ul><li>one<li>two</ul></main>');
    expect(blocks.map(({ heading }) => heading)).toEqual([2, 0, 0]);
    expect(elements.map(({ name, parent }) => `${name}<${elements[parent]?.name ?? ''}`)).toEqual([
      'main<',
      'h2<main',
      'ul<main',
      'li<ul',
      'li<ul',
    ]);
  });

  it('collects the declarations and the tag links of the page', () => {
    const { declarations, tagLinks } = scanHtml(
      '<html lang=de><title>A &lt; B</title><meta name=x content=y><p><a rel="tag nofollow">Wine</a>',
    );
    expect(declarations).toBe('<html lang=de><title>A &lt; B</title><meta name=x content=y>');
    expect(tagLinks).toEqual(['Wine']);
  });

  it('takes a header for boilerplate except inside of an article', () => {
    const { elements } = scanHtml('<header>a</header><article><header>b</header></article>');
    expect(elements.map(({ verdict }) => verdict)).toEqual(['boilerplate', 'content', 'neutral']);
  });

  it('never nests deeper than its bound and never loses text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), (depth) => {
        const { elements, blocks } = scanHtml(`${'<div>'.repeat(depth)}core${'</div>'.repeat(depth)}<p>after</p>`);
        expect(elements.length).toBe(Math.min(depth, maxDepth) + 1);
        expect(elements.at(-1)).toMatchObject({ name: 'p', parent: -1 });
        expect(blocks.map(({ text }) => text)).toEqual(['core', 'after']);
      }),
      { numRuns: 40 },
    );
  });
});
