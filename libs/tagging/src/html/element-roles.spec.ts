import { describe, expect, it } from 'vitest';
import { endsImplicitly, headingLevel, verdictOf, verdictOfNames } from './element-roles.ts';

describe('the names that sites give to their parts', () => {
  it.each([
    'sidebar',
    'site-footer',
    'relatedPosts',
    'social share',
    'cookie-consent',
    'ad',
    'newsletter_signup',
    'breadcrumbs',
    'mainNav-menu x'.replace('main', ''),
  ])('call %s boilerplate', (names) => {
    expect(verdictOfNames(names)).toBe('boilerplate');
  });

  it.each(['article-body', 'post share', 'entry-content', 'mainContent'])('call %s content', (names) => {
    expect(verdictOfNames(names)).toBe('content');
  });

  it.each(['gradient', 'header-image', 'shadow', 'loading', 'grid'])('say nothing with %s', (names) => {
    expect(verdictOfNames(names)).toBe('neutral');
  });
});

describe('an element', () => {
  const plain = { names: '', role: '', hidden: false };

  it('is boilerplate by its name, its role, or because it is hidden', () => {
    expect(verdictOf('nav', plain)).toBe('boilerplate');
    expect(verdictOf('div', { ...plain, role: 'navigation' })).toBe('boilerplate');
    expect(verdictOf('div', { ...plain, hidden: true })).toBe('boilerplate');
  });

  it('is never boilerplate by class when it is the body', () => {
    expect(verdictOf('body', { ...plain, names: 'has-sidebar' })).toBe('neutral');
  });

  it('is content when it is an article or the main part', () => {
    expect(verdictOf('article', plain)).toBe('content');
    expect(verdictOf('div', { ...plain, role: 'main' })).toBe('content');
  });

  it('ends those that HTML lets end without a closing tag', () => {
    expect(endsImplicitly('div', 'p')).toBe(true);
    expect(endsImplicitly('li', 'li')).toBe(true);
    expect(endsImplicitly('td', 'th')).toBe(true);
    expect(endsImplicitly('li', 'ul')).toBe(false);
    expect(endsImplicitly('div', 'div')).toBe(false);
  });

  it('has a level only as a heading', () => {
    expect(['h1', 'h6', 'hr', 'p'].map(headingLevel)).toEqual([1, 6, 0, 0]);
  });
});
