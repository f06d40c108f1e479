import { HorizontalPodAutoscaler, type Applied, type Cache } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { isFrozen } from '../step/freeze.ts';

type Bounds = { readonly minReplicas?: number; readonly maxReplicas?: number };

export type Held = {
  /** What to apply. */
  readonly desired: Applied<HorizontalPodAutoscaler>;
  /** What is held back, for condition Frozen. */
  readonly held: readonly string[];
};

/**
 * The autoscaler, which neither adds nor removes pods while `spec.freeze` holds Scaling. An autoscaler keeps its bounds whatever its behaviour
 * says, so bounds that changed meanwhile are held back as well.
 */
export function heldAutoscaler(service: TagService, desired: Applied<HorizontalPodAutoscaler>, cache: Cache): Held {
  if (!isFrozen(service, 'Scaling')) return { desired, held: [] };
  const { name } = desired.metadata;
  const live = cache.store(HorizontalPodAutoscaler).get({ namespace: service.metadata.namespace, name });
  const wanted = declaredBounds(desired);
  const bounds = live?.spec === undefined ? wanted : boundsOf(live.spec);
  const behavior = {
    scaleUp: { ...desired.spec?.behavior?.scaleUp, selectPolicy: 'Disabled' },
    scaleDown: { ...desired.spec?.behavior?.scaleDown, selectPolicy: 'Disabled' },
  };
  return {
    desired: { ...desired, spec: { ...desired.spec, ...bounds, behavior } },
    held: differences(name, bounds, wanted),
  };
}

function declaredBounds({ spec }: Applied<HorizontalPodAutoscaler>): Bounds {
  return {
    ...(spec?.minReplicas !== undefined && { minReplicas: spec.minReplicas }),
    ...(spec?.maxReplicas !== undefined && { maxReplicas: spec.maxReplicas }),
  };
}

function boundsOf({ minReplicas = 1, maxReplicas }: { minReplicas?: number; maxReplicas: number }): Bounds {
  return { minReplicas, maxReplicas };
}

function differences(name: string, found: Bounds, wanted: Bounds): string[] {
  const text = ({ minReplicas, maxReplicas }: Bounds): string => `${String(minReplicas)} to ${String(maxReplicas)}`;
  return text(found) === text(wanted)
    ? []
    : [`HorizontalPodAutoscaler ${name} keeps ${text(found)} pods, ${text(wanted)} are declared`];
}
