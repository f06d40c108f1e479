import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { FetchFailure } from './result.ts';

export interface BodyLimits {
  /** Of the decoded body, in bytes. */
  readonly maxBytes: number;
}

/** Text compresses 3 to 20 times; beyond this only bombs do. Small bodies may be all repetition, so it counts from here on. */
const MAX_RATIO = 100;
const RATIO_COUNTS_FROM_BYTES = 65_536;

/**
 * Reads a body chunk by chunk through its decoder and stops at the first byte over a limit, so that memory stays near `maxBytes`
 * whatever was sent.
 *
 * @throws FetchFailure
 */
export async function readBody(source: Readable, encoding: string, limits: BodyLimits): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let wire = 0;
  let total = 0;
  async function* counted(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of input) {
      wire += chunk.length;
      yield chunk;
    }
  }
  async function collect(input: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of input) {
      total += chunk.length;
      if (total > limits.maxBytes) throw tooLarge(limits.maxBytes);
      if (total > RATIO_COUNTS_FROM_BYTES && total > wire * MAX_RATIO) throw bomb();
      chunks.push(chunk);
    }
  }
  const decoders = decodersOf(encoding);
  try {
    if (decoders === undefined) await pipeline(source, counted, collect);
    else await pipeline(source, counted, await decoders(source), collect);
  } catch (error) {
    throw isZlibError(error) ? damaged() : error;
  }
  return Buffer.concat(chunks, total);
}

type MakeDecoder = (source: Readable) => Transform | Promise<Transform>;

// Decompressed data appears in chunks of this size, so that a bomb is noticed after one chunk and not after 16 MiB.
const settings = { chunkSize: 32_768 };
const decoderOf = new Map<string, MakeDecoder>([
  ['gzip', () => createGunzip(settings)],
  ['x-gzip', () => createGunzip(settings)],
  ['br', () => createBrotliDecompress(settings)],
  ['deflate', makeInflate],
]);

/** undefined means the body is sent as it is. More than one coding is refused: no honest server stacks them. */
function decodersOf(encoding: string): MakeDecoder | undefined {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return undefined;
  const make = decoderOf.get(name);
  if (make !== undefined) return make;
  throw new FetchFailure('FETCH_ENCODING', 'The page is in a content encoding that was not asked for.', {
    reason: name.slice(0, 40),
  });
}

/** `deflate` means zlib by the standard and raw deflate by custom; the first byte tells. */
async function makeInflate(source: Readable): Promise<Transform> {
  const first = await firstChunk(source);
  const zlib = first !== undefined && (first[0] ?? 0) % 16 === 8;
  return zlib ? createInflate(settings) : createInflateRaw(settings);
}

function firstChunk(source: Readable): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  source.once('error', reject);
  source.once('readable', () => {
    const chunk = source.read() as Buffer | null;
    if (chunk !== null) source.unshift(chunk);
    source.off('error', reject);
    resolve(chunk ?? undefined);
  });
  return promise;
}

function isZlibError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^(Z_|ERR_BROTLI|ERR__ERROR_|ERR_ZLIB|ERR_.*BROTLI)/.test(error.code);
}

function tooLarge(maxBytes: number): FetchFailure {
  return new FetchFailure('FETCH_TOO_LARGE', `The page has more than ${String(maxBytes)} bytes.`, { reason: 'size' });
}

function bomb(): FetchFailure {
  return new FetchFailure('FETCH_TOO_LARGE', 'The page is compressed beyond any page of text.', { reason: 'ratio' });
}

function damaged(): FetchFailure {
  return new FetchFailure('FETCH_ENCODING', 'The compressed page is damaged.', { reason: 'zlib' });
}

/** Refuses by the declared length, before a byte of the body is read. */
export function checkDeclaredLength(header: string | undefined, limits: BodyLimits): void {
  if (header !== undefined && Number(header) > limits.maxBytes) throw tooLarge(limits.maxBytes);
}
