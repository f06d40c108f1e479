import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRobots, productTokenOf } from './rules.ts';

const allows = (file: string, path: string, token = 'TagService'): boolean => parseRobots(file, token).allows(path);
/** Of this process; a busy machine is no fault of the file. */
function cpuMsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}
const lines = (...all: string[]): string => all.join('\n');

describe('the groups of a robots.txt', () => {
  const file = lines(
    'User-agent: *',
    'Disallow: /all',
    '',
    'User-agent: tagservice',
    'Disallow: /ours',
    'User-agent: OtherBot',
    'User-agent: ThirdBot/2.0',
    'Disallow: /theirs',
  );

  it('are chosen by our name, whatever its case, and only without one by the asterisk', () => {
    expect([allows(file, '/ours'), allows(file, '/all'), allows(file, '/theirs')]).toEqual([false, true, true]);
    expect([allows(file, '/ours', 'NoBot'), allows(file, '/all', 'NoBot')]).toEqual([true, false]);
    expect(allows(file, '/theirs', 'otherbot')).toBe(false);
    expect(allows(file, '/theirs', 'ThirdBot')).toBe(false);
  });

  it('are merged where they name us more than once', () => {
    const twice = lines(
      'User-agent: TagService',
      'Disallow: /a',
      'User-agent: x',
      'Disallow: /c',
      'User-agent: TagService',
      'Disallow: /b',
    );
    expect(['/a', '/b', '/c'].map((path) => allows(twice, path))).toEqual([false, false, true]);
  });

  it('match whole names, not beginnings of them', () => {
    expect(allows('User-agent: Tag\nDisallow: /', '/x')).toBe(true);
    expect(allows('User-agent: TagServiceNews\nDisallow: /', '/x')).toBe(true);
    expect(allows('User-agent: TagService/7.1 beta\nDisallow: /', '/x')).toBe(false);
  });

  it('without a rule allow everything, even where others may nothing', () => {
    expect(allows('User-agent: TagService\nDisallow:\n\nUser-agent: *\nDisallow: /', '/x')).toBe(true);
  });

  it('are not ended by records of others, comments or empty lines', () => {
    const file = lines(
      'User-agent: TagService # us',
      'Sitemap: https://example.org/map.xml',
      '',
      'Crawl-delay: 10',
      'Disallow: /x # secret',
    );
    expect(allows(file, '/x')).toBe(false);
  });

  it('do not take rules that stand before any name', () => {
    expect(allows('Disallow: /\nUser-agent: other\nDisallow: /b', '/a')).toBe(true);
  });
});

describe('a rule', () => {
  const rule = (pattern: string, path: string): boolean => !allows(`User-agent: *\nDisallow: ${pattern}`, path);

  it.each([
    ['/', '/anything', true],
    ['/fish', '/fish', true],
    ['/fish', '/fish.html', true],
    ['/fish', '/fishheads/yummy?id=1', true],
    ['/fish', '/Fish', false],
    ['/fish', '/catfish', false],
    ['/fish*', '/fish', true],
    ['/fish/', '/fish', false],
    ['/fish/', '/fish/?id=1', true],
    ['/*.php', '/index.php', true],
    ['/*.php', '/folder/filename.php5', true],
    ['/*.php', '/windows.PHP', false],
    ['/*.php$', '/filename.php', true],
    ['/*.php$', '/filename.php?x', false],
    ['/*.php$', '/filename.php.php', true],
    ['/fish*.php', '/fishheads/catfish.php?x', true],
    ['/fish*.php', '/Fish.PHP', false],
    ['/a*b*c', '/axxbyyc', true],
    ['/a*b*c', '/acb', false],
    ['/a**b', '/ab', true],
    ['*', '/x', true],
    ['/$', '/', true],
    ['/$', '/x', false],
    ['/ab*ab$', '/ab', false],
    ['/ab*ab$', '/abab', true],
    ['/a$b', '/a$b', true],
    ['/a$b', '/a', false],
    ['/file-with-a-%2A.html', '/file-with-a-*.html', true],
    ['/file-with-a-%2A.html', '/file-with-a-x.html', false],
    ['/foo/%24', '/foo/$', true],
    ['/foo/bar/ツ', '/foo/bar/%E3%83%84', true],
    ['/foo/bar/%e3%83%84', '/foo/bar/ツ', true],
    ['/foo/bar/%62%61%7A', '/foo/bar/baz', true],
    ['/foo/bar/baz', '/foo/bar/%62%61%7a', true],
    ['/a%2fb', '/a%2Fb', true],
    ['/a%2fb', '/a/b', false],
    ['/a?q=', '/a?q=1', true],
    ['/a b', '/a%20b', true],
    ['/%zz', '/%zz', true],
  ])('%s against %s: %s', (pattern, path, expected) => {
    expect(rule(pattern, path)).toBe(expected);
  });

  it('that is longer wins, and among equals the one that allows', () => {
    const file = lines(
      'User-agent: *',
      'Allow: /p',
      'Disallow: /',
      'Allow: /folder',
      'Disallow: /folder',
      'Allow: /page',
      'Disallow: /*.htm',
      'Disallow: /page.h',
    );
    expect(allows(file, '/page')).toBe(true);
    expect(allows(file, '/other')).toBe(false);
    expect(allows(file, '/folder/x')).toBe(true);
    expect(allows(file, '/page.htm')).toBe(false);
  });

  it('never keeps robots.txt itself away', () => {
    expect(allows('User-agent: *\nDisallow: /', '/robots.txt')).toBe(true);
  });

  it.each(['disallow:/x', 'DISALLOW : /x', '\tDisallow:\t/x\t', 'Disallow: /x\r'])('may be written like %j', (line) => {
    expect(allows(`User-agent: *\r${line}`, '/x')).toBe(false);
  });
});

describe('a file', () => {
  it.each(['\n', '\r\n', '\r'])('may end its lines with %j and begin with a byte order mark', (end) => {
    expect(allows(['\uFEFFUser-agent: *', 'Disallow: /x'].join(end), '/x')).toBe(false);
  });

  it.each(['', '<html><body>404</body></html>', 'Disallow', ': /x', '\0\0\0'])(
    'that is none (%j) allows everything',
    (text) => {
      expect(allows(text, '/x')).toBe(true);
    },
  );

  it('made of half a million asterisks costs no time', () => {
    const file = `User-agent: *\nDisallow: /${'*a'.repeat(250_000)}b$`;
    const started = process.cpuUsage();
    expect(allows(file, `/${'a'.repeat(2_000)}`)).toBe(true);
    expect(cpuMsSince(started)).toBeLessThan(250);
  });

  it('of forty thousand rules costs little time', () => {
    const file = `User-agent: *\n${Array.from({ length: 40_000 }, (_, index) => `Disallow: /*${String(index)}$`).join('\n')}`;
    const rules = parseRobots(file, 'TagService');
    const started = process.cpuUsage();
    expect(rules.allows(`/${'a'.repeat(2_000)}`)).toBe(true);
    expect(cpuMsSince(started)).toBeLessThan(250);
  });
});

describe('whatever a file and a path are', () => {
  const piece = fc.constantFrom('/', 'a', 'b', '*', '$', '%2A', '%24', '%61', '%2f', 'ß', '?', '.');
  const word = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`);
  const plain = fc
    .array(fc.constantFrom('/', 'a', 'b', '.', '?'), { maxLength: 8 })
    .map((pieces) => `/${pieces.join('')}`);

  it('reading and asking never throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ unit: 'binary' }), (text, path) => {
        expect(typeof allows(text, path)).toBe('boolean');
      }),
    );
  });

  it('a pattern without special characters matches exactly the paths that begin with it', () => {
    fc.assert(
      fc.property(plain, plain, (pattern, path) => {
        expect(!allows(`User-agent: *\nDisallow: ${pattern}`, path)).toBe(path.startsWith(pattern));
      }),
    );
  });

  it('a pattern matches what a regular expression of it matches', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', '*', '/'), { maxLength: 8 }),
        fc.boolean(),
        plain,
        (pieces, end, path) => {
          const pattern = `/${pieces.join('')}${end ? '$' : ''}`;
          const source = pieces.map((part) => (part === '*' ? '.*' : part)).join('');
          const expected = new RegExp(`^/${source}${end ? '$' : ''}`, 's').test(path);
          expect(!allows(`User-agent: *\nDisallow: ${pattern}`, path)).toBe(expected);
        },
      ),
    );
  });

  it('the order of the rules does not matter', () => {
    const rule = fc.tuple(fc.constantFrom('Allow', 'Disallow'), word).map(([kind, pattern]) => `${kind}: ${pattern}`);
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), word, (rules, path) => {
        const file = (all: readonly string[]): string => lines('User-agent: *', ...all);
        expect(allows(file(rules), path)).toBe(allows(file(rules.toReversed()), path));
      }),
    );
  });

  it('percent-encoding what needs none changes nothing', () => {
    fc.assert(
      fc.property(plain, plain, (pattern, path) => {
        const encoded = path.replaceAll('a', '%61').replaceAll('.', '%2e');
        const file = `User-agent: *\nDisallow: ${pattern}`;
        expect(allows(file, encoded)).toBe(allows(file, path));
      }),
    );
  });
});

describe('our name to sites', () => {
  it.each([
    ['TagService/1.0 (+https://tagservice.dev)', 'TagService'],
    ['my-bot', 'my-bot'],
    ['Mozilla/5.0 (compatible; ExampleBot/2.1; +http://example.org)', 'ExampleBot'],
    ['Mozilla/5.0 (X11)', 'Mozilla'],
    ['(nameless)', ''],
  ])('in %s is %s', (userAgent, token) => {
    expect(productTokenOf(userAgent)).toBe(token);
  });

  it('that is empty goes by the rules for all', () => {
    expect(allows('User-agent: *\nDisallow: /x', '/x', '')).toBe(false);
  });
});
