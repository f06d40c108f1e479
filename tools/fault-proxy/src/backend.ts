import {
  Agent as PlainAgent,
  request as plainRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { BackendError } from './errors.ts';
import { readAll } from './bodies.ts';
import type { BackendConfig } from './kubeconfig.ts';
import { metadataIn } from './metadata.ts';

/** A request as the API server shall get it. */
export type BackendRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** Breaks it off. Not for writes that the server may have begun: see Exchange. */
  readonly signal?: AbortSignal | undefined;
};

/** The real API server. */
export class Backend {
  readonly #config: BackendConfig;
  readonly #agent: PlainAgent | TlsAgent;

  constructor(config: BackendConfig) {
    this.#config = config;
    // Idle connections go before the API server closes them (90 s), lest a write meets a closing one.
    const options = { keepAlive: true, timeout: 30_000, maxSockets: Number.POSITIVE_INFINITY };
    this.#agent =
      config.server.protocol === 'https:' ? new TlsAgent({ ...options, ...config.tls }) : new PlainAgent(options);
  }

  /** Resolves with the head of the answer; its body follows. Rejects with BackendError if none comes. */
  async send(outgoing: BackendRequest): Promise<IncomingMessage> {
    const { server, authorization } = this.#config;
    const auth = authorization();
    const open = server.protocol === 'https:' ? tlsRequest : plainRequest;
    return await new Promise((resolve, reject) => {
      const request = open(server, {
        agent: this.#agent,
        method: outgoing.method,
        path: `${server.pathname.replace(/\/$/, '')}${outgoing.path}`,
        headers: {
          ...outgoing.headers,
          ...(auth === undefined ? {} : { authorization: auth }),
          ...(outgoing.body.length > 0 ? { 'content-length': outgoing.body.length } : {}),
        },
        ...(outgoing.signal === undefined ? {} : { signal: outgoing.signal }),
      });
      request.once('response', resolve);
      request.on('error', (error) => {
        reject(new BackendError(`The API server gave no answer: ${error.message}`, { cause: error }));
      });
      request.end(outgoing.body);
    });
  }

  /** The cluster's resourceVersion right now: that of a quorum list. */
  async version(): Promise<string> {
    const path = '/api/v1/namespaces?limit=1';
    const answer = await this.send({
      method: 'GET',
      path,
      headers: { accept: 'application/json' },
      body: Buffer.alloc(0),
    });
    const text = (await readAll(answer)).toString('utf8');
    if (answer.statusCode !== 200)
      throw new BackendError(`GET ${path} was answered ${String(answer.statusCode)}: ${text}`);
    const { version } = metadataIn(text);
    if (version === undefined) throw new BackendError(`GET ${path} names no resourceVersion.`);
    return version;
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#agent.destroy();
  }
}
