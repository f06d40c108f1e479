import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Loaded with the specs, not with the first request of one of them.
import '../client/kubeconfig.ts';

/** One request as it arrived. */
export type Received = { method: string; url: URL; headers: IncomingMessage['headers']; body: string };
/** Answers one request; may leave it open. */
export type Handler = (request: Received, response: ServerResponse) => void;

/**
 * An HTTP server on loopback that answers as a test tells it: for the faults of the protocol that a real API server does not show on
 * demand. `kubeconfig` leads to it.
 */
export class ScriptedServer {
  readonly requests: Received[] = [];
  readonly kubeconfig: string;
  readonly home: string;
  /** Connections accepted so far. */
  connections = 0;
  #handler: Handler;
  readonly #server: Server;

  private constructor(server: Server, handler: Handler) {
    this.#server = server;
    this.#handler = handler;
    this.home = mkdtempSync(join(tmpdir(), 'scripted-server-'));
    this.kubeconfig = join(this.home, 'kubeconfig');
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('request', (request, response) => void this.#receive(request, response));
    this.authenticateBy({});
  }

  static async start(handler: Handler): Promise<ScriptedServer> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScriptedServer(server, handler);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port.toString()}`;
  }

  /** Changes how requests are answered from now on. */
  answer(handler: Handler): void {
    this.#handler = handler;
  }

  /** Rewrites the kubeconfig's user, and its cluster. */
  authenticateBy(user: object, cluster: object = {}): void {
    writeFileSync(
      this.kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'scripted', cluster: { server: this.url, ...cluster } }],
        users: [{ name: 'somebody', user }],
        contexts: [
          { name: 'scripted', context: { cluster: 'scripted', user: 'somebody', namespace: 'home' } },
          { name: 'other', context: { cluster: 'scripted', user: 'somebody', namespace: 'elsewhere' } },
        ],
        'current-context': 'scripted',
      }),
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.home, { recursive: true, force: true });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', this.url),
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.requests.push(received);
    this.#handler(received, response);
  }
}

/** Answers JSON. */
export function json(
  response: ServerResponse,
  body: unknown,
  head: { code?: number; headers?: Record<string, string> } = {},
): void {
  response
    .writeHead(head.code ?? 200, { 'content-type': 'application/json', ...head.headers })
    .end(JSON.stringify(body));
}

/** Answers a Status, as the API server does for errors. `retryAfter` is the header, in seconds. */
export function refuse(
  response: ServerResponse,
  code: number,
  status: { retryAfter?: string; [field: string]: unknown } = {},
): void {
  const { retryAfter, ...fields } = status;
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  json(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...fields }, { code, headers });
}

/** True for the request of a watch. */
export function isWatch(request: Received): boolean {
  return request.url.searchParams.get('watch') === 'true';
}

/** A ConfigMap of version `version`, as the API server would send it. */
export function configMap(name: string, version: number, more: { uid?: string; data?: Record<string, string> } = {}) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'default',
      uid: more.uid ?? `uid-${name}`,
      resourceVersion: version.toString(),
      managedFields: [{ manager: 'test' }],
    },
    data: more.data ?? {},
  };
}

/** A list of version `version`. */
export function listOf(version: number, items: object[], token?: string): object {
  return {
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: { resourceVersion: version.toString(), continue: token },
    items,
  };
}

/** One line of a watch. */
export function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}
