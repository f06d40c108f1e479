import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSelector } from './label-selector.ts';

describe('a label selector', () => {
  it.each([
    ['', {}, true],
    ['a=b', { a: 'b' }, true],
    ['a=b', { a: 'c' }, false],
    ['a==b', { a: 'b' }, true],
    ['a=', { a: '' }, true],
    ['a=b,c=d', { a: 'b' }, false],
    ['a=b, c=d', { a: 'b', c: 'd' }, true],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b,c),d', { a: 'c' }, false],
    ['a notin (b,c)', { a: 'd' }, true],
    ['a notin (b,c)', { a: 'b' }, false],
    ['app.kubernetes.io/managed-by', { 'app.kubernetes.io/managed-by': 'x' }, true],
    ['!a', {}, true],
    ['!a', { a: '' }, false],
    ['inner', { inner: 'x' }, true],
    ['constructor', {}, false],
  ])('%s selects %o: %s', (selector, labels, expected) => {
    expect(parseSelector(selector)?.(labels as Record<string, string>)).toBe(expected);
  });

  it.each(['a>1', 'a in b', 'a=b c', '=b', '!a=b', 'a in (b'])('%s is left to the server', (selector) => {
    expect(parseSelector(selector)).toBeUndefined();
  });

  it('selects exactly what has the label, for any name and value', () => {
    const text = fc.stringMatching(/^[a-z][a-z0-9.-]{0,10}$/);
    fc.assert(
      fc.property(text, text, fc.dictionary(text, text), (name, value, labels) => {
        expect(parseSelector(`${name}=${value}`)?.(labels)).toBe(Object.hasOwn(labels, name) && labels[name] === value);
        expect(parseSelector(`${name} in (${value},x)`)?.({ ...labels, [name]: value })).toBe(true);
        expect(parseSelector(`${name}!=${value}`)?.({ ...labels, [name]: value })).toBe(false);
      }),
    );
  });
});
