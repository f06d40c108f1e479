import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { FetchFailure } from './result.ts';

export interface BodyLimits {
  /** Of the decoded body, in bytes. */
  readonly maxBytes: number;
}

/** A body as far as it was read. */
export interface Body {
  readonly bytes: Buffer;
  /** There was more than the limit; these bytes are its beginning. */
  readonly truncated: boolean;
}

/** Text compresses 3 to 20 times; beyond this only bombs do. Small bodies may be all repetition, so it counts from here on. */
const MAX_RATIO = 100;
const RATIO_COUNTS_FROM_BYTES = 65_536;
/** What compression may add to a body that does not compress. More of it that decodes to nothing (empty blocks, names, padding) is a trap. */
const WIRE_ALLOWANCE_BYTES = 65_536;

/**
 * Reads a body chunk by chunk through its decoder up to the limit and no further, so that memory stays near `maxBytes` whatever was sent.
 *
 * @throws FetchFailure
 */
export async function readBody(source: Readable, encoding: string, limits: BodyLimits): Promise<Body> {
  const decode = decoderFor(encoding);
  const collected = new Collected(limits.maxBytes);
  const counted = (input: AsyncIterable<Buffer>) => collected.count(input);
  const collect = (input: AsyncIterable<Buffer>) => collected.collect(input);
  try {
    if (decode === undefined) await pipeline(source, counted, collect);
    else await pipeline(source, counted, collected.from(await decode(source)), collect);
  } catch (error) {
    // What stopped the reading counts, not what a decoder says about being stopped.
    const cause = collected.stoppedBy ?? error;
    if (!(cause instanceof Enough)) throw isZlibError(cause) ? damaged() : cause;
  }
  return collected.body();
}

class Collected {
  /** Why the reading ended before the body did. */
  stoppedBy: Enough | FetchFailure | undefined;
  private readonly chunks: Buffer[] = [];
  private used = () => this.wire;
  private wire = 0;
  private total = 0;
  private truncated = false;
  private readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Goes by what the decoder has used up: what merely waits in it would make a bomb look harmless. */
  from(decoder: Decoder): Decoder {
    this.used = () => decoder.bytesWritten;
    return decoder;
  }

  async *count(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of input) {
      this.wire += chunk.length;
      // Uncompressed, what is over the limit is one chunk at most: the reading ends with it.
      if (this.wire > this.total + this.maxBytes + WIRE_ALLOWANCE_BYTES) throw this.stop(padded());
      yield chunk;
    }
  }

  async collect(input: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of input) {
      const room = this.maxBytes - this.total;
      this.total += chunk.length;
      if (this.total > RATIO_COUNTS_FROM_BYTES && this.total > this.used() * MAX_RATIO) throw this.stop(bomb());
      this.chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      if (chunk.length <= room) continue;
      this.truncated = true;
      throw this.stop(new Enough('There is enough'));
    }
  }

  private stop<Reason extends Enough | FetchFailure>(reason: Reason): Reason {
    this.stoppedBy ??= reason;
    return reason;
  }

  body(): Body {
    return { bytes: Buffer.concat(this.chunks), truncated: this.truncated };
  }
}

/** The limit is reached: the end of the reading, and no failure. */
class Enough extends Error {
  override readonly name = 'Enough';
}

type Decoder = Transform & { readonly bytesWritten: number };
type MakeDecoder = (source: Readable) => Decoder | Promise<Decoder>;

// Decompressed data appears in chunks of this size, so that a bomb is noticed after one chunk and not after 16 MiB.
const settings = { chunkSize: 32_768 };
/** A frame may ask for a window of 8 MiB at most (RFC 9659), however large it says it is. */
const zstdSettings = { ...settings, params: { [constants.ZSTD_d_windowLogMax]: 23 } };
/** The codings that are asked for. */
export const ACCEPT_ENCODING = 'gzip, deflate, br, zstd';
const decoderOf = new Map<string, MakeDecoder>([
  ['gzip', () => createGunzip(settings)],
  ['x-gzip', () => createGunzip(settings)],
  ['br', () => createBrotliDecompress(settings)],
  ['zstd', () => createZstdDecompress(zstdSettings)],
  ['deflate', makeInflate],
]);

/** undefined means the body is sent as it is. More than one coding is refused: no honest server stacks them. */
function decoderFor(encoding: string): MakeDecoder | undefined {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return undefined;
  const make = decoderOf.get(name);
  if (make !== undefined) return make;
  throw new FetchFailure('FETCH_ENCODING', 'The page is in a content encoding that was not asked for.', {
    reason: name.slice(0, 40),
  });
}

/** `deflate` means zlib by the standard and raw deflate by custom; the first byte tells. */
async function makeInflate(source: Readable): Promise<Decoder> {
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
  return /^(Z_|ZSTD_|ERR_BROTLI|ERR__ERROR_|ERR_ZLIB|ERR_.*BROTLI)/.test(error.code);
}

function bomb(): FetchFailure {
  return new FetchFailure('FETCH_TOO_LARGE', 'The page is compressed beyond any page of text.', { reason: 'ratio' });
}

function padded(): FetchFailure {
  return new FetchFailure('FETCH_TOO_LARGE', 'The page is sent with far more bytes than it has.', { reason: 'wire' });
}

function damaged(): FetchFailure {
  return new FetchFailure('FETCH_ENCODING', 'The compressed page is damaged.', { reason: 'zlib' });
}
