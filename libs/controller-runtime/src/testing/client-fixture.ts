import { afterEach, beforeEach } from 'vitest';
import type { KubeClient } from '../client/client.ts';
import { connect, type ConnectOptions } from '../client/connect.ts';
import { configMap, json, ScriptedServer, type Received } from './scripted-server.ts';

/** Answers everything with the ConfigMap `a` unless told otherwise. */
export let server: ScriptedServer;
/** A client of it; see {@link reopen}. */
export let client: KubeClient;
const opened: KubeClient[] = [];

export const key = { namespace: 'default', name: 'a' };

/** Gives every test of a file a server and a client; all clients are closed at its end. */
export function useClient(): void {
  beforeEach(async () => {
    server = await ScriptedServer.start((_request, response) => {
      json(response, configMap('a', 1));
    });
    reopen();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
    await server.stop();
  });
}

/** A further client. */
export function open(options: Partial<ConnectOptions> = {}): KubeClient {
  const one = connect({ kubeconfig: server.kubeconfig, userAgent: 'test/1', ...options });
  opened.push(one);
  return one;
}

/** Another client in place of `client`. */
export function reopen(options: Partial<ConnectOptions> = {}): void {
  client = open(options);
}

/** What a promise rejects with; undefined if it resolves. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The last request that arrived. */
export function last(): Received {
  const received = server.requests.at(-1);
  if (received === undefined) throw new TypeError('no request has arrived');
  return received;
}
