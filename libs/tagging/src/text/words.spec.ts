import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stemOf } from './stems.ts';
import { stopWordsOf } from './stop-words.ts';
import { wordsOf } from './words.ts';

const surfaces = (text: string, language = 'en'): string[] =>
  wordsOf(text, language, 1_000).map(({ surface }) => surface);
/** A bar where a phrase may not go across. */
const phrased = (text: string, language = 'en'): string =>
  wordsOf(text, language, 1_000)
    .map(({ surface, afterBreak }) => (afterBreak ? `|${surface}` : surface))
    .join(' ');

describe('the words of a text', () => {
  it('keep the signs that belong to them', () => {
    expect(surfaces('C++ and C# run on Node.js, version 4.1; state-of-the-art')).toEqual([
      'C++',
      'and',
      'C#',
      'run',
      'on',
      'Node.js',
      'version',
      '4.1',
      'state-of-the-art',
    ]);
  });

  it('lose the possessive, and the elided article of French and Italian', () => {
    expect(surfaces("Europe's grid")).toEqual(['Europe', 'grid']);
    expect(phrased("de l'énergie", 'fr')).toBe('|de |énergie');
    expect(surfaces("dell'acqua", 'it')).toEqual(['acqua']);
  });

  it('are separated by punctuation, line breaks and brackets, not by spaces', () => {
    expect(phrased('heat pumps, old houses (warm) ones\nnext line')).toBe(
      '|heat pumps |old houses |warm |ones |next line',
    );
  });

  it('are found in scripts without spaces', () => {
    expect(surfaces('東京都は日本の首都である。', 'ja')).toEqual(expect.arrayContaining(['東京', '日本', '首都']));
  });

  it('are no more than asked for', () => {
    expect(wordsOf('a b c d e', 'en', 3)).toHaveLength(3);
  });

  it('are parts of the text in order, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        let from = 0;
        for (const { surface } of wordsOf(text, 'xx', 1_000)) {
          const at = text.indexOf(surface, from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + surface.length;
        }
      }),
    );
  });
});

describe('stems', () => {
  it.each([
    ['en', ['operator', 'operators', 'Operators']],
    ['de', ['Haus', 'Häuser', 'Hauses']],
    ['fr', ['développement', 'développements']],
    ['es', ['libro', 'libros']],
  ])('are equal for the forms of a word (%s)', (language, forms) => {
    expect(new Set(forms.map((form) => stemOf(form, language))).size).toBe(1);
  });

  it('leave words with digits and words of unknown languages as they are, in lower case', () => {
    expect(stemOf('IPv6', 'en')).toBe('ipv6');
    expect(stemOf('Foxes', 'xx')).toBe('foxes');
  });

  it('are never empty for a word', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\p{L}{1,12}$/u),
        fc.constantFrom('en', 'de', 'fr', 'es', 'it', 'nl', 'no', 'pt', 'ru', 'sv'),
        (word, language) => {
          expect(stemOf(word, language)).not.toBe('');
          expect(stemOf(word, language)).toBe(stemOf(word, language));
        },
      ),
    );
  });
});

describe('stop words', () => {
  it('exist per language, without the words that name subjects', () => {
    expect(stopWordsOf('en').has('the')).toBe(true);
    expect(stopWordsOf('en').has('system')).toBe(false);
    expect(stopWordsOf('de').has('und')).toBe(true);
    expect(stopWordsOf('xx').size).toBe(0);
  });
});
