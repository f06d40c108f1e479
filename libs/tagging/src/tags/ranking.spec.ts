import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phraseKey, phrasesOf, type Field } from './phrases.ts';
import { rankPhrases } from './ranking.ts';

const body = (text: string): Field => ({ kind: 'body', text });
const rank = (
  fields: readonly Field[],
  options: { banned?: string[]; max?: number } = {},
): { tag: string; score: number; evidence: readonly string[] }[] => [
  ...rankPhrases(phrasesOf(fields, 'en'), {
    max: options.max ?? 20,
    minimumScore: 0,
    banned: new Set(options.banned ?? []),
  }),
];
const names = (fields: readonly Field[]): string[] => rank(fields).map(({ tag }) => tag.toLowerCase());

describe('phrases', () => {
  it('end at stop words and punctuation and have one to three words', () => {
    const keys = [...phrasesOf([body('steep alpine vineyard slopes, and terraces')], 'en').keys()];
    expect(keys).toContain('steep alpin vineyard');
    expect(keys).not.toContain('slope terrac');
    for (const key of keys) expect(key.split(' ').length).toBeLessThanOrEqual(3);
  });

  it('neither begin with a number nor end in a year', () => {
    const keys = [...phrasesOf([body('Tokyo games 2020. 2020 games. Route 66')], 'en').keys()];
    expect(keys).toEqual(expect.arrayContaining(['tokyo game', 'rout 66']));
    expect(keys.filter((key) => key.includes('2020'))).toEqual([]);
  });

  it('are not made of addresses', () => {
    const keys = [
      ...phrasesOf([body('See https://www.example.org/red/apples?id=1 or www.example.com for pears.')], 'en').keys(),
    ];
    expect(keys).toEqual(['pear']);
  });

  it('are the same with a hyphen and without', () => {
    expect(phraseKey('open-source software', 'en')).toBe(phraseKey('Open source softwares', 'en'));
  });

  it('keep acronyms whose small form is a stop word, unless everything is in capitals', () => {
    expect(phrasesOf([body('Experts expect IT to change.')], 'en').has('it')).toBe(true);
    expect(phrasesOf([body('EXPERTS EXPECT IT TO CHANGE')], 'en').has('it')).toBe(false);
  });
});

describe('the ranking', () => {
  it('puts what the title and the headings name first', () => {
    const text = body('Rivers carry sand. Glaciers carry rocks. Rivers meet. Glaciers melt.');
    expect(names([{ kind: 'title', text: 'Glaciers' }, text])[0]).toBe('glaciers');
    expect(names([{ kind: 'heading', text: 'Rivers' }, text])[0]).toBe('rivers');
  });

  it('prefers the whole phrase to its parts', () => {
    const tags = names([
      body('Quantum computers need cold. Quantum computers fail. The quantum computers of today are small.'),
    ]);
    expect(tags).toContain('quantum computers');
    expect(tags).not.toContain('quantum');
  });

  it('keeps a part that stands alone often enough', () => {
    const tags = names([
      body(
        'Solar power grows. Solar power wins. The power is cheap. All power is clean. Its power is ours. Such power lasts.',
      ),
    ]);
    expect(tags).toEqual(expect.arrayContaining(['solar power', 'power']));
  });

  it('leaves out what is banned', () => {
    expect(
      rank([body('Example writes about bees. Example likes bees.')], { banned: ['exampl'] }).map(({ tag }) => tag),
    ).not.toContain('Example');
  });

  it('says where each tag was found', () => {
    const tags = rank([
      { kind: 'title', text: 'Bees' },
      { kind: 'keywords', text: 'bees' },
      body('Bees dance. The bees sleep.'),
    ]);
    expect(tags[0]).toMatchObject({ score: 1, evidence: ['title', 'keywords', 'body:2'] });
  });

  it('never prefers fewer occurrences to more, all else equal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), (often, more) => {
        const text = `${'the zebra, '.repeat(often + more)}${'the gecko, '.repeat(often)}`;
        const [first] = names([body(text)]);
        expect(first).toBe('zebra');
      }),
    );
  });

  it('gives the strongest tag 1 and every other one less or equal', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 60 }), fc.integer({ min: 1, max: 30 }), (text, max) => {
        const tags = rank([body(text)], { max });
        expect(tags.length).toBeLessThanOrEqual(max);
        if (tags.length > 0) expect(tags[0]?.score).toBe(1);
        for (const [index, { score }] of tags.entries()) expect(score).toBeLessThanOrEqual(tags[index - 1]?.score ?? 1);
      }),
    );
  });
});
