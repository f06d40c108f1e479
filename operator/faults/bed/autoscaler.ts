import {
  Deployment,
  HorizontalPodAutoscaler,
  isConflict,
  isNotFound,
  keyOf,
  resourceId,
  type KubeClient,
} from '@tagservice/controller-runtime';
import type { Observer } from './observer.ts';

export type AutoscalerOptions = { readonly client: KubeClient; readonly observer: Observer };

/**
 * Plays the controller of HorizontalPodAutoscalers without load: replicas are kept between the least and the most, and the autoscaler is reported
 * as active. The real one works in periods of seconds, which would be measured as the operator's own slowness.
 */
export function startAutoscaler({ client, observer }: AutoscalerOptions): { stop(): void } {
  const busy = new Set<string>();

  const look = (hpa: HorizontalPodAutoscaler): void => {
    const { uid } = hpa.metadata;
    if (hpa.metadata.deletionTimestamp !== undefined || busy.has(uid)) return;
    busy.add(uid);
    void settle({ client, observer }, hpa)
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error;
        return false;
      })
      .then((acted) => {
        busy.delete(uid);
        // What changed meanwhile was not looked at.
        const now = observer.get(HorizontalPodAutoscaler, keyOf(hpa));
        if (acted && now !== undefined) look(now);
      });
  };

  const stop = observer.onChange((resource, { object, gone }) => {
    if (gone) return;
    if (resourceId(resource) === resourceId(HorizontalPodAutoscaler)) look(object as HorizontalPodAutoscaler);
    if (resourceId(resource) !== resourceId(Deployment)) return;
    for (const hpa of observer.list(HorizontalPodAutoscaler, object.metadata.namespace ?? ''))
      if (hpa.spec?.scaleTargetRef.name === object.metadata.name) look(hpa);
  });
  return { stop };
}

/** True when something was changed. */
async function settle({ client, observer }: AutoscalerOptions, hpa: HorizontalPodAutoscaler): Promise<boolean> {
  const { namespace = '' } = hpa.metadata;
  const target = observer.get(Deployment, { namespace, name: hpa.spec?.scaleTargetRef.name ?? '' });
  if (target === undefined) return false;
  const found = target.spec?.replicas ?? 1;
  const wanted = replicasFor(hpa, found);
  if (wanted !== found)
    await client.patch(Deployment, keyOf(target), {
      patch: { spec: { replicas: wanted } },
      subresource: 'scale',
      fieldManager: 'simulated-autoscaler',
    });
  if (isReported(hpa, wanted)) return wanted !== found;
  await client.patch(HorizontalPodAutoscaler, keyOf(hpa), {
    patch: { metadata: { uid: hpa.metadata.uid }, status: statusOf(hpa, wanted) },
    subresource: 'status',
  });
  return true;
}

/** Within the bounds; no replicas mean that somebody switched it off, and an autoscaler leaves that alone. */
function replicasFor({ spec }: HorizontalPodAutoscaler, found: number): number {
  if (found === 0) return 0;
  return Math.min(Math.max(found, spec?.minReplicas ?? 1), spec?.maxReplicas ?? 1);
}

function isReported({ metadata, status }: HorizontalPodAutoscaler, wanted: number): boolean {
  return status?.desiredReplicas === wanted && status.observedGeneration === metadata.generation;
}

function statusOf({ metadata }: HorizontalPodAutoscaler, wanted: number): object {
  const now = new Date().toISOString();
  return {
    observedGeneration: metadata.generation,
    currentReplicas: wanted,
    desiredReplicas: wanted,
    currentMetrics: [],
    conditions: [
      {
        type: 'ScalingActive',
        status: 'True',
        reason: 'ValidMetricFound',
        message: 'simulated',
        lastTransitionTime: now,
      },
    ],
  };
}
