import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keywordsOf, maxKeywords, readDeclarations } from './declarations.ts';

describe('the declarations of a page', () => {
  it('are read from its head', () => {
    const source = `<html lang="de-AT"><title> A
      title </title><meta property="og:title" content="OG"><meta NAME="Description" content=" What it &amp; is ">
      <meta property="og:site_name" content="Site"><meta name="Keywords" content="one, two;three"><meta property="article:tag" content="four">
      <link rel="stylesheet" href="/a.css"><link rel="Canonical" href=" /story?a=1&amp;b=2 "><link rel="canonical" href="/second">`;
    expect(readDeclarations(source)).toEqual({
      language: 'de-AT',
      title: 'A title',
      openGraphTitle: 'OG',
      description: 'What it & is',
      siteName: 'Site',
      keywords: ['four', 'one', 'two', 'three'],
      canonicalLink: '/story?a=1&b=2',
    });
  });

  it('are empty where there are none', () => {
    expect(readDeclarations('')).toEqual({
      language: '',
      title: '',
      openGraphTitle: '',
      description: '',
      siteName: '',
      keywords: [],
      canonicalLink: '',
    });
  });

  it('fall back to the Open Graph description', () => {
    expect(readDeclarations('<meta property="og:description" content="Shared">').description).toBe('Shared');
  });
});

describe('keywords', () => {
  it('are unique, short and not too many', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 90 }), { maxLength: 40 }), (lists) => {
        const keywords = keywordsOf(lists);
        expect(keywords.length).toBeLessThanOrEqual(maxKeywords);
        expect(new Set(keywords).size).toBe(keywords.length);
        for (const keyword of keywords) expect(keyword.length).toBeLessThanOrEqual(60);
      }),
    );
  });
});
