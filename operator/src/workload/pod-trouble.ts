import type { Pod } from '@tagservice/controller-runtime';
import type { WaitingReason } from '../reasons.ts';

/** Why pods do not become ready, in words that name the pod and the remedy. */
export type PodTrouble = { readonly reason: WaitingReason; readonly message: string };

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

type Rule = (pod: Pod, now: number) => PodTrouble | undefined;

/** A pod may wait so long for its volume to be made before that is called trouble. */
const SCHEDULING_MS = 10_000;

/** The first trouble that explains why pods are not ready; the list of rules is in the order of how much it explains. */
export function podTrouble(pods: readonly Pod[], now: number): PodTrouble | undefined {
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (const rule of rules)
    for (const pod of living) {
      const trouble = rule(pod, now);
      if (trouble !== undefined) return trouble;
    }
  return undefined;
}

const imageNotPulled: Rule = (pod) => {
  const status = waitingContainer(pod, ['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull']);
  if (status === undefined) return undefined;
  return {
    reason: 'ImageNotPulled',
    message: `pod ${pod.metadata.name} cannot pull image ${imageOf(pod, status)} (${cause(status)}): check spec.images, pullSecrets and that nodes reach the registry`,
  };
};

const notConfigured: Rule = (pod) => {
  const status = waitingContainer(pod, ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);
  if (status === undefined) return undefined;
  return {
    reason: 'ContainerNotConfigured',
    message: `container ${status.name} of pod ${pod.metadata.name} cannot be started (${cause(status)}): correct what it names`,
  };
};

const crashing: Rule = (pod) => {
  const status = waitingContainer(pod, ['CrashLoopBackOff']);
  if (status === undefined) return undefined;
  const end = status.lastState?.terminated;
  const how =
    end === undefined
      ? ''
      : `, last exit code ${end.exitCode.toString()}${end.reason === undefined ? '' : ` (${end.reason})`}`;
  return {
    reason: 'ContainerCrashing',
    message: `container ${status.name} of pod ${pod.metadata.name} ends again and again (${status.restartCount.toString()} restarts${how}): read kubectl logs ${pod.metadata.name} -c ${status.name} --previous`,
  };
};

const unschedulable: Rule = (pod, now) => {
  if (now - Date.parse(pod.metadata.creationTimestamp ?? '') < SCHEDULING_MS) return undefined;
  const condition = pod.status?.conditions?.find(
    ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (condition === undefined) return undefined;
  return {
    reason: 'PodUnschedulable',
    message: `pod ${pod.metadata.name} fits no node (${condition.message ?? 'no reason given'}): add nodes, or lower requests or change nodeSelector and tolerations`,
  };
};

const rules: readonly Rule[] = [imageNotPulled, notConfigured, crashing, unschedulable];

function waitingContainer(pod: Pod, words: readonly string[]): ContainerStatus | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.find(({ state }) => words.includes(state?.waiting?.reason ?? ''));
}

function imageOf(pod: Pod, status: ContainerStatus): string {
  return pod.spec?.containers.find(({ name }) => name === status.name)?.image ?? status.image;
}

/**
 * The root cause, which stands last. What comes before it changes from attempt to attempt (`ErrImagePull`, then `ImagePullBackOff` with a
 * time), and each change would be a new message and a write of status.
 */
function cause({ state }: ContainerStatus): string {
  const { reason = 'no reason given', message } = state?.waiting ?? {};
  return message?.split(': ').at(-1)?.slice(0, 200) ?? reason;
}
