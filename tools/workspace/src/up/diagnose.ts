import { describeStatus, type Cluster } from '@tagservice/cluster';
import { operatorNamespace, sampleNamespace } from './releases.ts';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Pods shown at most, so that the cause stays on the screen. */
const shownPods = 4;

/** Names of the pods that are not ready. */
export function unreadyPods(list: PodList): readonly { readonly namespace: string; readonly name: string }[] {
  const unready = list.items.filter(
    (pod) => pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') !== true,
  );
  return unready.map((pod) => ({ namespace: pod.metadata.namespace, name: pod.metadata.name }));
}

/** Everything that helps to see why the installation is not ready, as text: parts of the cluster, objects, events and the last log lines of unready pods. */
export async function diagnose(
  cluster: Cluster,
  namespaces: readonly string[] = [operatorNamespace, sampleNamespace],
): Promise<string> {
  const said: string[] = [describeStatus(await cluster.status()), ''];
  const show = async (args: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await cluster.kubectl(args, { allowFailure: true, timeoutMs: 20_000 });
    said.push(`$ kubectl ${args.join(' ')}`, (stdout || stderr).trimEnd(), '');
  };
  for (const namespace of namespaces) {
    await show(['get', 'tsvc,deploy,sts,pods', '--namespace', namespace, '--output', 'wide']);
    const listed = await cluster.kubectl(['get', 'pods', '--namespace', namespace, '--output', 'json'], {
      allowFailure: true,
    });
    if (listed.exitCode !== 0) continue;
    for (const pod of unreadyPods(JSON.parse(listed.stdout) as PodList).slice(0, shownPods)) {
      const about = `involvedObject.name=${pod.name}`;
      await show(['get', 'events', '--namespace', namespace, '--field-selector', about, '--sort-by', '.lastTimestamp']);
      await show(['logs', pod.name, '--namespace', namespace, '--all-containers', '--tail', '15']);
      await show(['logs', pod.name, '--namespace', namespace, '--all-containers', '--previous', '--tail', '15']);
    }
  }
  return said.join('\n');
}
