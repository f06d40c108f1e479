import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { request as send, type Dispatcher } from 'undici';
import { pause, type Clock } from '../clock/clock.ts';
import { askingBeforeWriting } from './before-writing.ts';
import type { Credentials } from './credentials.ts';
import { ApiError, ConfigurationError, ConnectionError, FencedError, type ApiStatus } from './errors.ts';
import type { Reachability } from './reachability.ts';

/** One request, as the transport takes it. */
export interface Outgoing {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query. */
  path: string;
  body?: string;
  contentType?: string;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  /** Do not wait for a free connection of the pool. */
  urgent?: boolean | undefined;
  /** Called right before each attempt is written to its connection; what it throws ends the request. */
  ask?: (() => void) | undefined;
}

/** One finished request, for metrics and for tests that count writes. */
export interface RequestRecord {
  method: string;
  path: string;
  /** HTTP status; 0 if no answer came. */
  code: number;
  durationMs: number;
}

export interface TransportOptions {
  credentials: Credentials;
  userAgent: string;
  timeoutMs: number;
  clock: Clock;
  observe: ((record: RequestRecord) => void) | undefined;
  reachability: Reachability;
}

/** A server that refuses and asks for no pause at all gets this one: else all of the time limit would be spent asking it. */
const shortestPauseMs = 100;

type Answer = { code: number; headers: Dispatcher.ResponseData['headers']; body: Readable };
type Attempt<T> = { read: (answer: Answer) => Promise<T> | T; watch: boolean };

/** Sends requests: credentials, time limits, retry of what is safe to retry, typed errors. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Sends and reads the whole answer. */
  async text(outgoing: Outgoing): Promise<string> {
    return await this.#withRetries(outgoing, { watch: false, read: async (answer) => await readText(answer.body) });
  }

  /** Sends and answers the open body. The time limit covers the wait for the headers only. */
  async stream(outgoing: Outgoing): Promise<Readable> {
    return await this.#withRetries(outgoing, { watch: true, read: (answer) => answer.body });
  }

  async #withRetries<T>(outgoing: Outgoing, attempt: Attempt<T>): Promise<T> {
    const { clock, credentials } = this.#options;
    // Finding out whom to ask may load a library first: no part of the time that the server is given.
    await credentials.target();
    const deadline = clock.monotonic() + (outgoing.timeoutMs ?? this.#options.timeoutMs);
    const spent = { renewed: false, reconnected: false };
    for (;;) {
      try {
        return await this.#once(outgoing, attempt, deadline);
      } catch (error) {
        const waitMs = this.#retryDelay(error, outgoing, spent);
        if (waitMs === undefined || clock.monotonic() + waitMs >= deadline) throw error;
        await pause(clock, waitMs, outgoing.signal);
      }
    }
  }

  /** Milliseconds until the request may be sent again; undefined if it may not. */
  #retryDelay(
    error: unknown,
    outgoing: Outgoing,
    spent: { renewed: boolean; reconnected: boolean },
  ): number | undefined {
    if (outgoing.signal?.aborted === true) return undefined;
    if (error instanceof ApiError) return this.#retryAfterRefusal(error, spent);
    // A kept-alive connection that the server closed in the same moment: reading again is safe, writing is not.
    const mayReconnect = outgoing.method === 'GET' && !spent.reconnected;
    if (!mayReconnect || !(error instanceof ConnectionError) || error.timedOut) return undefined;
    spent.reconnected = true;
    return 0;
  }

  #retryAfterRefusal(error: ApiError, spent: { renewed: boolean }): number | undefined {
    if (error.code === 401 && !spent.renewed) {
      spent.renewed = true;
      this.#options.credentials.renew();
      return 0;
    }
    // Only with a Retry-After does the server say that it has not begun to act on the request.
    if ((error.code !== 429 && error.code !== 503) || error.retryAfterMs === undefined) return undefined;
    return Math.max(shortestPauseMs, error.retryAfterMs);
  }

  async #once<T>(outgoing: Outgoing, attempt: Attempt<T>, deadline: number): Promise<T> {
    const { clock, observe } = this.#options;
    const started = clock.monotonic();
    const limit = new Limit(clock, deadline - started, outgoing.signal);
    let code = 0;
    try {
      const answer = await this.#exchange(outgoing, attempt.watch, limit.signal);
      code = answer.code;
      this.#options.reachability.answered(clock.monotonic());
      if (code >= 400) throw await refusal(answer, outgoing);
      return await attempt.read(answer);
    } catch (error) {
      const explained = explain(error, outgoing, limit);
      if (explained instanceof ConnectionError) this.#failed(explained, started);
      throw explained;
    } finally {
      if (attempt.watch) limit.disarm();
      else limit.release();
      observe?.({ method: outgoing.method, path: outgoing.path, code, durationMs: clock.monotonic() - started });
    }
  }

  #failed(error: ConnectionError, sentAt: number): void {
    const { reachability, credentials } = this.#options;
    if (!error.timedOut) reachability.broke();
    // Connections that lie idle may be as dead as the one that said nothing.
    else if (reachability.timedOut(sentAt)) credentials.reconnect();
  }

  async #exchange(outgoing: Outgoing, watch: boolean, signal: AbortSignal): Promise<Answer> {
    // A plugin may take its time, or hang.
    const access = await unlessAborted(this.#options.credentials.access(), signal);
    const pool = watch || outgoing.urgent === true ? access.unbounded : access.pooled;
    const headers: Record<string, string | string[]> = {
      ...access.headers,
      accept: 'application/json',
      'user-agent': this.#options.userAgent,
    };
    if (outgoing.contentType !== undefined) headers['content-type'] = outgoing.contentType;
    const {
      statusCode,
      headers: answered,
      body,
    } = await send(`${access.server}${outgoing.path}`, {
      dispatcher: outgoing.ask === undefined ? pool : askingBeforeWriting(pool, outgoing.ask),
      method: outgoing.method,
      headers,
      body: outgoing.body ?? null,
      signal,
      // The connection of a watch is as old as the watch: the next one starts on a new one, which cannot have died unnoticed.
      reset: watch,
    });
    return { code: statusCode, headers: answered, body };
  }
}

/** A request's own abort signal: the time limit and the caller's signal in one, without leaving listeners on the caller's. */
class Limit {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #cancelTimer: () => void;
  readonly #onAbort: () => void;
  timedOut = false;

  constructor(clock: Clock, ms: number, caller: AbortSignal | undefined) {
    this.#caller = caller;
    this.#onAbort = () => {
      this.#controller.abort(caller?.reason);
    };
    this.#cancelTimer = clock.after(ms, () => {
      this.timedOut = true;
      this.#controller.abort();
    });
    if (caller?.aborted === true) this.#onAbort();
    else caller?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the time limit, but keeps listening to the caller: for a stream that goes on. */
  disarm(): void {
    this.#cancelTimer();
  }

  release(): void {
    this.#cancelTimer();
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }

  get cancelledByCaller(): boolean {
    return this.#caller?.aborted === true;
  }

  get reason(): unknown {
    return this.#caller?.reason;
  }
}

/** What the promise gives, or a rejection as soon as the signal aborts. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    aborted.reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Piece by piece: a large answer is then never held twice, as bytes and as text. */
async function readText(body: Readable): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const chunk of body) text += decoder.write(chunk as Buffer);
  return text + decoder.end();
}

async function refusal(answer: Answer, outgoing: Outgoing): Promise<ApiError> {
  const text = await readText(answer.body);
  const request = `${outgoing.method} ${outgoing.path}`;
  const seconds = Number(answer.headers['retry-after']);
  const retryAfterMs = answer.headers['retry-after'] !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
  return new ApiError({ ...statusOf(text), code: answer.code }, request, retryAfterMs);
}

/** The Status object in a body; a proxy in between may answer anything else. */
function statusOf(text: string): ApiStatus {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status')
      return parsed as ApiStatus;
  } catch {
    // Not JSON: shown as it is.
  }
  return { message: text.slice(0, 500) };
}

function explain(error: unknown, outgoing: Outgoing, limit: Limit): unknown {
  if (limit.cancelledByCaller) return limit.reason;
  if (error instanceof ApiError || error instanceof FencedError || error instanceof ConfigurationError) return error;
  return new ConnectionError(`${outgoing.method} ${outgoing.path}`, { cause: error, timedOut: limit.timedOut });
}
