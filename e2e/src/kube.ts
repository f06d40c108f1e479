import { poll, type Cluster } from '@tagservice/cluster';
import { CheckFailed } from './e2e-case.ts';

/** What is read of any object. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** An object as kubectl sees it; undefined when it is not there. */
export async function getObject(cluster: Cluster, namespace: string, what: string): Promise<KubeObject | undefined> {
  const args = ['get', what, '--namespace', namespace, '--output', 'json', '--ignore-not-found'];
  const { exitCode, stdout } = await cluster.kubectl(args, { allowFailure: true });
  return exitCode === 0 && stdout.trim() !== '' ? (JSON.parse(stdout) as KubeObject) : undefined;
}

/** Objects of some kinds in a namespace, by label. */
export async function listObjects(
  cluster: Cluster,
  namespace: string,
  query: readonly string[],
): Promise<readonly KubeObject[]> {
  const { stdout } = await cluster.kubectl(['get', ...query, '--namespace', namespace, '--output', 'json']);
  return (JSON.parse(stdout) as { items: readonly KubeObject[] }).items;
}

/** Waits for an answer; fails the case when the time is over. Answers with what was found and the seconds it took. */
export async function within<T>(
  limit: { readonly seconds: number; readonly everyMs?: number },
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<{ readonly found: T; readonly seconds: number }> {
  const started = performance.now();
  const found = await poll({ timeoutMs: limit.seconds * 1000, everyMs: limit.everyMs ?? 250 }, ask);
  if (found === undefined) throw new CheckFailed(`${what}: not within ${String(limit.seconds)} s`);
  return { found, seconds: (performance.now() - started) / 1000 };
}

/** A number for people: `3.4 s`. */
export const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`;
