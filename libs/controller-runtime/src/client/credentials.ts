import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Agent, buildConnector, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../clock/clock.ts';
import { ConfigurationError } from './errors.ts';
import type { Identity, Target } from './identity.ts';
import { podAccount } from './pod-account.ts';

export interface CredentialOptions {
  kubeconfig: string | undefined;
  context: string | undefined;
  connections: number;
  clock: Clock;
}

/** What one request is sent with. */
export interface Access {
  server: string;
  headers: Identity['headers'];
  /** For ordinary requests: a bounded number of connections. */
  pooled: Dispatcher;
  /** For watches, which hold a connection each, and for what must not wait for one: as many connections as it takes. */
  unbounded: Dispatcher;
}

/** How long resolved credentials are used before files and plugins are asked again. */
const rereadMs = 10_000;
/** Connections are not given up more often than this. */
const reconnectMs = 1_000;
/** Idle probes after 2 s, three of them a second apart: a peer that vanished without a word is noticed in 5 s, at one packet in 2 s. */
const probes = { idleMs: 2_000, everyMs: 1_000, count: 3 };

/**
 * Knows what to send a request with: the credentials as they are now, and one set of connections for as long as the TLS material stays the
 * same. The official client would open a connection for every request. In a pod nothing of it is loaded at all.
 */
export class Credentials {
  readonly #options: CredentialOptions;
  #target: Promise<Target> | undefined;
  #current: { access: Access; until: number; fingerprint: string } | undefined;
  #resolving: Promise<Access> | undefined;
  /** Those of retired connections too, for as long as requests or watches run on them. */
  readonly #open = new Set<Dispatcher>();
  #reconnectedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  /** Where the API server is. Rejects with ConfigurationError, and looks again the next time. */
  async target(): Promise<Target> {
    this.#target ??= find(this.#options).catch((error: unknown) => {
      this.#target = undefined;
      throw error;
    });
    return await this.#target;
  }

  /** What to send the next request with. Concurrent callers share one resolution. */
  async access(): Promise<Access> {
    const current = this.#current;
    if (current !== undefined && this.#options.clock.monotonic() < current.until) return current.access;
    this.#resolving ??= this.#resolve().finally(() => {
      this.#resolving = undefined;
    });
    return await this.#resolving;
  }

  /** The server did not accept the credentials: load everything anew, and ask plugins again. */
  renew(): void {
    this.#target = undefined;
    if (this.#current !== undefined) this.#current.until = 0;
  }

  /** A request got no answer: the next ones go over new connections, those that are under way may end on theirs. */
  reconnect(): void {
    const now = this.#options.clock.monotonic();
    const before = this.#current;
    if (before === undefined || now < this.#reconnectedAt + reconnectMs) return;
    this.#reconnectedAt = now;
    this.#current = undefined;
    this.#retire(before.access);
  }

  async close(): Promise<void> {
    this.#current = undefined;
    await Promise.all([...this.#open].map(async (dispatcher) => dispatcher.destroy()));
  }

  async #resolve(): Promise<Access> {
    const target = await this.target();
    const { tls, headers } = await target.identity();
    const { server, proxy } = target;
    const fingerprint = fingerprintOf(tls);
    const until = this.#options.clock.monotonic() + rereadMs;
    const before = this.#current;
    if (before?.fingerprint === fingerprint) {
      this.#current = { access: { ...before.access, server, headers }, until, fingerprint };
    } else {
      this.#current = { access: { server, headers, ...this.#connections(tls, proxy) }, until, fingerprint };
      if (before !== undefined) this.#retire(before.access);
    }
    return this.#current.access;
  }

  #connections(tls: Identity['tls'], proxy: string | undefined): { pooled: Dispatcher; unbounded: Dispatcher } {
    const open = (connections: number | null): Dispatcher => {
      // HTTP/1.1 on purpose: one stalled stream must not hold up the others, and a request's time-out then ends its own socket.
      const shared = { allowH2: false, connections, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 };
      if (proxy === undefined)
        return new Agent({ ...shared, connect: probing({ ...tls, allowH2: false, timeout: 4_000 }) });
      if (proxy.startsWith('socks')) throw new ConfigurationError(`proxy-url ${proxy}: use an http or https proxy.`);
      return new ProxyAgent({ ...shared, uri: proxy, requestTls: { ...tls, keepAliveInitialDelay: probes.idleMs } });
    };
    const [pooled, unbounded] = [open(this.#options.connections), open(null)];
    this.#open.add(pooled).add(unbounded);
    return { pooled, unbounded };
  }

  /** Lets running requests finish on the old connections; watches end when the server closes them. */
  #retire({ pooled, unbounded }: Access): void {
    for (const dispatcher of [pooled, unbounded]) {
      const closed = (): void => {
        this.#open.delete(dispatcher);
      };
      dispatcher.close().then(closed, closed);
    }
  }
}

/** Connects with probes on idle connections; undici itself sets only when the first is sent. */
function probing(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    connect(target, (...result) => {
      result[1]?.setKeepAlive(true, probes.idleMs, probes.everyMs, probes.count);
      callback(...result);
    });
  };
}

/** A kubeconfig goes before the pod's service account. Only with one the official client's loader is loaded, 18 MiB of it. */
async function find({ kubeconfig, context }: CredentialOptions): Promise<Target> {
  const isGiven = kubeconfig !== undefined || (process.env['KUBECONFIG'] ?? '') !== '' || existsSync(usualFile());
  const pod = isGiven ? undefined : podAccount();
  if (pod !== undefined) return pod;
  if (!isGiven)
    throw new ConfigurationError(
      'There is no kubeconfig (KUBECONFIG, ~/.kube/config), and this is no pod with a token.',
    );
  const { openKubeconfig } = await import('./kubeconfig.ts');
  return openKubeconfig(kubeconfig, context);
}

function usualFile(): string {
  return join(homedir(), '.kube', 'config');
}

function fingerprintOf({ ca, cert, key, servername, rejectUnauthorized }: Identity['tls']): string {
  const hash = createHash('sha256');
  for (const part of [ca, cert, key, servername, rejectUnauthorized]) {
    hash.update(part instanceof Buffer ? part : String(part)).update('\0');
  }
  return hash.digest('hex');
}
