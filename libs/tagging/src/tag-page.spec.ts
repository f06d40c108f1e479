import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxTextLength, type TagPageInput } from './page.ts';
import { tagPage } from './tag-page.ts';

const article = `<!doctype html><html lang="en-GB"><head>
  <title>How heat pumps warm old houses | Hearth Weekly</title>
  <meta name="description" content="A heat pump warms an old house when its radiators are large enough.">
  <meta property="og:site_name" content="Hearth Weekly"><style>p { color: red }</style><script>var heat = "furnace";</script></head>
  <body><header><a href="/">Hearth Weekly</a> Magazine subscriptions</header><nav><ul><li><a href="/a">Gardening</a><li><a href="/b">Cooking</a></ul></nav>
  <main><article><h1>How heat pumps warm old houses</h1>
  <p>A heat pump moves warmth from the cold air outside into the house, and it needs little electricity for that.</p>
  <h2>Radiators</h2>
  <p>Large radiators let heat pumps run at a low flow temperature, which makes them efficient, quiet and cheap.</p>
  <p>Heat pumps of today use propane, so that a flow temperature of seventy degrees is possible in winter.</p>
  </article></main><aside class="related">Read also: gas boilers, oil tanks and wood stoves in the country</aside>
  <div class="cookie-banner">We use cookies to make this site better, please accept all of them now.</div><footer>Copyright Hearth Weekly</footer></body></html>`;

const page = (extra: Partial<TagPageInput> = {}): TagPageInput => ({
  url: 'https://www.hearthweekly.example/heating/heat-pumps-old-houses',
  html: article,
  ...extra,
});
const namesOf = (input: TagPageInput): string[] => tagPage(input).tags.map(({ tag }) => tag.toLowerCase());

describe('the tags of a page', () => {
  it('name its subject first, with where it was found', () => {
    const [first] = tagPage(page()).tags;
    expect(first?.tag.toLowerCase()).toMatch(/^heat pumps?$/);
    expect(first?.score).toBe(1);
    expect(first?.evidence).toEqual(expect.arrayContaining(['title', 'heading', 'description', 'url', 'body:3']));
  });

  it('come from the text and not from what surrounds it', () => {
    const result = tagPage(page({ max: 100, minimumScore: 0 }));
    expect(result.text).toContain('flow temperature');
    for (const foreign of ['cookies', 'Gardening', 'gas boilers', 'Copyright', 'furnace', 'color']) {
      expect(result.text).not.toContain(foreign);
      expect(result.tags.map(({ tag }) => tag)).not.toContain(foreign);
    }
  });

  it('leave out the name of the site', () => {
    const result = tagPage(page({ max: 100, minimumScore: 0 }));
    expect(result.title).toBe('How heat pumps warm old houses');
    expect(result.tags.map(({ tag }) => tag)).not.toContain('Hearth Weekly');
  });

  it('group the forms of a word and show the most frequent one', () => {
    const text = 'A vineyard lies on the slope. Many vineyards lie above it. Old vineyards are steep.';
    const tags = tagPage({ url: '', html: '', text, language: 'en' }).tags.filter(({ tag }) => /vineyard/i.test(tag));
    expect(tags[0]).toMatchObject({ tag: 'vineyards', evidence: ['body:3'] });
  });

  it('respect the limits asked for', () => {
    expect(tagPage(page({ max: 2 })).tags).toHaveLength(2);
    for (const { score } of tagPage(page({ minimumScore: 0.5 })).tags) expect(score).toBeGreaterThanOrEqual(0.5);
  });

  it('use what the caller knows better', () => {
    const result = tagPage(
      page({
        title: 'Beekeeping',
        description: 'Bees in winter',
        text: 'Beekeeping in winter needs patience, and beekeeping needs sugar.',
      }),
    );
    expect(result).toMatchObject({ title: 'Beekeeping', text: expect.stringContaining('sugar') as string });
    expect(result.tags[0]?.tag).toBe('Beekeeping');
  });

  it('take the tags that the publisher declared into account, also absent ones', () => {
    const html = article.replace('</head>', '<meta name="keywords" content="domestic heating, heat pumps"></head>');
    expect(namesOf(page({ html }))).toContain('domestic heating');
    expect(namesOf(page({ html, ignorePublisherTags: true }))).not.toContain('domestic heating');
  });

  it('ignore a list of keywords that is bait', () => {
    const bait = Array.from({ length: 40 }, (_, index) => `bait${String(index)}x`).join(',');
    const html = article.replace('</head>', `<meta name="keywords" content="${bait}"></head>`);
    expect(namesOf(page({ html, max: 100, minimumScore: 0 })).filter((name) => name.startsWith('bait'))).toEqual([]);
  });

  it.each([
    [
      'de',
      'Die Wärmepumpen heizen das Haus. Eine Wärmepumpe braucht Strom, und die Wärmepumpe ist leise.',
      /^wärmepumpen?$/,
    ],
    [
      'fr',
      "L'énergie solaire chauffe la maison. L'énergie solaire coûte peu, et l'énergie solaire dure longtemps.",
      /^énergie solaire$/,
    ],
    ['ja', '量子コンピュータの研究。量子コンピュータは計算を速くする。量子コンピュータの未来。', /量子/],
    ['xx', 'Blorf zindle blorf quang. Blorf zindle.', /^blorf/],
  ])('are found in %s by the rules of that language', (language, text, expected) => {
    const [first] = tagPage({ url: '', html: '', text, language }).tags;
    expect(first?.tag.toLowerCase()).toMatch(expected);
  });

  it('are none for an empty page', () => {
    expect(tagPage({ url: '', html: '' })).toEqual({ title: '', text: '', language: 'und', tags: [] });
  });
});

describe('hostile pages', () => {
  const within = (milliseconds: number, html: string): void => {
    // Time of this thread on a processor: how busy the machine is otherwise does not count.
    const start = process.threadCpuUsage();
    const result = tagPage({ url: 'https://a.example/', html });
    expect(result.tags.length).toBeLessThanOrEqual(12);
    const { user, system } = process.threadCpuUsage(start);
    expect((user + system) / 1_000).toBeLessThan(milliseconds);
  };

  it.each([
    ['100,000 nested divs', '<div>'.repeat(100_000) + 'deep text'],
    ['100,000 nested and closed divs', '<div>'.repeat(100_000) + 'x' + '</div>'.repeat(100_000)],
    ['100,000 openings and as many foreign closings', '<div>'.repeat(100_000) + '</p>'.repeat(100_000)],
    ['100,000 list items without an end', '<ul><li>'.repeat(100_000)],
    ['100,000 inline tags', '<a><b><i>'.repeat(100_000)],
    ['100,000 meta tags', '<meta name=description content=x>'.repeat(60_000)],
    ['an unclosed comment', '<!--' + 'x'.repeat(1_000_000)],
    ['an unclosed attribute', '<p class="' + 'y '.repeat(500_000)],
    ['a word of a million letters', 'a'.repeat(1_000_000)],
    ['a million hyphens', 'a-'.repeat(500_000)],
    ['a million entities', '&amp;'.repeat(300_000)],
    ['100,000 distinct words', Array.from({ length: 100_000 }, (_, index) => `w${index.toString(36)}q`).join(' ')],
    ['only spaces', ' \n\t'.repeat(500_000)],
  ])(
    'are done within a second: %s',
    (_name, html) => {
      within(1_000, html);
    },
    60_000,
  );
});

describe('whatever the page', () => {
  const fragment = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '<p>',
      '</p>',
      '<div class="comment">',
      '</div>',
      '<a href=x rel=tag>',
      '</a>',
      '<script>',
      '</script>',
      '<title>',
      '<h1>',
      '<!--',
      '-->',
      '<svg>',
      '&amp;',
      '<li>',
      '<meta name=keywords content="a,b">',
      ' Solar power plants. ',
    ),
    fc.lorem({ maxCount: 12 }),
  );
  const html = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(''));

  it('the answer is bounded, sorted, deterministic, and nothing is thrown', () => {
    fc.assert(
      fc.property(html, fc.webUrl(), fc.integer({ min: -5, max: 200 }), (source, url, max) => {
        const result = tagPage({ url, html: source, max, minimumScore: 0 });
        const scores = result.tags.map(({ score }) => score);
        expect(result.tags.length).toBeLessThanOrEqual(Math.max(1, Math.min(100, max)));
        expect(result.text.length).toBeLessThanOrEqual(Math.min(maxTextLength, source.length * 2 + 10));
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        for (const { tag, score, evidence } of result.tags) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(1);
          expect(tag).not.toBe('');
          expect(evidence.length).toBeGreaterThan(0);
        }
        expect(tagPage({ url, html: source, max, minimumScore: 0 })).toEqual(result);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('no tag comes twice, whatever its form', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 80 }), (text) => {
        const names = tagPage({ url: '', html: '', text, language: 'en', max: 100, minimumScore: 0 }).tags.map(
          ({ tag }) => tag.toLowerCase(),
        );
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});
