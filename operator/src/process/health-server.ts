import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListenError, type Health, type HealthKind } from '@tagservice/service-kit';
import type { Registry } from 'prom-client';

export type HealthServerOptions = { readonly port: number; readonly health: Health; readonly registry: Registry };
export type HealthServer = { readonly port: number; close(): Promise<void> };

const PATHS: Readonly<Record<string, HealthKind>> = { '/healthz': 'live', '/readyz': 'ready' };

/** Serves what probes and Prometheus ask an operator, under the paths that operators are asked at. */
export async function startHealthServer({ port, health, registry }: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    void respond(request.url?.split('?')[0] ?? '/', response, { health, registry });
  });
  try {
    server.listen(port);
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ListenError(`Port ${port} cannot be used for health and metrics (${reason}). Set HEALTH_PORT.`);
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function respond(
  path: string,
  response: ServerResponse,
  { health, registry }: Omit<HealthServerOptions, 'port'>,
): Promise<void> {
  const kind = PATHS[path];
  if (kind !== undefined) {
    const report = await health.report(kind);
    response
      .writeHead(report.status === 'ok' ? 200 : 503, { 'content-type': 'application/json' })
      .end(`${JSON.stringify(report)}\n`);
  } else if (path === '/metrics') {
    response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  } else {
    response.writeHead(404).end('There is /healthz, /readyz and /metrics.\n');
  }
}
