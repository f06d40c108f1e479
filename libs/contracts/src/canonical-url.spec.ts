import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { URL_MAX_LENGTH, canonicalUrl, urlHash } from './canonical-url.ts';

function canonical(input: string): string {
  const result = canonicalUrl(input);
  if (!result.ok) throw new Error(`${input}: ${result.problem}: ${result.detail}`);
  return result.url;
}

function problem(input: string): string {
  const result = canonicalUrl(input);
  return result.ok ? `accepted as ${result.url}` : result.problem;
}

describe('one page has one spelling', () => {
  it.each([
    ['HTTP://Example.ORG', 'http://example.org/'],
    ['https://example.org:443/a', 'https://example.org/a'],
    ['http://example.org:80/', 'http://example.org/'],
    ['http://example.org:8080/', 'http://example.org:8080/'],
    ['https://example.org/a#part', 'https://example.org/a'],
    ['https://example.org/a#', 'https://example.org/a'],
    ['https://example.org/?', 'https://example.org/'],
    ['https://example.org./a', 'https://example.org/a'],
    ['https://münchen.example/straße', 'https://xn--mnchen-3ya.example/stra%C3%9Fe'],
    ['https://example.org/a/../b/./c', 'https://example.org/b/c'],
    ['  https://example.org/a  ', 'https://example.org/a'],
    ['https://example.org/?b=2&a=1', 'https://example.org/?a=1&b=2'],
    ['https://example.org/?b=2&a=3&a=1', 'https://example.org/?a=3&a=1&b=2'],
    ['https://example.org/?&&a=1&', 'https://example.org/?a=1'],
    ['https://example.org/??', 'https://example.org/??'],
    ['https://example.org/?b=1&?a=2', 'https://example.org/??a=2&b=1'],
    ['https://example.org/?a=%20&b=+', 'https://example.org/?a=%20&b=+'],
    ['https://example.org/?utm_source=x&id=7&fbclid=y&GCLID=z', 'https://example.org/?id=7'],
    ['https://example.org/?utm%5Fsource=x', 'https://example.org/'],
    ['https://example.org/?utm_source', 'https://example.org/'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['http://[::1]:80/', 'http://[::1]/'],
  ])('%s -> %s', (input, expected) => {
    expect(canonical(input)).toBe(expected);
  });

  it('keeps parameters that only look like tracking', () => {
    expect(canonical('https://example.org/?utm=1&gclids=2&ref=3')).toBe('https://example.org/?gclids=2&ref=3&utm=1');
  });

  it('names it by the first half of its SHA-256', () => {
    const result = canonicalUrl('https://example.org');
    expect(result).toMatchObject({ ok: true, hash: urlHash('https://example.org/') });
    expect(urlHash('https://example.org/')).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('percent-encoding', () => {
  it.each([
    ['https://a.org/%7euser/%41b%2dc', 'https://a.org/~user/Ab-c'],
    ['https://a.org/caf%c3%a9', 'https://a.org/caf%C3%A9'],
    ['https://a.org/café', 'https://a.org/caf%C3%A9'],
    ['https://a.org/a%2fb%3fc', 'https://a.org/a%2Fb%3Fc'],
    ['https://a.org/?%71=%31%2b1&b=%e2%82%ac', 'https://a.org/?b=%E2%82%AC&q=1%2B1'],
    ['https://a.org/?%75tm_source=x&a=1', 'https://a.org/?a=1'],
    ['https://a.org/%2541', 'https://a.org/%2541'],
    ['https://a.org/%zz%4', 'https://a.org/%zz%4'],
    ['https://a.org/x/%2e%2e/y', 'https://a.org/y'],
  ])('%s has the one spelling %s', (input, expected) => {
    expect(canonical(input)).toBe(expected);
  });

  it('of any letter that needs none does not matter', () => {
    const plain = fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/).filter((text) => !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(plain, fc.boolean(), (text, capital) => {
        const escaped = Array.from(text, (letter) => {
          const digits = letter.charCodeAt(0).toString(16);
          return `%${capital ? digits.toUpperCase() : digits}`;
        }).join('');
        expect(canonical(`https://a.org/${escaped}?v=${escaped}`)).toBe(canonical(`https://a.org/${text}?v=${text}`));
      }),
    );
  });
});

describe('the host', () => {
  it('is never another one than the one that would be asked', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
      fc.constantFrom('BÜCHER.example', 'example.org.', 'ex%61mple.org', '0x7f.1', '2130706433', '１２７.0.0.1'),
    );
    const rest = fc.tuple(fc.webPath(), fc.webQueryParameters(), fc.webFragments());
    fc.assert(
      fc.property(fc.constantFrom('http', 'https'), host, rest, (scheme, name, [path, query, fragment]) => {
        const given = `${scheme}://${name}${path}?${query}#${fragment}`;
        const result = canonicalUrl(given);
        if (!result.ok) return;
        expect(new URL(result.url).hostname).toBe(new URL(given).hostname.replace(/\.$/, ''));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same in Unicode and in punycode', () => {
    expect(canonical('https://bücher.example/')).toBe('https://xn--bcher-kva.example/');
    expect(canonical('https://XN--BCHER-KVA.example./')).toBe('https://xn--bcher-kva.example/');
  });
});

describe('what is refused says why', () => {
  it.each([
    ['', 'URL_MISSING'],
    ['   ', 'URL_MISSING'],
    ['example.org/page', 'URL_MALFORMED'],
    ['//example.org/', 'URL_MALFORMED'],
    ['https://', 'URL_MALFORMED'],
    ['https://exa mple.org/', 'URL_MALFORMED'],
    ['https://example.org:99999/', 'URL_MALFORMED'],
    ['https://example.org/a\nb', 'URL_MALFORMED'],
    ['ht\ttps://example.org/', 'URL_MALFORMED'],
    ['https:example.org', 'URL_MALFORMED'],
    ['https:/example.org', 'URL_MALFORMED'],
    ['ftp://example.org/', 'URL_SCHEME'],
    ['javascript:alert(1)', 'URL_SCHEME'],
    ['file:///etc/passwd', 'URL_SCHEME'],
    ['data:text/html,hi', 'URL_SCHEME'],
    ['localhost:8080/a', 'URL_SCHEME'],
    ['https://user@example.org/', 'URL_CREDENTIALS'],
    ['https://user:secret@example.org/', 'URL_CREDENTIALS'],
    ['https://:secret@example.org/', 'URL_CREDENTIALS'],
    ['https://a..example.org/', 'URL_HOST'],
    ['https://./', 'URL_HOST'],
    [`https://${'a'.repeat(64)}.example/`, 'URL_HOST'],
    [`https://${'a.'.repeat(130)}example/`, 'URL_HOST'],
    [`https://example.org/${'a'.repeat(URL_MAX_LENGTH)}`, 'URL_TOO_LONG'],
    [`https://example.org/${'ü'.repeat(URL_MAX_LENGTH / 2)}`, 'URL_TOO_LONG'],
  ])('%j is %s', (input, expected) => {
    expect(problem(input)).toBe(expected);
  });

  it('also where the input is no text at all', () => {
    expect(problem(undefined as unknown as string)).toBe('URL_MISSING');
  });

  it('never repeats a password', () => {
    expect(JSON.stringify(canonicalUrl('https://user:hunter2@example.org/'))).not.toContain('hunter2');
  });
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc
    .tuple(
      fc.constantFrom('http://', 'https://', 'HTTPS://', 'https:/', 'http:\\\\'),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'utm_x', '%61', '%', ''), fc.string({ maxLength: 8 })), {
        maxLength: 6,
      }),
    )
    .map(
      ([scheme, rest, query]) =>
        `${scheme}h.example/${rest}?${query.map(([name, value]) => `${name}=${value}`).join('&')}`,
    ),
);

describe('over all inputs', () => {
  it('never throws, and an answer is always complete', () => {
    fc.assert(
      fc.property(hostile, (input) => {
        const result = canonicalUrl(input);
        if (result.ok) expect(result.hash).toBe(urlHash(result.url));
        else expect(result.detail.length).toBeGreaterThan(10);
      }),
      { numRuns: 2000 },
    );
  });

  it('is idempotent: a canonical URL is its own', () => {
    fc.assert(
      fc.property(hostile, (input) => {
        const result = canonicalUrl(input);
        if (result.ok) expect(canonicalUrl(result.url)).toEqual(result);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives only http and https, without credentials, fragment or tracking, within the limit', () => {
    fc.assert(
      fc.property(hostile, (input) => {
        const result = canonicalUrl(input);
        if (!result.ok) return;
        const url = new URL(result.url);
        expect(['http:', 'https:']).toContain(url.protocol);
        expect([url.username, url.password, url.hash, url.searchParams.get('utm_x')]).toEqual(['', '', '', null]);
        expect(result.url.length).toBeLessThanOrEqual(URL_MAX_LENGTH);
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the order of parameters of different names', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        names.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([one, two]) => {
          const urlOf = (all: readonly string[]): string =>
            `https://h.example/?${all.map((name) => `${name}=1`).join('&')}`;
          expect(canonical(urlOf(two))).toBe(canonical(urlOf(one)));
        },
      ),
    );
  });
});
