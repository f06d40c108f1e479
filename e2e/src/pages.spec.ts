import { describe, expect, it } from 'vitest';
import { freshPages } from './pages.ts';

describe('fresh pages', () => {
  it('are all different, also from those that were given before', () => {
    const pages = [freshPages(5), freshPages(1), freshPages(40), freshPages(1)].flat();
    expect(new Set(pages).size).toBe(47);
  });
});
