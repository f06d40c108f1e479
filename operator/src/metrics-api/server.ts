import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ServingCertificate } from './serving-certificate.ts';
import type { ClientAuthority } from './client-authority.ts';
import { failure, type Answer } from './handler.ts';

/** With what the server identifies itself, and whom it lets in. */
export type Trust = { readonly serving: ServingCertificate; readonly clients: ClientAuthority };

export type MetricsServerOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  readonly trust: Trust;
  readonly answer: (url: string) => Promise<Answer>;
  /** Told of every answer. */
  readonly answered: (status: number) => void;
};

export interface MetricsServer {
  readonly port: number;
  /** Uses other certificates from the next connection on. */
  renew(trust: Trust): void;
  close(): Promise<void>;
}

/** The port is taken or not allowed. */
export class MetricsListenError extends Error {
  override readonly name = 'MetricsListenError';
}

/** Starts the HTTPS server of the metrics API. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  let { clients } = options.trust;
  const server = createServer(
    { ...secureContext(options.trust), requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      void respond(request, clients, options.answer).then((answer) => {
        options.answered(answer.status);
        send(response, answer);
      });
    },
  );
  server.requestTimeout = 10_000;
  await listen(server, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    renew(trust) {
      clients = trust.clients;
      server.setSecureContext(secureContext(trust));
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function secureContext({ serving, clients }: Trust) {
  return { cert: serving.certificate, key: serving.key, ca: clients.ca, minVersion: 'TLSv1.2' as const };
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    server.listen(port);
    await once(server, 'listening');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MetricsListenError(`port ${port} cannot be used for the metrics API (${reason}): set METRICS_API_PORT`);
  }
}

async function respond(
  request: IncomingMessage,
  clients: ClientAuthority,
  answer: MetricsServerOptions['answer'],
): Promise<Answer> {
  const refusal = refuse(request.socket as TLSSocket, clients);
  if (refusal !== undefined) return failure(401, 'Unauthorized', refusal);
  if (request.method !== 'GET') return failure(405, 'MethodNotAllowed', 'only GET is answered here');
  try {
    return await answer(request.url ?? '/');
  } catch (error) {
    return failure(500, 'InternalError', error instanceof Error ? error.message : String(error));
  }
}

/** Only the API server may ask: it has checked who the caller is and what the caller may do. */
function refuse(socket: TLSSocket, { allowedNames }: ClientAuthority): string | undefined {
  if (!socket.authorized) return 'a client certificate of the front proxy is needed: ask through the API server';
  const name = String(socket.getPeerCertificate().subject.CN);
  return allowedNames.length === 0 || allowedNames.includes(name)
    ? undefined
    : `the client certificate of ${name} is not allowed here`;
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
