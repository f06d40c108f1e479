import { homedir } from 'node:os';
import { join } from 'node:path';
import { NotRunning } from '../errors.ts';
import type { Cluster, ClusterStatus, Report } from '../types.ts';
import { refuse, RemoteCluster } from './remote.ts';

/** The kubeconfig that kubectl itself would read. */
export function defaultKubeconfig(env: NodeJS.ProcessEnv = process.env): string {
  const listed = env['KUBECONFIG'];
  return listed === undefined || listed === '' ? join(homedir(), '.kube', 'config') : listed;
}

/** A cluster that is there already. It is used, and neither made, changed nor removed. */
export class ContextCluster extends RemoteCluster implements Cluster {
  readonly provider = 'context';

  constructor(options: { context: string | undefined; report: Report }) {
    super({ name: options.context ?? 'current context', kubeconfig: defaultKubeconfig(), ...options });
  }

  async up(): Promise<{ changed: boolean; seconds: number }> {
    const began = performance.now();
    const { state } = await this.status();
    if (state === 'down') {
      throw new NotRunning(
        `The cluster of the context "${this.name}" in ${this.kubeconfig} does not answer.`,
        'Check it with "kubectl cluster-info", name another with --context, or make one with --provider embedded.',
      );
    }
    return { changed: false, seconds: (performance.now() - began) / 1000 };
  }

  down(): Promise<{ changed: boolean; seconds: number }> {
    return Promise.resolve({ changed: false, seconds: 0 });
  }

  status(): Promise<ClusterStatus> {
    return this.statusAs('context');
  }

  stopNode(): Promise<void> {
    return refuse('Stopping a node', 'context');
  }

  startNode(): Promise<void> {
    return refuse('Starting a node', 'context');
  }

  cutNode(): Promise<void> {
    return refuse('Cutting a node off', 'context');
  }

  healNode(): Promise<void> {
    return refuse('Joining a node again', 'context');
  }

  load(): Promise<void> {
    return refuse('Loading images (push them to a registry that the cluster reads)', 'context');
  }

  hasImage(): Promise<boolean> {
    // Unknown is not "there": whoever asks wants to know whether loading may be skipped.
    return Promise.resolve(false);
  }
}
