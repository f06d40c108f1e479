import type { Pod } from '@tagservice/controller-runtime';

/** The API's own word for what became of a pod; not a state of ours. */
const POD_STATE = 'phase';

type Container = NonNullable<Pod['spec']>['containers'][number];
type PodStatus = NonNullable<Pod['status']>;

const conditionsOf = (ready: boolean, now: string) =>
  ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: ready || type === 'PodScheduled' || type === 'Initialized' ? 'True' : 'False',
    lastTransitionTime: now,
  }));

/** What a kubelet reports of a pod whose containers run and pass their probes. */
export function runningStatus(pod: Pod, now: string): object {
  const containerStatuses = (pod.spec?.containers ?? []).map((container) => ({
    ...containerBasics(container),
    ready: true,
    started: true,
    state: { running: { startedAt: now } },
  }));
  return {
    [POD_STATE]: 'Running',
    podIP: '192.0.2.1',
    podIPs: [{ ip: '192.0.2.1' }],
    startTime: now,
    conditions: conditionsOf(true, now),
    containerStatuses,
  };
}

/** What a kubelet reports of a pod whose containers cannot start: the reason is the kubelet's (`ErrImagePull`, `CreateContainerConfigError`). */
export function waitingStatus(pod: Pod, trouble: { reason: string; message: string }, now: string): object {
  const containerStatuses = (pod.spec?.containers ?? []).map((container) => ({
    ...containerBasics(container),
    ready: false,
    started: false,
    state: { waiting: trouble },
  }));
  return { [POD_STATE]: 'Pending', startTime: now, conditions: conditionsOf(false, now), containerStatuses };
}

const containerBasics = ({ name, image }: Container) => ({ name, image, imageID: 'simulated', restartCount: 0 });

/** Whether a pod was reported as running already. */
export function isRunning({ status }: { readonly status?: PodStatus }): boolean {
  return status?.[POD_STATE] === 'Running';
}

/** What a pod cannot start without. */
export type Need = { readonly kind: 'secret' | 'configmap'; readonly name: string };

/** The Secrets and ConfigMaps of a pod that are not optional. */
export function needsOf(pod: Pod): Need[] {
  const { volumes = [], containers = [] } = pod.spec ?? {};
  return [
    ...volumes.flatMap(({ secret, configMap }) => [
      need('secret', { name: secret?.secretName, optional: secret?.optional }),
      need('configmap', configMap),
    ]),
    ...containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => needsOfVariable(valueFrom))),
    ...containers.flatMap(({ envFrom = [] }) =>
      envFrom.flatMap(({ secretRef, configMapRef }) => [need('secret', secretRef), need('configmap', configMapRef)]),
    ),
  ].filter((one) => one !== undefined);
}

type Variable = NonNullable<NonNullable<Container['env']>[number]['valueFrom']>;

const needsOfVariable = (from: Variable | undefined): (Need | undefined)[] => [
  need('secret', from?.secretKeyRef),
  need('configmap', from?.configMapKeyRef),
];

type Reference = { readonly name?: string | undefined; readonly optional?: boolean | undefined };

function need(kind: Need['kind'], reference: Reference | undefined): Need | undefined {
  if (reference?.name === undefined || reference.optional === true) return undefined;
  return { kind, name: reference.name };
}
