import { sampleName, sampleNamespace } from '@tagservice/workspace/up';
import { check, type CaseContext, type E2eCase } from '../e2e-case.ts';
import { getObject, inSeconds, listObjects, within } from '../kube.ts';

/** Kinds that the operator makes and that hold no data. */
const kinds = [
  'deployments',
  'tagservicerevisions',
  'services',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
  'networkpolicies',
  'serviceaccounts',
  'configmaps',
  'statefulsets',
];
const backWithinSeconds = 10;
const readyWithinSeconds = 120;

async function run({ cluster, say }: CaseContext): Promise<void> {
  const selector = `tagservice.dev/service=${sampleName},app.kubernetes.io/managed-by=tagservice-operator`;
  const children = await listObjects(cluster, sampleNamespace, [kinds.join(','), '--selector', selector]);
  check(children.length >= 8, `expected at least eight children, found ${String(children.length)}`);
  for (const child of children) {
    const what = `${child.kind.toLowerCase()}/${child.metadata.name}`;
    await cluster.kubectl(['delete', what, '--namespace', sampleNamespace, '--wait=false', '--cascade=background']);
    const { seconds } = await within({ seconds: backWithinSeconds, everyMs: 100 }, `${what} is back`, async () => {
      const now = await getObject(cluster, sampleNamespace, what);
      const isNew =
        now !== undefined && now.metadata.uid !== child.metadata.uid && now.metadata.deletionTimestamp === undefined;
      return isNew ? true : undefined;
    });
    say(`${what} deleted, back after ${inSeconds(seconds)}`);
  }
  const ready = ['wait', `tagservice/${sampleName}`, '--namespace', sampleNamespace, '--for', 'condition=Ready'];
  await cluster.kubectl([...ready, '--timeout', `${String(readyWithinSeconds)}s`]);
}

export const selfHeal: E2eCase = {
  name: 'self-heal',
  summary: `each child object deleted, one after the other; back within ${String(backWithinSeconds)} s`,
  run,
};
