import { describe, expect, it } from 'vitest';
import { parseNetworks } from './address.ts';
import { allLayers } from './layers.ts';
import { FetchFailure } from './result.ts';
import { checkTarget, parseTarget } from './target.ts';

interface World {
  readonly dns?: Readonly<Record<string, readonly string[]>>;
  readonly allowed?: readonly string[];
}

const everywhere = ['93.184.216.34'];

/** The verdict on a URL: the addresses that may be dialled, or the reason of the refusal. */
async function judge(url: string, world: World = {}): Promise<readonly string[] | string> {
  try {
    const target = await checkTarget(parseTarget(url), {
      allowed: parseNetworks(world.allowed ?? []),
      resolve: (host) => Promise.resolve(world.dns?.[host] ?? everywhere),
      signal: AbortSignal.timeout(5_000),
      layers: allLayers,
    });
    return target.addresses;
  } catch (error) {
    if (error instanceof FetchFailure && error.code === 'FETCH_REFUSED') return error.notes.reason;
    throw error;
  }
}

describe('a URL whose form is treacherous', () => {
  it.each([
    ['http://exa\tmple.org/', 'malformed'],
    ['http://example.org/\n', 'malformed'],
    [' http://example.org/', 'malformed'],
    ['http://example.org\\@127.0.0.1/', 'malformed'],
    ['http:\\\\127.0.0.1/', 'malformed'],
    ['http://example.org/\u0000', 'malformed'],
    ['http://', 'malformed'],
    ['//example.org/', 'malformed'],
    ['example.org', 'malformed'],
    [`http://example.org/${'a'.repeat(2048)}`, 'malformed'],
    ['file:///etc/passwd', 'scheme'],
    ['ftp://example.org/', 'scheme'],
    ['gopher://example.org:70/', 'scheme'],
    ['data:text/html,hello', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['unix:/run/docker.sock', 'scheme'],
    ['http://user:pass@example.org/', 'credentials'],
    ['http://user@example.org/', 'credentials'],
    ['http://127.0.0.1@example.org/', 'credentials'],
  ])('%j is refused: %s', async (url, reason) => {
    expect(await judge(url)).toBe(reason);
  });
});

describe('a URL that points inside', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://１２７.０.０.１/',
    'http://127.0.0.1%2e/',
    'http://%31%32%37.0.0.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://168.63.129.16/',
    'http://100.100.100.200/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://172.16.0.1/',
  ])('%s is refused by its address', async (url) => {
    expect(typeof (await judge(url))).toBe('string');
  });

  it.each([
    'http://localhost/',
    'http://LOCALHOST/',
    'http://localhost./',
    'http://a.localhost/',
    'http://kubernetes/',
    'http://kubernetes.default.svc/',
    'http://kubernetes.default.svc.cluster.local/',
    'http://metadata.google.internal/',
    'http://metadata.example.org/',
    'http://router.home.arpa/',
    'http://printer.local/',
    'http://wiki.corp/',
  ])('%s is refused by its name, without asking DNS', async (url) => {
    expect(await judge(url)).toBe('name');
  });

  it.each([22, 25, 6379, 8080, 9092, 10250])('port %i is refused', async (port) => {
    expect(await judge(`http://example.org:${String(port)}/`)).toBe('port');
  });

  it.each([
    [['10.0.0.5'], 'private'],
    [['93.184.216.34', '127.0.0.1'], 'loopback'],
    [['2606:4700::1', 'fe80::1'], 'linkLocal'],
    [['169.254.169.254'], 'linkLocal'],
  ])('a public name with the addresses %j is refused as a whole', async (addresses, reason) => {
    expect(await judge('http://rebind.example.org/', { dns: { 'rebind.example.org': addresses } })).toBe(reason);
  });

  it('says the same sentence whatever the reason was', async () => {
    const details = await Promise.all(
      ['http://127.0.0.1/', 'http://localhost/', 'http://example.org:22/'].map((url) =>
        checkTarget(parseTarget(url), {
          allowed: [],
          resolve: () => Promise.resolve(everywhere),
          signal: AbortSignal.timeout(1000),
          layers: allLayers,
        }).then(
          () => 'accepted',
          (error: unknown) => (error as Error).message,
        ),
      ),
    );
    expect(new Set(details)).toEqual(new Set(['The page is not at a public address.']));
  });
});

describe('a public URL', () => {
  it.each([
    'http://example.org/',
    'https://example.org/a?b=c#d',
    'http://example.org:80/',
    'https://example.org:443/',
    'http://example.org./',
  ])('%s is dialled at the addresses that were judged', async (url) => {
    expect(await judge(url)).toEqual(everywhere);
  });

  it('may be a literal public address', async () => {
    expect(await judge('http://[2606:4700:4700::1111]/')).toEqual(['2606:4700:4700::1111']);
    expect(await judge('https://1.1.1.1/')).toEqual(['1.1.1.1']);
  });

  it('with an international name is asked for in its ASCII form', async () => {
    expect(await judge('http://bücher.example/', { dns: { 'xn--bcher-kva.example': ['8.8.8.8'] } })).toEqual([
      '8.8.8.8',
    ]);
  });
});

describe('with an allowed network', () => {
  const world = {
    allowed: ['10.0.0.0/8'],
    dns: { 'sample-site.tags': ['10.0.3.4'], 'evil.example.org': ['192.168.0.1'] },
  };

  it('names and ports of that network are reachable', async () => {
    expect(await judge('http://sample-site.tags:8080/', world)).toEqual(['10.0.3.4']);
    expect(await judge('http://10.9.8.7:3000/', world)).toEqual(['10.9.8.7']);
  });

  it('other private addresses stay closed', async () => {
    expect(await judge('http://evil.example.org/', world)).toBe('private');
    expect(await judge('http://127.0.0.1/', world)).toBe('loopback');
  });

  it('other ports of public hosts stay closed', async () => {
    expect(await judge('http://example.org:8080/', world)).toBe('port');
    expect(await judge('http://intranet/', world)).toBe('name');
  });
});
