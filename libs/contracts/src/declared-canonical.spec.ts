import fc from 'fast-check';
import { getDomain } from 'tldts';
import { describe, expect, it } from 'vitest';
import { canonicalUrl } from './canonical-url.ts';
import { declaredCanonical } from './declared-canonical.ts';

const page = 'https://www.example.co.uk/story?page=2';

describe('the address that a page names as its own', () => {
  it.each([
    ['/story', 'https://www.example.co.uk/story'],
    ['https://example.co.uk/story#top', 'https://example.co.uk/story'],
    ['https://m.example.co.uk/story?utm_source=x&b=1&a=2', 'https://m.example.co.uk/story?a=2&b=1'],
    ['//www.example.co.uk/story', 'https://www.example.co.uk/story'],
    ['  https://example.co.uk:443/story ', 'https://example.co.uk/story'],
  ])('%s is believed, in its one spelling', (link, canonical) => {
    expect(declaredCanonical(page, link)).toBe(canonical);
  });

  it.each([
    ['itself', page],
    ['itself, spelled otherwise', 'HTTPS://WWW.EXAMPLE.CO.UK/story?page=2#x'],
    ['nothing', ''],
    ['blanks', '  '],
    ['another site', 'https://example.com/story'],
    ['another site under the same public suffix', 'https://other.co.uk/story'],
    ['a suffix itself', 'https://co.uk/'],
    ['a host that only ends alike', 'https://notexample.co.uk/'],
    ['plain http of a page that came by https', 'http://www.example.co.uk/story'],
    ['another port', 'https://www.example.co.uk:8443/story'],
    ['credentials', 'https://me:secret@www.example.co.uk/'],
    ['another scheme', 'javascript:alert(1)'],
    ['what cannot be parsed', 'https://exa mple/'],
    ['something endless', `/${'a'.repeat(5_000)}`],
  ])('is not believed when it is %s', (_, link) => {
    expect(declaredCanonical(page, link)).toBeUndefined();
  });

  it('is not believed across users of a host that gives each a name', () => {
    expect(declaredCanonical('https://alice.github.io/a', 'https://bob.github.io/a')).toBeUndefined();
    expect(declaredCanonical('https://alice.github.io/a', 'https://alice.github.io/b')).toBe(
      'https://alice.github.io/b',
    );
  });

  it('may be https of a page that came by http, and stays on a machine that has no domain', () => {
    expect(declaredCanonical('http://example.org/a', 'https://example.org/a')).toBe('https://example.org/a');
    expect(declaredCanonical('http://127.0.0.1:8080/a', '/b')).toBe('http://127.0.0.1:8080/b');
    expect(declaredCanonical('http://127.0.0.1/a', 'http://127.0.0.2/b')).toBeUndefined();
    expect(declaredCanonical('http://intranet/a', 'http://extranet/b')).toBeUndefined();
  });

  it('never leaves the registrable domain, is canonical, and never is the page, whatever is declared', () => {
    const host = fc.constantFrom(
      'a.org',
      'www.a.org',
      'b.org',
      'a.co.uk',
      'b.co.uk',
      'x.github.io',
      '10.0.0.1',
      'localhost',
    );
    const link = fc.oneof(
      fc.webUrl(),
      fc.string({ maxLength: 40 }),
      fc
        .tuple(fc.constantFrom('http:', 'https:', ''), host, fc.webPath())
        .map(([scheme, name, path]) => `${scheme}//${name}${path}`),
    );
    fc.assert(
      fc.property(host, link, (name, text) => {
        const from = `https://${name}/page`;
        const declared = declaredCanonical(from, text);
        if (declared === undefined) return;
        expect(canonicalUrl(declared)).toMatchObject({ ok: true, url: declared });
        expect(declared).not.toBe(from);
        const { hostname } = new URL(declared);
        const site = (of: string) => getDomain(of, { allowPrivateDomains: true }) ?? of;
        expect(site(hostname)).toBe(site(name));
      }),
      { numRuns: 1_000 },
    );
  });
});
