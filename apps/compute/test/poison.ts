import { canonicalUrl, newJobId } from '@tagservice/contracts';
import { requestFor } from './compute-harness.ts';

/** A message that nobody can work on, and the code that says why. */
export interface Poison {
  readonly name: string;
  readonly value: Buffer | null;
  readonly code: 'MESSAGE_EMPTY' | 'MESSAGE_TOO_LARGE' | 'MESSAGE_NOT_JSON' | 'MESSAGE_VERSION' | 'MESSAGE_SHAPE';
}

const good = requestFor('https://example.org/bees');
const other = canonicalUrl('https://example.org/wasps');
if (!other.ok) throw new Error(other.detail);
const text = JSON.stringify(good);

const poison = (name: string, code: Poison['code'], value: string | Uint8Array): Poison => ({
  name,
  code,
  value: Buffer.from(value as string),
});
/** The good request with fields of other kinds. */
const shaped = (name: string, fields: Record<string, unknown>): Poison =>
  poison(name, 'MESSAGE_SHAPE', JSON.stringify({ ...good, ...fields }));
const versioned = (name: string, code: Poison['code'], version: string): Poison =>
  poison(name, code, text.replace('"version":1', `"version":${version}`));

const nothing: readonly Poison[] = [
  { name: 'no value', code: 'MESSAGE_EMPTY', value: Buffer.alloc(0) },
  poison('only spaces', 'MESSAGE_NOT_JSON', '   \n'),
  poison('one zero byte', 'MESSAGE_NOT_JSON', '\0'),
];

const versions: readonly Poison[] = [
  versioned('the version before the first', 'MESSAGE_VERSION', '0'),
  versioned('the next version', 'MESSAGE_VERSION', '2'),
  versioned('a far version', 'MESSAGE_VERSION', '2147483648'),
  versioned('a negative version', 'MESSAGE_VERSION', '-1'),
  versioned('half a version', 'MESSAGE_VERSION', '1.5'),
  versioned('an endless version', 'MESSAGE_VERSION', '1e999'),
  versioned('a version in words', 'MESSAGE_SHAPE', '"1"'),
  versioned('no version at all', 'MESSAGE_SHAPE', 'null'),
  versioned('a version in a list', 'MESSAGE_SHAPE', '[1]'),
  versioned('a version that converts itself', 'MESSAGE_SHAPE', '{"valueOf":1}'),
  poison('the version given twice, the last one counts', 'MESSAGE_VERSION', text.replace(/}$/, ',"version":3}')),
];

const damaged: readonly Poison[] = [
  ...[1, 20, text.length - 1].map((length) =>
    poison(`cut after ${String(length)} bytes`, 'MESSAGE_NOT_JSON', text.slice(0, length)),
  ),
  poison('two messages in one', 'MESSAGE_NOT_JSON', text + text),
  poison('rubbish behind it', 'MESSAGE_NOT_JSON', `${text}\0`),
  poison('UTF-16', 'MESSAGE_NOT_JSON', Buffer.from(text, 'utf16le')),
  poison(
    'bytes that are no UTF-8',
    'MESSAGE_NOT_JSON',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
  ),
  poison(
    'an overlong slash',
    'MESSAGE_NOT_JSON',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  ),
  poison('gzip', 'MESSAGE_NOT_JSON', Buffer.from('1f8b0800000000000003abae05000000', 'hex')),
  poison('comments', 'MESSAGE_NOT_JSON', `/* hello */${text}`),
  poison('not a number', 'MESSAGE_NOT_JSON', '{"version":NaN}'),
];

const large: readonly Poison[] = [
  poison('a byte too much', 'MESSAGE_TOO_LARGE', text.padEnd(16_385)),
  poison('much too much', 'MESSAGE_TOO_LARGE', `{"version":1,"x":"${'a'.repeat(700_000)}"}`),
  poison('open brackets', 'MESSAGE_NOT_JSON', '['.repeat(16_000)),
  poison('deep lists', 'MESSAGE_SHAPE', '['.repeat(8_000) + ']'.repeat(8_000)),
  poison('deep objects', 'MESSAGE_NOT_JSON', '{"a":'.repeat(3_000)),
  shaped('a deep field', { url: JSON.parse('['.repeat(3_000) + ']'.repeat(3_000)) as unknown }),
  poison(
    'a thousand fields',
    'MESSAGE_SHAPE',
    `{"version":1,${Array.from({ length: 1_000 }, (_, n) => `"f${String(n)}":0`).join()}}`,
  ),
  poison('a number of ten thousand digits', 'MESSAGE_SHAPE', `{"version":1,"url":${'9'.repeat(10_000)}}`),
];

const shapes: readonly Poison[] = [
  ...['null', 'true', '1', '"text"', '[]', '{}', '[{"version":1}]'].map((json) =>
    poison(`JSON that is ${json}`, 'MESSAGE_SHAPE', json),
  ),
  ...['jobId', 'url', 'urlHash', 'acceptedAt', 'replyTo'].map((field) => shaped(`no ${field}`, { [field]: undefined })),
  ...['jobId', 'url', 'urlHash', 'acceptedAt', 'replyTo', 'expiresAt'].flatMap((field) => [
    shaped(`${field} that is a number`, { [field]: 7 }),
    shaped(`${field} that is an object`, { [field]: { toString: 'x' } }),
    shaped(`${field} that is a list`, { [field]: [good.url] }),
  ]),
  shaped('a time that is none', { acceptedAt: 'yesterday' }),
  shaped('a time without a zone', { acceptedAt: '2026-01-01T00:00:00.000' }),
  shaped('an expiry of the year 10,000', { expiresAt: '+010000-01-01T00:00:00.000Z' }),
  shaped('a name of a channel that is too long', { replyTo: 'a'.repeat(254) }),
];

const urls: readonly Poison[] = [
  ...[
    'http://169.254.169.254/',
    'http://[::1]/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:password@example.org/',
    'https://EXAMPLE.org/bees',
    'https://example.org/bees#part',
    'https://example.org:443/bees',
    ' https://example.org/bees',
    'https://example.org/\u0000',
    `https://example.org/${'a'.repeat(2_100)}`,
  ].map((url) => shaped(`the address ${url.slice(0, 40)}`, { url })),
  shaped('the hash of another page', { urlHash: other.hash }),
  shaped('the job of another page', { jobId: newJobId(other.hash) }),
  shaped('another page under the job of this one', { url: other.url }),
];

const prototypes: readonly Poison[] = [
  poison('only a prototype', 'MESSAGE_SHAPE', `{"__proto__":${text}}`),
  poison('a constructor', 'MESSAGE_SHAPE', '{"version":1,"constructor":{"prototype":{"polluted":true}}}'),
  poison('fields in a prototype', 'MESSAGE_SHAPE', `{"version":1,"__proto__":${text}}`),
  poison(
    'a method in place of a field',
    'MESSAGE_SHAPE',
    '{"version":1,"hasOwnProperty":1,"toString":null,"url":{"__proto__":[]}}',
  ),
];

/** Every kind of message that nobody can work on. */
export const poisons: readonly Poison[] = [
  ...nothing,
  ...versions,
  ...damaged,
  ...large,
  ...shapes,
  ...urls,
  ...prototypes,
];
