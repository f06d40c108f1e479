/** A page that was made to cost more than it says. */
export interface HostilePage {
  readonly name: string;
  readonly html: () => string;
}

const many = 100_000;
const repeated = (piece: string, count = many): string => piece.repeat(count);
const numbered = (piece: (n: number) => string, count = many): string =>
  Array.from({ length: count }, (_, n) => piece(n)).join('');
const body = (inside: string): string => `<html lang="en"><title>Orchards</title><body>${inside}</body></html>`;

const nested: readonly HostilePage[] = [
  { name: '100,000 nested <div>', html: () => body(repeated('<div>') + 'x' + repeated('</div>')) },
  { name: '100,000 nested <div>, never closed', html: () => body(`${repeated('<div>')}x`) },
  { name: '100,000 nested <b>', html: () => body(`${repeated('<b>')}x`) },
  { name: '100,000 nested <table>', html: () => body(repeated('<table><tr><td>', many / 3)) },
  { name: '100,000 nested lists', html: () => body(repeated('<ul><li>', many / 2)) },
  { name: '100,000 nested <a>', html: () => body(repeated('<a href="#">')) },
  { name: '100,000 nested <p>', html: () => body(repeated('<p>word')) },
  { name: '100,000 nested <form>', html: () => body(repeated('<form>')) },
  { name: '100,000 nested <svg>', html: () => body(repeated('<svg>')) },
  { name: '100,000 nested <template>', html: () => body(repeated('<template>')) },
  { name: '100,000 elements of alternating names', html: () => body(repeated('<i><b>', many / 2)) },
  { name: '100,000 misnested formats', html: () => body(repeated('<a><b></a></b>', many / 4)) },
  { name: '100,000 ends without a beginning', html: () => body(repeated('</p></div></b>', many / 3)) },
];

const attributed: readonly HostilePage[] = [
  { name: '100,000 elements with attributes', html: () => body(numbered((n) => `<i a${String(n)}="x">`)) },
  {
    name: 'one element with 100,000 attributes',
    html: () => body(`<div ${numbered((n) => `a${String(n)}=1 `)}>x</div>`),
  },
  { name: 'one attribute 100,000 times', html: () => body(`<div ${repeated('class="a" ')}>x</div>`) },
  {
    name: '100,000 classes on one element',
    html: () => body(`<div class="${numbered((n) => `c${String(n)} `)}">x</div>`),
  },
  { name: 'an attribute of a megabyte', html: () => body(`<div title="${repeated('x', 1_000_000)}">x</div>`) },
  { name: 'an attribute that never ends', html: () => body(`<div title="${repeated('x ', 500_000)}`) },
  { name: '100,000 attributes without values', html: () => body(`<div ${repeated('a ')}>`) },
];

const entities: readonly HostilePage[] = [
  { name: '200,000 character references', html: () => body(`<p>${repeated('&amp;', 200_000)}</p>`) },
  { name: '100,000 unfinished references', html: () => body(`<p>${repeated('&notit;&#x;&', many / 2)}</p>`) },
  { name: 'a reference of a megabyte', html: () => body(`<p>&${repeated('a', 1_000_000)}</p>`) },
  { name: '100,000 comments', html: () => body(repeated('<!-- x -->')) },
  { name: 'a comment that never ends', html: () => body(`<!--${repeated('-- ', 300_000)}`) },
  { name: '100,000 declarations', html: () => repeated('<!doctype html>', many / 2) },
  { name: 'CDATA without an end', html: () => body(`<svg><![CDATA[${repeated(']]', 400_000)}`) },
  { name: '1,000,000 less-than signs', html: () => body(repeated('<', 1_000_000)) },
  { name: '500,000 open tags without an end', html: () => body(repeated('<a ', 300_000)) },
  { name: 'a tag name of a megabyte', html: () => body(`<${repeated('a', 1_000_000)}>x`) },
  { name: 'zero bytes', html: () => body(`<p>${repeated('\0', 1_000_000)}</p>`) },
  { name: 'a script that never ends', html: () => body(`<script>${repeated('</scrip', 150_000)}`) },
  { name: '100,000 scripts', html: () => body(repeated('<script></script>')) },
  { name: '100,000 titles', html: () => `<head>${repeated('<title>x</title>')}` },
  {
    name: '100,000 meta elements',
    html: () => `<head>${numbered((n) => `<meta name="keywords" content="w${String(n)}">`, many / 2)}`,
  },
];

const words: readonly HostilePage[] = [
  { name: 'a word of a megabyte', html: () => body(`<p>${repeated('a', 1_000_000)}</p>`) },
  { name: 'a megabyte of one letter words', html: () => body(`<p>${repeated('a ', 500_000)}</p>`) },
  { name: '150,000 different words', html: () => body(`<p>${numbered((n) => `w${n.toString(36)} `, 150_000)}</p>`) },
  { name: '100,000 headings', html: () => body(numbered((n) => `<h1>Head ${String(n)}</h1>`, many / 2)) },
  { name: 'spaces for a pattern to walk over', html: () => body(`<p>${repeated(' ', 1_000_000)}x</p>`) },
  { name: 'line ends for a pattern to walk over', html: () => body(`<p>${repeated('\n\r\t', 300_000)}x</p>`) },
  { name: 'full stops', html: () => body(`<p>${repeated('. ', 500_000)}</p>`) },
  { name: 'capital letters', html: () => body(`<p>${repeated('Abc ', 250_000)}</p>`) },
  { name: 'dashes and quotes', html: () => body(`<p>${repeated(`a-b'c`, 200_000)}</p>`) },
  { name: 'combining marks', html: () => body(`<p>a${repeated('\u0301', 500_000)}</p>`) },
  { name: 'right-to-left marks', html: () => body(`<p>${repeated('\u202e\u200f', 250_000)}word</p>`) },
  { name: 'emoji joined to one', html: () => body(`<p>${repeated('👨\u200d', 150_000)}</p>`) },
  { name: 'text without spaces of another script', html: () => body(`<p>${repeated('蜂蜜果樹園', 60_000)}</p>`) },
  {
    name: 'JSON-LD nested 100,000 deep',
    html: () => `<script type="application/ld+json">${repeated('{"a":')}</script>`,
  },
  {
    name: 'JSON-LD with a prototype',
    html: () => `<script type="application/ld+json">{"__proto__":{"keywords":"x"}}</script>${body('x')}`,
  },
  { name: 'a link in every word', html: () => body(numbered((n) => `<a href="/${String(n)}">w</a> `, many / 2)) },
];

/** Pages that were made to cost more than they say, none larger than a page may be. */
export const hostilePages: readonly HostilePage[] = [...nested, ...attributed, ...entities, ...words];
