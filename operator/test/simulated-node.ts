import { isConflict, isNotFound, keyOf, Node, Pod, type KubeClient } from '@tagservice/controller-runtime';

const NODE = 'simulated';

/** A node that nobody runs. Endpoints are made only of pods that are bound to one that exists. */
export async function ensureNode(client: KubeClient): Promise<void> {
  await client.apply(Node, { metadata: { name: NODE } }, { fieldManager: 'test' });
}

/** What a scheduler does. */
export async function bindPod(client: KubeClient, pod: Pod): Promise<void> {
  if (pod.spec?.nodeName !== undefined) return;
  const { namespace = '', name, uid } = pod.metadata;
  const target = { apiVersion: 'v1', kind: 'Node', name: NODE };
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target };
  await client.raw(`/api/v1/namespaces/${namespace}/pods/${name}/binding`, { method: 'POST', body }).catch(ignoreGone);
}

/** What a kubelet reports of a pod. A report about a pod never reaches the next one of its name. */
export async function reportPod(client: KubeClient, pod: Pod, status: object): Promise<void> {
  const patch = { metadata: { uid: pod.metadata.uid }, status };
  await client.patch(Pod, keyOf(pod), { patch, subresource: 'status' }).catch(ignoreGone);
}

/** What a kubelet does when the containers of a pod that was asked to stop have ended. */
export async function endPod(client: KubeClient, pod: Pod): Promise<void> {
  await client.delete(Pod, keyOf(pod), { uid: pod.metadata.uid, gracePeriodSeconds: 0 }).catch(ignoreGone);
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error;
}
