import { ConfigMap, Pod, resourceId, Secret, type KubeClient, type Resource } from '@tagservice/controller-runtime';
import type { Observer } from './observer.ts';
import { bindPod, endPod, ensureNode, reportPod } from '../../test/simulated-node.ts';
import { isRunning, needsOf, runningStatus, waitingStatus } from './pod-status.ts';

export type KubeletOptions = {
  readonly client: KubeClient;
  readonly observer: Observer;
  /** Images that no registry has. */
  readonly isMissing?: (image: string) => boolean;
};

/**
 * Plays the nodes for all namespaces: a pod whose Secrets and ConfigMaps are there is reported as running and ready at once; one whose image is
 * missing or whose Secrets are not there yet waits, as it would on a node. Running pods are bound to a node, since endpoints are made of no others;
 * one that was asked to stop ends at once.
 */
export function startKubelet(options: KubeletOptions): { stop(): void } {
  const { observer } = options;
  const reported = new Map<string, string>();
  const node = ensureNode(options.client);

  const look = (pod: Pod): void => {
    const { uid, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) void endPod(options.client, pod).catch(() => undefined);
    if (deletionTimestamp !== undefined || isRunning(pod)) return;
    const trouble = troubleOf(pod, options);
    const state = trouble?.message ?? 'running';
    if (reported.get(uid) === state) return;
    reported.set(uid, state);
    const now = new Date().toISOString();
    const status = trouble === undefined ? runningStatus(pod, now) : waitingStatus(pod, trouble, now);
    const bound = trouble === undefined ? node.then(async () => bindPod(options.client, pod)) : Promise.resolve();
    void bound
      .then(async () => reportPod(options.client, pod, status))
      .catch(() => {
        // Whatever hindered it, the next change of the pod or of its namespace brings another attempt.
        reported.delete(uid);
      });
  };

  const stop = observer.onChange((resource, { object, gone }) => {
    const id = resourceId(resource);
    if (id === resourceId(Pod)) {
      if (gone) reported.delete(object.metadata.uid);
      else look(object as Pod);
    } else if (!gone && (id === resourceId(Secret) || id === resourceId(ConfigMap)))
      for (const pod of observer.list(Pod, object.metadata.namespace ?? '')) look(pod);
  });
  return { stop };
}

type Trouble = { readonly reason: string; readonly message: string };

function troubleOf(pod: Pod, { observer, isMissing = () => false }: KubeletOptions): Trouble | undefined {
  const image = pod.spec?.containers.map((container) => container.image ?? '').find(isMissing);
  if (image !== undefined) return { reason: 'ErrImagePull', message: `no registry has ${image}` };
  const { namespace = '' } = pod.metadata;
  const missing = needsOf(pod).find(({ kind, name }) => observer.get(KINDS[kind], { namespace, name }) === undefined);
  if (missing === undefined) return undefined;
  return { reason: 'CreateContainerConfigError', message: `${missing.kind} "${missing.name}" not found` };
}

const KINDS = { secret: Secret as Resource, configmap: ConfigMap as Resource };
