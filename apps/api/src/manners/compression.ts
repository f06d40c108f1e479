import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify';

/** Below this a packet is not saved, and compressing costs more than sending. */
const LEAST_LENGTH = 1_024;

/**
 * Encodings in the order in which they are taken where the caller has no preference. Levels: what compresses a body of a few kilobytes in
 * well under a millisecond, in a thread of libuv and not in the event loop.
 */
const encoders: Readonly<Record<string, (body: string) => Promise<Buffer>>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  zstd: (body) => promisify(zstdCompress)(body),
  gzip: (body) => promisify(gzip)(body),
};

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
  const encode = typeof payload === 'string' ? encoderFor(request, reply, payload) : undefined;
  if (encode === undefined) {
    done(null, payload);
    return;
  }
  encode().then(
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
  if (body.length < LEAST_LENGTH || reply.hasHeader('content-encoding')) return undefined;
  vary(reply, 'accept-encoding');
  const encoding = chooseEncoding(headers['accept-encoding']);
  const encode = encoding === undefined ? undefined : encoders[encoding];
  if (encoding === undefined || encode === undefined) return undefined;
  return async () => {
    const compressed = await encode(body);
    void reply.header('content-encoding', encoding).removeHeader('content-length');
    weakenEtag(reply);
    return compressed;
  };
}

/** The encoding to send with (RFC 9110 §12.5.3): the one with the highest weight, ours of equal ones; undefined for none. */
export function chooseEncoding(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const weights = new Map(String(header).split(',').map(parseCoding));
  const others = weights.get('*') ?? 0;
  return Object.keys(encoders)
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
function weakenEtag(reply: FastifyReply): void {
  const etag = reply.getHeader('etag');
  if (typeof etag === 'string' && etag.startsWith('"')) void reply.header('etag', `W/${etag}`);
}

/** Adds a name to `Vary`. */
export function vary(reply: FastifyReply, name: string): void {
  const before = reply.getHeader('vary');
  const names = before === undefined ? [] : String(before).split(/\s*,\s*/);
  if (!names.includes(name)) void reply.header('vary', [...names, name].join(', '));
}
