import type { FetchCode } from '../result.ts';

/** A chain of redirects that begins at `http://start.example.org/` unless said otherwise. */
export interface RedirectChain {
  readonly what: string;
  /** Where each answer sends on; what comes after the last one is a page. */
  readonly locations: readonly (string | readonly string[] | undefined)[];
  readonly code: FetchCode;
  readonly reason: string;
  /** Requests that may leave: one for each redirect up to the refused one. */
  readonly requests: number;
  readonly from?: string;
  readonly status?: number;
}

const inside: readonly (readonly [string, string, string])[] = [
  ['loopback', 'http://127.0.0.1/', 'loopback'],
  ['loopback in decimal', 'http://2130706433/', 'loopback'],
  ['loopback in hexadecimal', 'http://0x7f.1/', 'loopback'],
  ['IPv6 loopback', 'http://[::1]/', 'loopback'],
  ['mapped loopback', 'http://[::ffff:7f00:1]/', 'loopback'],
  ['a private network', 'http://10.96.0.1/', 'private'],
  ['cloud metadata', 'http://169.254.169.254/latest/meta-data/iam/', 'linkLocal'],
  ['cloud metadata in octal', 'http://0251.0376.0251.0376/', 'linkLocal'],
  ['IPv6 metadata', 'http://[fd00:ec2::254]/', 'uniqueLocal'],
  ["Azure's host services", 'http://168.63.129.16/metrics', 'metadata'],
  ['this machine', 'http://localhost/', 'name'],
  ['the API server', 'https://kubernetes.default.svc/', 'name'],
  ['a Service', 'http://demo-api.tags.svc.cluster.local/', 'name'],
  ['a name that resolves inside', 'http://inside.example.org/', 'private'],
  ['a port of the inside', 'http://example.org:6379/', 'port'],
  ['a file', 'file:///etc/passwd', 'scheme'],
  ['an FTP server', 'ftp://example.org/', 'scheme'],
  ['a Gopher server', 'gopher://127.0.0.1:6379/_FLUSHALL', 'scheme'],
  ['a script', 'javascript:alert(1)', 'scheme'],
  ['data', 'data:text/html,<p>x', 'scheme'],
  ['a place with credentials', 'http://user:pass@example.org/', 'credentials'],
  ['a place with an empty user', 'http://@example.org/', 'credentials'],
  ['an inside that hides behind credentials', 'http://example.org@127.0.0.1/', 'credentials'],
  ['the inside, protocol-relative', '//127.0.0.1/', 'loopback'],
  ['a name of the inside, protocol-relative', '//localhost/', 'name'],
  ['credentials, protocol-relative', '//user@example.org/', 'credentials'],
  ['the inside with backslashes', '\\\\127.0.0.1\\', 'malformed'],
  ['the inside with mixed slashes', '/\\127.0.0.1/', 'malformed'],
  ['the inside with a tab in its scheme', 'ht\ttp://127.0.0.1/', 'malformed'],
  ['an encoded host', 'http://%31%32%37.0.0.1/', 'malformed'],
  ['an encoded host, protocol-relative', '//%6cocalhost/', 'malformed'],
  ['a zone', 'http://[fe80::1%25eth0]/', 'malformed'],
  ['three slashes', 'http:///127.0.0.1/', 'loopback'],
  ['no slashes', 'https:127.0.0.1', 'loopback'],
  ['an endless address', `http://example.org/${'a'.repeat(3_000)}`, 'malformed'],
];

const chains: readonly RedirectChain[] = [
  {
    what: 'more than three',
    locations: ['/1', '/2', '/3', '/4'],
    code: 'FETCH_REDIRECT',
    reason: 'count',
    requests: 4,
  },
  { what: 'in a circle', locations: ['/', '/', '/', '/', '/'], code: 'FETCH_REDIRECT', reason: 'count', requests: 4 },
  {
    what: 'between two hosts for ever',
    locations: [
      'http://a.example.org/',
      'http://start.example.org/',
      'http://a.example.org/',
      'http://start.example.org/',
    ],
    code: 'FETCH_REDIRECT',
    reason: 'count',
    requests: 4,
  },
  { what: 'to nowhere', locations: [undefined], code: 'FETCH_REDIRECT', reason: 'location', requests: 1 },
  { what: 'to what is no URL', locations: ['http://['], code: 'FETCH_REDIRECT', reason: 'location', requests: 1 },
  {
    what: 'to a port that is none',
    locations: ['http://example.org:99999/'],
    code: 'FETCH_REDIRECT',
    reason: 'location',
    requests: 1,
  },
  {
    what: 'to two places at once',
    locations: [['http://example.org/', 'http://127.0.0.1/']],
    code: 'FETCH_REDIRECT',
    reason: 'location',
    requests: 1,
  },
  {
    what: 'inside at the second hop',
    locations: ['/on', 'http://127.0.0.1/'],
    code: 'FETCH_REFUSED',
    reason: 'loopback',
    requests: 2,
  },
  {
    what: 'inside at the third hop',
    locations: ['/on', 'http://other.example.org/', 'http://10.0.0.1/'],
    code: 'FETCH_REFUSED',
    reason: 'private',
    requests: 3,
  },
  {
    what: 'to a name that has turned inside meanwhile',
    locations: ['http://inside.example.org/'],
    code: 'FETCH_REFUSED',
    reason: 'private',
    requests: 1,
  },
];

/** Redirects that must not be followed. */
export const redirects: readonly RedirectChain[] = [
  ...inside.map(([what, location, reason]) => ({
    what: `to ${what}`,
    locations: [location],
    code: 'FETCH_REFUSED' as const,
    reason,
    requests: 1,
  })),
  ...[301, 303, 307, 308].map((status) => ({
    what: `inside by status ${String(status)}`,
    locations: ['http://127.0.0.1/'],
    code: 'FETCH_REFUSED' as const,
    reason: 'loopback',
    requests: 1,
    status,
  })),
  ...chains,
];
