import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify';
import { LRUCache } from 'lru-cache';

/** Below this a packet is not saved, and compressing costs more than sending. */
const LEAST_LENGTH = 1_024;

/**
 * Encodings in the order in which they are taken where the caller has no preference. Levels: what compresses a body of a few kilobytes in
 * well under a millisecond, in a thread of libuv and not in the event loop.
 */
const encoders = {
  br: (body: string) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: (body: string) => promisify(zstdCompress)(body),
  gzip: (body: string) => promisify(gzip)(body),
} satisfies Record<string, (body: string) => Promise<Buffer>>;

export type Encoding = keyof typeof encoders;

const encodings = Object.keys(encoders) as readonly Encoding[];

/** Whether a text is long enough to be sent in another form. */
export const isWorthEncoding = (text: string): boolean => text.length >= LEAST_LENGTH;

/** The text in this encoding, made in a thread of libuv. */
export const encode = (encoding: Encoding, text: string): Promise<Buffer> => encoders[encoding](text);

/**
 * Compresses text that is long enough, for those who ask for it. Own code and not the plugin, because every body is one string here: the
 * plugin makes a stream of each and loses its length.
 */
export function compressAnswers(server: FastifyInstance): void {
  server.addHook('onSend', compress);
}

/** With a callback: most answers are not compressed, and should not wait a turn of the event loop for that. */
const compress: onSendHookHandler = (...hook) => {
  const [request, reply, payload, done] = hook;
  const encoded = typeof payload === 'string' ? encoderFor(request, reply, payload) : undefined;
  if (encoded === undefined) {
    done(null, payload);
    return;
  }
  encoded().then(
    (body) => {
      done(null, body);
    },
    // What cannot be compressed can still be sent.
    () => {
      done(null, payload);
    },
  );
};

/** How to compress this answer, headers included; undefined where it is sent as it is. */
function encoderFor(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  body: string,
): (() => Promise<Buffer>) | undefined {
  if (!isWorthEncoding(body) || reply.hasHeader('content-encoding')) return undefined;
  vary(reply, 'accept-encoding');
  const encoding = encodingFor(headers['accept-encoding']);
  if (encoding === undefined) return undefined;
  return async () => {
    const compressed = await encode(encoding, body);
    void reply.header('content-encoding', encoding).removeHeader('content-length');
    const etag = reply.getHeader('etag');
    if (typeof etag === 'string') void reply.header('etag', weakened(etag));
    return compressed;
  };
}

/** Clients have few ways to say what they read, and send the same with every request. */
const chosen = new LRUCache<string, { readonly encoding: Encoding | undefined }>({ max: 200 });

/** The encoding to send with, for those who say what they read. */
export function encodingFor(header: string | string[] | undefined): Encoding | undefined {
  if (header === undefined) return undefined;
  const text = String(header);
  const known = chosen.get(text) ?? { encoding: chooseEncoding(text) };
  chosen.set(text, known);
  return known.encoding;
}

/** The encoding with the highest weight (RFC 9110 §12.5.3), ours of equal ones; undefined for none. */
export function chooseEncoding(header: string): Encoding | undefined {
  const weights = new Map(header.split(',').map(parseCoding));
  const others = weights.get('*') ?? 0;
  return encodings
    .map((name) => ({ name, weight: weights.get(name) ?? others }))
    .filter(({ weight }) => weight > 0)
    .toSorted((left, right) => right.weight - left.weight)[0]?.name;
}

function parseCoding(text: string): [string, number] {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = /^q\s*=\s*([01](?:\.\d{0,3})?)$/.exec(parameters.at(0) ?? 'q=1')?.[1];
  return [name, Number(weight ?? 0)];
}

/** A strong tag promises the same bytes; compressed bytes are others. `If-None-Match` compares weakly, so that 304 still works. */
export const weakened = (etag: string): string => (etag.startsWith('"') ? `W/${etag}` : etag);

/** Adds a name to `Vary`. */
export function vary(reply: FastifyReply, name: string): void {
  const before = reply.getHeader('vary');
  const names = before === undefined ? [] : String(before).split(/\s*,\s*/);
  if (!names.includes(name)) void reply.header('vary', [...names, name].join(', '));
}
