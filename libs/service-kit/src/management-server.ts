import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { HEALTH_KINDS } from './health.ts';
import type { Health, HealthKind } from './health.ts';
import { OPENMETRICS_TYPE, acceptsOpenMetrics, openMetricsText } from './openmetrics.ts';

export interface ManagementServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly health: Health;
  readonly registry: Registry;
  readonly host?: string;
}

export interface ManagementServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The port is taken or not allowed; the message names it and the remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const healthPaths = new Map<string, HealthKind>(HEALTH_KINDS.map((kind) => [`/health/${kind}`, kind]));

/**
 * Serves `/metrics` (as OpenMetrics with exemplars for who accepts that) and `/health/{startup,ready,live}` on a port of its own, apart from users'
 * traffic: an overloaded API still answers its probes, and metrics are not public. Health answers 200 or 503 with a JSON body that names each check.
 *
 * @throws ListenError
 */
export async function startManagementServer(options: ManagementServerOptions): Promise<ManagementServer> {
  const server = createServer((request, response) => {
    respond(request, response, options).catch((error: unknown) => {
      send(response, 500, { status: 'failing', detail: error instanceof Error ? error.message : String(error) });
    });
  });
  server.keepAliveTimeout = 5_000;
  try {
    server.listen(options.port, options.host);
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ListenError(
      `Port ${String(options.port)} cannot be used for metrics and health (${reason}). Set METRICS_PORT.`,
    );
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ManagementServerOptions,
): Promise<void> {
  const path = request.url?.split('?')[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, { detail: 'Only GET and HEAD are answered here.' });
    return;
  }
  const kind = healthPaths.get(path);
  if (kind !== undefined) {
    const report = await options.health.report(kind);
    send(response, report.status === 'ok' ? 200 : 503, report);
  } else if (path === '/metrics') {
    const { registry } = options;
    const isOpen = acceptsOpenMetrics(request.headers.accept);
    const text = await (isOpen ? openMetricsText(registry) : registry.metrics());
    response.setHeader('vary', 'accept').setHeader('content-type', isOpen ? OPENMETRICS_TYPE : registry.contentType);
    response.end(text);
  } else {
    send(response, 404, { detail: `There is /metrics, ${[...healthPaths.keys()].join(', ')}.` });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (!response.headersSent)
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
