import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { readAll } from './bodies.ts';
import type { Backend } from './backend.ts';
import { metadataIn } from './metadata.ts';
import { ConnectionEnded } from './errors.ts';
import type { Gate } from './gate.ts';
import { now, type History, type OpenEntry } from './history.ts';
import { stores } from './request-info.ts';
import type { RuleInUse } from './rules.ts';
import type { StatusAnswer } from './status.ts';
import type { CrashFault, Subject } from './types.ts';
import type { Unobserved } from './unobserved.ts';

/** What an exchange needs of its entrance. */
export type Passage = {
  readonly backend: Backend;
  readonly history: History;
  readonly gate: Gate;
  readonly unobserved: Unobserved;
  /** Headers that every request to the API server gets. */
  readonly added: OutgoingHttpHeaders;
  /** Milliseconds by which the Date header is wrong. */
  dateShift(): number;
  /** The rule that falls on a request or event, the entrance's own first. */
  take(subject: Subject, wanted: (rule: RuleInUse) => boolean, unit: object): RuleInUse | undefined;
  crash(exchange: Exchange, when: CrashFault['when']): void;
};

/** A whole answer. */
export type Whole = { readonly code: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** Headers that concern one connection only, and those that the proxy answers for itself. */
const notForwarded = new Set([
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'host'],
  ...['proxy-authorization', 'proxy-connection', 'content-length', 'authorization', 'accept-encoding'],
]);

/** One request of a client, on its way to the API server and back. */
export class Exchange {
  readonly entry: OpenEntry;
  readonly passage: Passage;
  readonly socket: Socket;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #body: Buffer;
  readonly #ended = Promise.withResolvers<never>();
  readonly #abort = new AbortController();

  constructor(
    passage: Passage,
    at: { request: IncomingMessage; response: ServerResponse; body: Buffer; entry: OpenEntry },
  ) {
    this.passage = passage;
    this.entry = at.entry;
    this.socket = at.request.socket;
    this.#request = at.request;
    this.#response = at.response;
    this.#body = at.body;
    // Nobody needs to wait for the end.
    this.#ended.promise.catch(() => undefined);
    at.response.once('close', () => {
      if (!at.response.writableFinished) this.#over('the client closed the connection');
    });
  }

  /** True once nothing can reach the client any more. */
  get over(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Something on the way failed: the client sees a broken connection. */
  fail(error: unknown): void {
    if (this.over) return;
    this.reset(error instanceof Error ? error.message : String(error));
  }

  /** Sends the request on, and answers with the head of what comes back. */
  async forward(instead: { path?: string; accept?: string } = {}): Promise<IncomingMessage> {
    await this.passage.gate.pass(this.#ended.promise);
    if (this.over) throw new ConnectionEnded('the connection ended before the request was sent on');
    this.entry.sent += 1;
    const answer = await this.passage.backend.send({
      method: this.entry.method,
      path: instead.path ?? this.entry.path,
      headers: { ...this.#headers(), ...(instead.accept === undefined ? {} : { accept: instead.accept }) },
      body: this.#body,
      // What may have been stored is waited for, whoever has left: the history tells what became of it.
      signal: stores(this.entry) ? undefined : this.#abort.signal,
    });
    this.entry.code = answer.statusCode ?? 0;
    return answer;
  }

  /** Sends the request on and reads the whole answer. */
  async complete(instead: { path?: string; accept?: string } = {}): Promise<Whole> {
    const answer = await this.forward(instead);
    const body = await readAll(answer);
    const whole = { code: answer.statusCode ?? 0, headers: answer.headers, body };
    const { version, name } = whole.code < 300 ? metadataIn(body.toString('utf8')) : {};
    if (version !== undefined) this.entry.answerVersion = version;
    // Generated, or in a body that is no JSON.
    if (name !== undefined && this.entry.verb === 'create') this.entry.name ??= name;
    this.passage.history.saw(version);
    return whole;
  }

  /** Sends the head of an answer. */
  async head(code: number, headers: IncomingHttpHeaders | OutgoingHttpHeaders): Promise<void> {
    await this.passage.gate.pass(this.#ended.promise);
    this.#alive();
    const kept = Object.entries(headers).filter(([name]) => name === 'content-length' || !notForwarded.has(name));
    this.#response.writeHead(code, { ...Object.fromEntries(kept), ...this.#date() });
    this.#response.flushHeaders();
    this.entry.answered = code;
  }

  /** Sends a part of the body; waits until the connection takes more. */
  async write(chunk: Buffer | string): Promise<void> {
    const wait = this.passage.gate.pass(this.#ended.promise);
    if (wait !== undefined) await wait;
    this.#alive();
    if (this.#response.write(chunk)) return;
    await this.until(
      new Promise<void>((resolve) => {
        this.#response.once('drain', resolve);
      }),
    );
  }

  end(): void {
    this.#response.end();
  }

  /** Sends a whole answer. */
  async reply(whole: Whole): Promise<void> {
    await this.head(whole.code, { ...whole.headers, 'content-length': String(whole.body.length) });
    this.#response.end(whole.body);
  }

  /** Answers with a Status of the proxy's own. */
  async refuse(status: StatusAnswer): Promise<void> {
    await this.reply({ code: status.code, headers: { ...status.headers }, body: Buffer.from(status.body) });
  }

  /** The connection is closed once this exchange is done. */
  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  /** Resets the connection. */
  reset(why: string): void {
    this.#over(why);
    resetSocket(this.socket);
  }

  /** Closes the connection in the middle of the answer: unlike after a reset the client gets what was sent before. */
  breakOff(why: string): void {
    this.#over(why);
    this.socket.destroySoon();
  }

  /** Waits for something, unless the connection ends before: then throws ConnectionEnded. */
  async until<T>(wait: Promise<T>): Promise<T> {
    return await Promise.race([wait, this.#ended.promise]);
  }

  async pause(ms: number): Promise<void> {
    const elapsed = Promise.withResolvers<undefined>();
    const timer = setTimeout(elapsed.resolve, ms, undefined);
    try {
      await this.until(elapsed.promise);
    } finally {
      clearTimeout(timer);
    }
  }

  #over(why: string): void {
    if (this.over) return;
    this.entry.error ??= why;
    this.entry.ended = now();
    this.#ended.reject(new ConnectionEnded(why));
    this.#abort.abort();
  }

  #alive(): void {
    if (this.over || this.#response.destroyed) throw new ConnectionEnded('the connection ended');
  }

  #headers(): OutgoingHttpHeaders {
    const kept = Object.entries(this.#request.headers).filter(([name]) => !notForwarded.has(name));
    return { ...Object.fromEntries(kept), ...readableAccept(this.#request.headers.accept), ...this.passage.added };
  }

  #date(): OutgoingHttpHeaders {
    const shift = this.passage.dateShift();
    return shift === 0 ? {} : { date: new Date(Date.now() + shift).toUTCString() };
  }
}

/**
 * Ends a connection as a crashed peer would: with a reset. One that is just being ended is closed: libuv resets none, and Node takes it for closed
 * all the same, so that the process would never come to its end.
 */
export function resetSocket(socket: Socket): void {
  const ending = socket.writableEnded && !socket.writableFinished;
  if (socket instanceof TLSSocket || ending) socket.destroy();
  else socket.resetAndDestroy();
}

/** Faults are made in JSON: binary forms are not asked for. Every client that prefers them takes JSON, too. */
function readableAccept(accept: string | undefined): OutgoingHttpHeaders {
  const forms = (accept ?? '').split(',').filter((form) => !/protobuf|cbor/.test(form));
  return { accept: forms.length === 0 || forms[0] === '' ? 'application/json' : forms.join(',') };
}
