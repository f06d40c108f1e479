import { systemClock, type Clock } from '../clock/clock.ts';
import type { ClientListener, KubeClient } from './client.ts';
import { Credentials } from './credentials.ts';
import { HttpKubeClient } from './kube-client.ts';
import { Reachability } from './reachability.ts';
import { Transport, type RequestRecord } from './transport.ts';

export interface ConnectOptions {
  /** Path of a kubeconfig; default: KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  kubeconfig?: string;
  /** A context of it; default: its current one. */
  context?: string;
  /** `name/version`, as the audit log of the API server will show it. */
  userAgent: string;
  /** Time limit of a request in milliseconds (5,000), of a watch until it is open. */
  timeoutMs?: number;
  /** Most connections kept open (16). */
  connections?: number;
  clock?: Clock;
  /** Told of every finished request (watches: when the stream opens). For metrics and audits; must not throw. */
  observe?: (record: RequestRecord) => void;
}

/** Makes a client; nothing is read or asked before its first call. Credentials and CA files are read again when they change. */
export function connect(options: ConnectOptions): KubeClient {
  const clock = options.clock ?? systemClock;
  const credentials = new Credentials({
    kubeconfig: options.kubeconfig,
    context: options.context,
    connections: options.connections ?? 16,
    clock,
  });
  const listeners = new Set<ClientListener>();
  const reachability = new Reachability((silent) => {
    for (const listener of listeners) listener.recovered?.(silent);
  });
  const transport = new Transport({
    credentials,
    userAgent: options.userAgent,
    timeoutMs: options.timeoutMs ?? 5_000,
    clock,
    observe: options.observe,
    reachability,
  });
  return new HttpKubeClient(transport, credentials, listeners);
}
