import { createHash } from 'node:crypto';
import { Agent, buildConnector, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../clock/clock.ts';
import { ConfigurationError } from './errors.ts';
import { KubeconfigLoader } from './kubeconfig.ts';

export interface CredentialOptions {
  kubeconfig: string | undefined;
  context: string | undefined;
  connections: number;
  clock: Clock;
}

/** What one request is sent with. */
export interface Access {
  headers: Record<string, string>;
  /** For ordinary requests: a bounded number of connections. */
  pooled: Dispatcher;
  /** For watches, which hold a connection each, and for what must not wait for one: as many connections as it takes. */
  unbounded: Dispatcher;
}

/** TLS and identity as the kubeconfig resolves them right now. */
interface Resolved {
  ca?: Buffer | string;
  cert?: Buffer | string;
  key?: Buffer | string;
  rejectUnauthorized?: boolean;
  servername?: string;
  auth?: string;
  headers?: Record<string, string>;
}

/** How long resolved credentials are used before files and plugins are asked again. */
const rereadMs = 10_000;
/** Connections are not given up more often than this. */
const reconnectMs = 1_000;
/** Idle probes after 2 s, three of them a second apart: a peer that vanished without a word is noticed in 5 s, at one packet in 2 s. */
const probes = { idleMs: 2_000, everyMs: 1_000, count: 3 };

/**
 * Resolves the kubeconfig's credentials with the official client's loaders (files, tokens, exec plugins, in-cluster service account),
 * and keeps one set of connections for as long as the TLS material stays the same. The official client would open a connection for
 * every request.
 */
export class Credentials {
  readonly server: string;
  readonly namespace: string | undefined;
  readonly #options: CredentialOptions;
  #config: KubeconfigLoader;
  #current: { access: Access; until: number; fingerprint: string } | undefined;
  #resolving: Promise<Access> | undefined;
  /** Those of retired connections too, for as long as requests or watches run on them. */
  readonly #open = new Set<Dispatcher>();
  #reconnectedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CredentialOptions) {
    this.#options = options;
    this.#config = loadConfig(options);
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new ConfigurationError('The kubeconfig names no cluster for its current context.');
    this.server = cluster.server.replace(/\/+$/, '');
    this.namespace = this.#config.getContextObject(this.#config.getCurrentContext())?.namespace;
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

  /** The server did not accept the credentials: load everything anew, past every cache of the loaders. */
  renew(): void {
    this.#config = loadConfig(this.#options);
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
    const resolved = await resolve(this.#config);
    const fingerprint = fingerprintOf(resolved);
    const until = this.#options.clock.monotonic() + rereadMs;
    const headers = headersOf(resolved);
    const before = this.#current;
    if (before?.fingerprint === fingerprint) {
      this.#current = { access: { ...before.access, headers }, until, fingerprint };
    } else {
      this.#current = { access: { headers, ...this.#connections(resolved) }, until, fingerprint };
      if (before !== undefined) this.#retire(before.access);
    }
    return this.#current.access;
  }

  #connections(resolved: Resolved): { pooled: Dispatcher; unbounded: Dispatcher } {
    const { ca, cert, key, rejectUnauthorized, servername } = resolved;
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
    );
    const proxy = this.#config.getCurrentCluster()?.proxyUrl;
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

function loadConfig(options: CredentialOptions): KubeconfigLoader {
  const config = new KubeconfigLoader();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
  } catch (error) {
    const where = options.kubeconfig ?? process.env['KUBECONFIG'] ?? 'the default kubeconfig';
    throw new ConfigurationError(`${where} cannot be used: ${String(error)}`, { cause: error });
  }
  selectContext(config, options);
  for (const cluster of config.clusters) {
    // The loader refuses plain HTTP unless verification is off; there is nothing to verify on plain HTTP.
    if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
  }
  return config;
}

function selectContext(config: KubeconfigLoader, options: CredentialOptions): void {
  const { context } = options;
  if (context === undefined) return;
  if (config.getContextObject(context) === null) {
    const known = config.getContexts().map((entry) => entry.name);
    throw new ConfigurationError(`There is no context ${context}; the kubeconfig has ${known.join(', ')}.`);
  }
  config.setCurrentContext(context);
}

async function resolve(config: KubeconfigLoader): Promise<Resolved> {
  const target: Resolved & { headers: Record<string, string> } = { headers: {} };
  try {
    await config.applyToHTTPSOptions(target);
    const token = config.fileToken();
    if (token !== undefined) target.headers['Authorization'] = `Bearer ${token}`;
  } catch (error) {
    throw new ConfigurationError(`The credentials cannot be read: ${String(error)}`, { cause: error });
  }
  return target;
}

function headersOf(resolved: Resolved): Record<string, string> {
  const headers = { ...resolved.headers };
  if (resolved.auth !== undefined) headers['Authorization'] = `Basic ${Buffer.from(resolved.auth).toString('base64')}`;
  const bearer = headers['Authorization'];
  // A token file often ends in a newline, which no header may hold.
  if (bearer !== undefined) headers['Authorization'] = bearer.trim();
  return headers;
}

function fingerprintOf(resolved: Resolved): string {
  const hash = createHash('sha256');
  for (const part of [resolved.ca, resolved.cert, resolved.key, resolved.servername, resolved.rejectUnauthorized]) {
    hash.update(part instanceof Buffer ? part : String(part)).update('\0');
  }
  return hash.digest('hex');
}
