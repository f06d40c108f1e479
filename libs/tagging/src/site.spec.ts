import { describe, expect, it } from 'vitest';
import { cleanTitle, siteNames } from './site.ts';

describe('the name of a site', () => {
  it('is what it says and the label of its host', () => {
    expect(siteNames('https://www.hearth.example/a', 'Hearth Weekly')).toEqual(['Hearth Weekly', 'hearth']);
    expect(siteNames('no address', '')).toEqual([]);
    expect(siteNames('http://localhost/', '')).toEqual([]);
  });

  it.each([
    ['Old houses | Hearth Weekly', 'Old houses'],
    ['Hearth Weekly: Old houses', 'Hearth Weekly: Old houses'],
    ['Hearth - Old houses - Energy', 'Old houses – Energy'],
    ['Old houses', 'Old houses'],
    ['Hearth Weekly', 'Hearth Weekly'],
  ])('is taken off the title %s', (title, expected) => {
    expect(cleanTitle(title, { names: ['Hearth Weekly', 'hearth'], heading: '' })).toBe(expected);
  });

  it('yields to a heading that the title begins with', () => {
    expect(cleanTitle('How houses are warmed – a blog by me', { names: [], heading: 'How houses are warmed' })).toBe(
      'How houses are warmed',
    );
  });
});
