import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Backend } from './backend.ts';
import { readAll } from './bodies.ts';
import { ConnectionEnded, FaultProxyUsageError } from './errors.ts';
import { Exchange, resetSocket, type Passage } from './exchange.ts';
import { Gate } from './gate.ts';
import { now, type History, type OpenEntry } from './history.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { parseBody, redact } from './redact.ts';
import { countsAsWrite, parseRequest, refineByBody } from './request-info.ts';
import { serve } from './request-faults.ts';
import { RuleList, type RuleInUse } from './rules.ts';
import { refusal } from './status.ts';
import type { Crash, CrashFault, Entrance, EntranceState, HistoryEntry, OpenOptions, Subject } from './types.ts';
import { Unobserved } from './unobserved.ts';
import { WatchRelay } from './watch-relay.ts';

/** What an entrance shares with the others of its proxy. */
export type Shared = {
  readonly backend: Backend;
  readonly history: History;
  readonly faults: RuleList;
  readonly observe: ((entry: HistoryEntry) => void) | undefined;
  /** Folder for kubeconfigs and tokens. */
  readonly home: string;
};

/** The API server's own limit for a request is 3 MiB. */
const largestRequest = 16 * 1024 * 1024;
/** How long closing waits for the answers of an API server. */
const longestWaitMs = 2_000;

/** One port for one client. */
export class OpenEntrance implements Entrance, Passage {
  readonly name: string;
  readonly faults: RuleList;
  readonly gate = new Gate();
  readonly unobserved = new Unobserved();
  readonly added: OutgoingHttpHeaders;
  onCrash: ((crash: Crash) => void) | undefined;
  readonly #shared: Shared;
  readonly #options: OpenOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #exchanges = new Set<Exchange>();
  readonly #receiving = new Set<Promise<void>>();
  #writes = 0;
  #dateShift = 0;
  #token: string | undefined;
  #closed = false;

  constructor(name: string, shared: Shared, options: OpenOptions) {
    this.name = name;
    this.#shared = shared;
    this.#options = options;
    this.faults = new RuleList({
      newestVersion: () => shared.history.newestVersion,
      onChange: () => {
        this.rulesChanged();
      },
    });
    this.added = impersonating(options);
    this.#server = this.#serverOf(options);
  }

  get backend(): Backend {
    return this.#shared.backend;
  }
  get history(): History {
    return this.#shared.history;
  }
  get url(): string {
    const address = this.#server.address() as AddressInfo | null;
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(address?.port ?? 0)}`;
  }
  get kubeconfig(): string {
    return join(this.#shared.home, `${this.name}.kubeconfig`);
  }
  get state(): EntranceState {
    return this.#closed ? 'closed' : this.gate.state;
  }
  get writes(): number {
    return this.#writes;
  }
  get active(): number {
    return this.#exchanges.size;
  }

  /** Listens, and writes the kubeconfig. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port ?? 0, '127.0.0.1', resolve);
    });
    if (this.#options.tokens === true) this.expireToken();
    else this.#writeKubeconfig();
    return this;
  }

  partition(): void {
    this.gate.turn('partitioned');
  }

  cut(): void {
    this.gate.turn('cut');
    this.#resetAll('the entrance is cut');
  }

  disconnect(): void {
    this.#resetAll('the entrance was disconnected');
  }

  heal(): void {
    this.gate.turn('open');
  }

  expireToken({ renew = true }: { renew?: boolean } = {}): void {
    if (this.#options.tokens !== true)
      throw new FaultProxyUsageError(`The entrance ${this.name} asks for no token: open it with { tokens: true }.`);
    this.#token = randomUUID();
    if (renew) this.#writeKubeconfig(this.#token);
  }

  shiftDate(ms: number): void {
    this.#dateShift = ms;
  }

  dateShift(): number {
    return this.#dateShift;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.gate.turn('cut');
    this.faults.clear();
    this.#resetAll('the entrance was closed');
    const closing = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closing;
    await this.#settled();
  }

  take(subject: Subject, wanted: (rule: RuleInUse) => boolean, unit: object): RuleInUse | undefined {
    return this.faults.take(subject, wanted, unit) ?? this.#shared.faults.take(subject, wanted, unit);
  }

  crash(exchange: Exchange, when: CrashFault['when']): void {
    this.gate.turn('cut');
    this.#resetAll(`crash: ${when}`, when === 'after' ? exchange : undefined);
    this.onCrash?.({ entrance: this, request: exchange.entry, when });
  }

  /** Watches under way may fall under new rules, or be released from old ones. */
  rulesChanged(): void {
    this.unobserved.settle();
    for (const watch of this.unobserved.watches) if (watch instanceof WatchRelay) watch.wake();
  }

  #writeKubeconfig(token?: string): void {
    const tokenFile = join(this.#shared.home, `${this.name}.token`);
    const user = token === undefined ? undefined : { token, tokenFile };
    if (token !== undefined) writeFileSync(tokenFile, token, { mode: 0o600 });
    const access = { name: this.name, url: this.url, ca: this.#options.tls?.cert, user };
    writeFileSync(this.kubeconfig, renderKubeconfig(access), { mode: 0o600 });
  }

  #serverOf({ tls }: OpenOptions): Server {
    // The faults decide how long anything takes, not the server.
    const patience = { keepAliveTimeout: 75_000, requestTimeout: 0, headersTimeout: 0 };
    const server = tls === undefined ? createServer(patience) : createTlsServer({ ...patience, ...tls });
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // A reset is what faults are for.
      socket.on('error', () => undefined);
      if (this.gate.state === 'cut') resetSocket(socket);
    });
    server.on('request', (request, response) => {
      const receiving = this.#receive(request, response).finally(() => this.#receiving.delete(receiving));
      this.#receiving.add(receiving);
    });
    return server;
  }

  /** Waits for what the API server has begun: then the history is complete. Not for ever, it may have stopped itself. */
  async #settled(): Promise<void> {
    const patience = new AbortController();
    const enough = setTimeout(longestWaitMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#receiving), enough]);
    patience.abort();
  }

  #resetAll(why: string, except?: Exchange): void {
    for (const exchange of this.#exchanges) if (exchange !== except) exchange.reset(why);
    for (const socket of this.#sockets) if (socket !== except?.socket) resetSocket(socket);
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = now();
    // Taken now: a request that was broken off has none any more.
    const { socket } = request;
    let exchange: Exchange | undefined;
    try {
      const body = await readAll(request, largestRequest);
      await this.gate.pass(departure(response));
      // Only what gets through is known on the other side: until here it was on the wire.
      const entry = this.#enter(request, body, at);
      exchange = new Exchange(this, { request, response, body, entry });
      this.#exchanges.add(exchange);
      if (this.#isAuthorised(request)) await serve(exchange);
      else await exchange.refuse(refusal({ code: 401 }, entry));
    } catch (error) {
      if (exchange === undefined) resetSocket(socket);
      else exchange.fail(error);
    } finally {
      if (exchange !== undefined) this.#leave(exchange);
    }
  }

  #enter(request: IncomingMessage, body: Buffer, at: number): OpenEntry {
    const { method = 'GET', url: path = '/', headers } = request;
    const contentType = headers['content-type'];
    const parsed = parseBody(body.toString('utf8'), contentType);
    const info = refineByBody(parseRequest({ method, path, contentType }), parsed);
    const entry: OpenEntry = {
      n: this.history.next(),
      entrance: this.name,
      at,
      method,
      path,
      ...info,
      ...(parsed === undefined ? {} : { body: redact(info, parsed) }),
      sent: 0,
      faults: [],
    };
    if ((this.#options.countsAsWrite ?? countsAsWrite)(entry)) {
      this.#writes += 1;
      entry.write = this.#writes;
    }
    this.history.add(entry);
    return entry;
  }

  #leave(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
    exchange.entry.ended ??= now();
    this.#shared.observe?.(exchange.entry);
  }

  #isAuthorised(request: IncomingMessage): boolean {
    return this.#token === undefined || request.headers.authorization === `Bearer ${this.#token}`;
  }
}

/** Rejects when the client goes away. */
function departure(response: ServerResponse): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  response.once('close', () => {
    reject(new ConnectionEnded('the client closed the connection'));
  });
  return promise;
}

function impersonating({ impersonate }: OpenOptions): OutgoingHttpHeaders {
  if (impersonate === undefined) return {};
  const { user, groups } = impersonate;
  return { 'impersonate-user': user, ...(groups === undefined ? {} : { 'impersonate-group': [...groups] }) };
}
