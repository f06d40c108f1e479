import type { OutgoingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { matchesEtag } from '../http/conditional.ts';
import { encode, encodingFor, isWorthEncoding, vary, weakened } from '../manners/compression.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import type { FoundPage } from './find-tags.use-case.ts';
import { keepEncoded } from './page-answer.ts';
import type { PreparedBody } from './page-answer.ts';

/** Sends records of pages. They are written out already, so they go past what a framework does to give objects a form. */
@Injectable()
export class PageSender {
  private readonly cacheControl: string;

  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {
    const { freshMs, staleMs, identity } = ports.policy;
    const [fresh, stale] = [freshMs, staleMs].map((ms) => String(Math.floor(ms / 1000)));
    // A cache on the way would give what needs a token to those who have none.
    const keeper = identity.mode === 'Anonymous' ? 'public' : 'private';
    this.cacheControl = `${keeper}, max-age=${String(fresh)}, stale-while-revalidate=${String(stale)}`;
  }

  /** Answers with the page in the encoding that the caller likes best, or with 304 where the caller has it; with the headers that the reply has by now. */
  send(reply: FastifyReply, { page, ageMs, stale, source }: FoundPage): void {
    this.ports.metrics.answeredFrom(source);
    const { headers } = reply.request;
    const body = stale ? page.stale : page.fresh;
    const about = { etag: body.etag, age: String(Math.floor(ageMs / 1000)), 'cache-control': this.cacheControl };
    const isLong = isWorthEncoding(body.text);
    if (isLong) vary(reply, 'accept-encoding');
    if (matchesEtag(headers['if-none-match'], body.etag)) write(reply.code(304), about);
    else if (isLong) sendLong(reply, body, about);
    else sendPlain(reply, body, about);
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

interface About extends Record<string, string> {
  readonly etag: string;
}

function sendPlain(reply: FastifyReply, { text, length }: PreparedBody, about: About): void {
  write(reply, { ...about, 'content-type': JSON_TYPE, 'content-length': length }, text);
}

function sendLong(reply: FastifyReply, body: PreparedBody, about: About): void {
  const encoding = encodingFor(reply.request.headers['accept-encoding']);
  if (encoding === undefined) {
    sendPlain(reply, body, about);
    return;
  }
  const send = (bytes: Buffer): void => {
    const form = { 'content-encoding': encoding, 'content-type': JSON_TYPE, 'content-length': bytes.length };
    write(reply, { ...about, etag: weakened(about.etag), ...form }, bytes);
  };
  const kept = body.encoded.get(encoding);
  if (kept !== undefined) {
    send(kept);
    return;
  }
  encode(encoding, body.text).then(
    (bytes) => {
      keepEncoded(body, encoding, bytes);
      send(bytes);
    },
    // What cannot be compressed can still be sent.
    () => {
      sendPlain(reply, body, about);
    },
  );
}

/** Past Fastify, which has nothing to add any more. */
function write(reply: FastifyReply, headers: Readonly<Record<string, string | number>>, body?: string | Buffer): void {
  reply.hijack();
  const { raw, request } = reply;
  raw.writeHead(reply.statusCode, Object.assign(reply.getHeaders(), headers) as OutgoingHttpHeaders);
  if (request.method === 'HEAD' || body === undefined) raw.end();
  // As many bytes as characters: ASCII, which need not be looked at again on its way to the socket.
  else raw.end(body, headers['content-length'] === body.length ? 'latin1' : 'utf8');
}
