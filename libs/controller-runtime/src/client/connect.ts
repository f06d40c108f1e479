import type { Clock } from '../clock/clock.ts';
import type { KubeClient } from './client.ts';
import { ConfigurationError } from './errors.ts';

export interface ConnectOptions {
  /** Path of a kubeconfig; default: KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  kubeconfig?: string;
  /** A context of it; default: its current one. */
  context?: string;
  /** `name/version`, as the audit log of the API server will show it. */
  userAgent: string;
  /** Time limit of a request in milliseconds (10,000); watches have none. */
  timeoutMs?: number;
  /** Most connections kept open (16). */
  connections?: number;
  clock?: Clock;
}

/** Opens a client. Credentials and CA files are read again when they change. Throws ConfigurationError. */
export function connect(_options: ConnectOptions): KubeClient {
  throw new ConfigurationError('not there yet');
}
