import { load } from 'cheerio/slim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanHtml } from './scanner.ts';

// The scanner builds no tree. On well-formed pages it must find the same words in the same order as a parser that does.

const inline = fc.constantFrom('b', 'em', 'span', 'a', 'code');
const block = fc.constantFrom('div', 'section', 'article', 'ul', 'blockquote', 'main', 'table');
const skipped = fc.constantFrom(
  '<script>var a = "<p>no</p>";</script>',
  '<style>p { top: 0 }</style>',
  '<!-- <p>no</p> -->',
  '<svg><text>no</text></svg>',
);
const attributes = fc.constantFrom('', ' class="note"', " id='x'", ' data-a="1 > 0"', ' hidden', ' title="a &amp; b"');
const words = fc.lorem({ maxCount: 4 }).map((text) => text.replaceAll('.', ''));
const escaped = fc.constantFrom('fish &amp; chips', 'caf&eacute;', '5 &lt; 6', '&#8364;20', '&nbsp;');

const { node } = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    words,
    escaped,
    skipped,
    fc.tuple(inline, attributes, words).map(([name, more, text]) => `<${name}${more}>${text}</${name}>`),
    fc
      .tuple(block, attributes, fc.array(tie('node'), { maxLength: 4 }))
      .map(([name, more, children]) => `<${name}${more}>${children.join(' ')}</${name}>`),
    fc.tuple(words, words).map(([first, second]) => `<p>${first}</p> <h2>${second}</h2>`),
  ),
}));
const pages = fc.array(node, { maxLength: 8 }).map((parts) => parts.join(' '));

const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

function referenceText(html: string): string {
  const $ = load(html, { xml: { xmlMode: false, decodeEntities: true } });
  $('script, style, svg').remove();
  // A block ends a word even where no space stands: cheerio's text() would glue the words together.
  $('*').not('b, em, span, a, code').prepend(' ').append(' ');
  return squeezed($.root().text());
}

describe('the scanner beside a parser that builds a tree', () => {
  it('finds the same words in the same order', () => {
    fc.assert(
      fc.property(pages, (html) => {
        const scanned = scanHtml(html).blocks.map(({ text }) => text);
        expect(squeezed(scanned.join(' '))).toBe(referenceText(html));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('closes what it opened: text after a well-formed page stands outside of everything', () => {
    fc.assert(
      fc.property(pages, (html) => {
        const last = scanHtml(`${html}<hr>end`).blocks.at(-1);
        expect(last).toMatchObject({ text: 'end', element: -1, heading: 0, linkShare: 0 });
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('gives every block an element that is there, and every element a parent before it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          pages,
          fc.string({ unit: 'grapheme', maxLength: 300 }),
          fc
            .array(fc.constantFrom('<div>', '</div>', '<p>', '<li>', '</ul>', 'x', '<a>', '</a>', '<td>', '<'))
            .map((parts) => parts.join('')),
        ),
        (html) => {
          const { blocks, elements } = scanHtml(html);
          for (const { element, linkShare } of blocks) {
            expect(element).toBeLessThan(elements.length);
            expect(linkShare).toBeGreaterThanOrEqual(0);
            expect(linkShare).toBeLessThanOrEqual(1);
          }
          for (const [index, { parent }] of elements.entries()) expect(parent).toBeLessThan(index);
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);
});
