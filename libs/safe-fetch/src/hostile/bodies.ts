import { randomBytes } from 'node:crypto';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { FetchCode } from '../result.ts';

/** A compressed body and how it ends. */
export interface HostileBody {
  readonly what: string;
  readonly encoding: string;
  /** Made when it is needed: bombs are large. */
  readonly body: () => Buffer;
  readonly code: FetchCode;
  readonly reason: string;
  /** Sent again and again after the body, without end. */
  readonly again?: () => Buffer;
}

const MIB = 1024 * 1024;
const zeros = (mib: number): Buffer => Buffer.alloc(mib * MIB);
const quickBrotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const page = Buffer.from('<html><p>Bees pollinate orchards.</html>'.repeat(50));

const bombs: readonly HostileBody[] = [
  { what: 'a bomb', encoding: 'gzip', body: () => gzipSync(zeros(64)), code: 'FETCH_TOO_LARGE', reason: 'ratio' },
  { what: 'a bomb', encoding: 'x-gzip', body: () => gzipSync(zeros(16)), code: 'FETCH_TOO_LARGE', reason: 'ratio' },
  { what: 'a bomb', encoding: 'deflate', body: () => deflateSync(zeros(64)), code: 'FETCH_TOO_LARGE', reason: 'ratio' },
  {
    what: 'a raw bomb',
    encoding: 'deflate',
    body: () => deflateRawSync(zeros(64)),
    code: 'FETCH_TOO_LARGE',
    reason: 'ratio',
  },
  {
    what: 'a bomb',
    encoding: 'br',
    body: () => brotliCompressSync(zeros(64), quickBrotli),
    code: 'FETCH_TOO_LARGE',
    reason: 'ratio',
  },
  {
    what: 'a bomb',
    encoding: 'zstd',
    body: () => zstdCompressSync(zeros(64)),
    code: 'FETCH_TOO_LARGE',
    reason: 'ratio',
  },
  {
    what: 'a bomb in capitals',
    encoding: 'GZIP',
    body: () => gzipSync(zeros(16)),
    code: 'FETCH_TOO_LARGE',
    reason: 'ratio',
  },
  {
    what: 'a bomb behind a page',
    encoding: 'gzip',
    body: () => Buffer.concat([gzipSync(page), gzipSync(zeros(16))]),
    code: 'FETCH_TOO_LARGE',
    reason: 'ratio',
  },
  {
    what: 'a bomb of many frames',
    encoding: 'zstd',
    body: () => Buffer.concat(Array.from({ length: 64 }, () => zstdCompressSync(zeros(1)))),
    code: 'FETCH_TOO_LARGE',
    reason: 'ratio',
  },
  {
    what: 'a bomb inside a bomb',
    encoding: 'gzip, gzip',
    body: () => gzipSync(gzipSync(zeros(64))),
    code: 'FETCH_ENCODING',
    reason: 'gzip, gzip',
  },
  {
    what: 'a bomb inside another kind',
    encoding: 'br, gzip',
    body: () => gzipSync(brotliCompressSync(zeros(4), quickBrotli)),
    code: 'FETCH_ENCODING',
    reason: 'br, gzip',
  },
];

/** Frame header with the window descriptor: 2^(10 + exponent) bytes; then one block of one byte, repeated. */
const zstdFrame = (exponent: number): Buffer =>
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, exponent << 3, 0x03 | (8 << 3), 0x00, 0x00, 0x61]);
const emptyGzip = gzipSync('');
const emptyStored = Buffer.concat(Array.from({ length: 2_000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])));
/** A frame to be skipped that says it has 4 GiB. */
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff]);

const padded: readonly HostileBody[] = [
  {
    what: 'empty members without end',
    encoding: 'gzip',
    body: () => gzipSync(page),
    again: () => Buffer.concat(Array.from({ length: 500 }, () => emptyGzip)),
    code: 'FETCH_TOO_LARGE',
    reason: 'wire',
  },
  {
    what: 'a file name without end',
    encoding: 'gzip',
    body: () => Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
    again: () => Buffer.alloc(16_384, 'a'),
    code: 'FETCH_TOO_LARGE',
    reason: 'wire',
  },
  {
    what: 'empty blocks without end',
    encoding: 'deflate',
    body: () => Buffer.from([0x78, 0x9c]),
    again: () => emptyStored,
    code: 'FETCH_TOO_LARGE',
    reason: 'wire',
  },
  {
    what: 'a frame to be skipped without end',
    encoding: 'zstd',
    body: () => skippable,
    again: () => Buffer.alloc(16_384),
    code: 'FETCH_TOO_LARGE',
    reason: 'wire',
  },
];

const damaged: readonly HostileBody[] = [
  { what: 'a window of 16 MiB', encoding: 'zstd', body: () => zstdFrame(14), code: 'FETCH_ENCODING', reason: 'zlib' },
  { what: 'a window of 128 MiB', encoding: 'zstd', body: () => zstdFrame(17), code: 'FETCH_ENCODING', reason: 'zlib' },
  { what: 'a window of 2 GiB', encoding: 'zstd', body: () => zstdFrame(21), code: 'FETCH_ENCODING', reason: 'zlib' },
  {
    what: 'a large window',
    encoding: 'br',
    body: () => Buffer.from([0x11, 0x1e, 0x00, 0x00]),
    code: 'FETCH_ENCODING',
    reason: 'zlib',
  },
  ...(['gzip', 'deflate', 'br', 'zstd'] as const).flatMap((encoding): HostileBody[] => [
    { what: 'no compression at all', encoding, body: () => page, code: 'FETCH_ENCODING', reason: 'zlib' },
    {
      what: 'random bytes',
      encoding,
      body: () => Buffer.concat([Buffer.from([0xff, 0xff]), randomBytes(2_000)]),
      code: 'FETCH_ENCODING',
      reason: 'zlib',
    },
    {
      what: 'another compression',
      encoding,
      body: () => (encoding === 'gzip' ? zstdCompressSync(page) : gzipSync(page)),
      code: 'FETCH_ENCODING',
      reason: 'zlib',
    },
  ]),
  {
    what: 'half a body',
    encoding: 'gzip',
    body: () => gzipSync(page).subarray(0, 40),
    code: 'FETCH_ENCODING',
    reason: 'zlib',
  },
  {
    what: 'half a body',
    encoding: 'deflate',
    body: () => deflateSync(page).subarray(0, 30),
    code: 'FETCH_ENCODING',
    reason: 'zlib',
  },
  {
    what: 'half a body',
    encoding: 'br',
    body: () => brotliCompressSync(page).subarray(0, 20),
    code: 'FETCH_ENCODING',
    reason: 'zlib',
  },
  {
    what: 'half a body',
    encoding: 'zstd',
    body: () => zstdCompressSync(page).subarray(0, 30),
    code: 'FETCH_ENCODING',
    reason: 'zlib',
  },
  {
    what: 'a wrong checksum',
    encoding: 'gzip',
    body: () => Buffer.concat([gzipSync(page).subarray(0, -8), Buffer.alloc(8)]),
    code: 'FETCH_ENCODING',
    reason: 'zlib',
  },
  {
    what: 'a preset dictionary',
    encoding: 'deflate',
    body: () => deflateSync(page, { dictionary: Buffer.from('pollinate') }),
    code: 'FETCH_ENCODING',
    reason: 'zlib',
  },
  ...['compress', 'x-compress', 'exi', 'dcb', 'dcz', 'bzip2', 'xz', 'aes128gcm', 'none', '*'].map(
    (encoding): HostileBody => ({
      what: 'a coding that was not asked for',
      encoding,
      body: () => page,
      code: 'FETCH_ENCODING',
      reason: encoding,
    }),
  ),
];

/** Compressed bodies of hosts that mean harm or are broken. */
export const bodies: readonly HostileBody[] = [...bombs, ...padded, ...damaged];
