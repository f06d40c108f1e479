import type { Applied, HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { labels, SERVICE_LABEL } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import { deploymentName } from '../workload/deployment.ts';

/** Names of the metrics that the operator serves to the autoscalers. */
export const LAG_METRIC = 'tagservice_queue_lag';
export const UTILIZATION_METRIC = 'tagservice_api_utilization';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;

/**
 * Up at once: a queue that grows is work that waits. Down after a minute without need, by half each half minute: a step down moves
 * partitions and stops all workers of the group for a moment, so few large steps cost less than many small ones.
 */
const computeBehavior: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 10, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 60,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 50, periodSeconds: 30 },
      { type: 'Pods', value: 1, periodSeconds: 30 },
    ],
  },
};

/** Callers come in waves: going down waits for five minutes without need. */
const apiBehavior: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
  },
};

export type ScalingPlan = {
  readonly compute: Applied<HorizontalPodAutoscaler>;
  readonly api: Applied<HorizontalPodAutoscaler>;
};

/** What the autoscalers go by beside the resource itself. */
export type ScaledRevision = {
  /** The hash at the end of the name of the revision that is scaled; undefined for Deployments of an earlier release. */
  readonly revision: string | undefined;
  /** Most workers of that revision: others may use up partitions meanwhile. */
  readonly maximum: number;
};

/** The two autoscalers. They keep their names and follow one revision by name. */
export function planScaling(service: TagService, { revision, maximum }: ScaledRevision): ScalingPlan {
  const { scaling } = service.spec;
  const names = namesOf(service);
  const target = (component: 'api' | 'compute'): string =>
    revision === undefined ? names[component] : deploymentName(service, component, revision);
  return {
    compute: autoscaler(service, {
      component: 'compute',
      name: names.compute,
      scaled: target('compute'),
      min: Math.min(scaling.compute.min, maximum),
      max: maximum,
      metric: LAG_METRIC,
      target: { type: 'AverageValue', averageValue: String(scaling.compute.target.lagPerReplica) },
      behavior: computeBehavior,
    }),
    api: autoscaler(service, {
      component: 'api',
      name: names.api,
      scaled: target('api'),
      min: scaling.api.min,
      max: scaling.api.max,
      metric: UTILIZATION_METRIC,
      // Utilisation is a mean over pods already, so it is compared as it is and not divided by pods again.
      target: { type: 'Value', value: String(scaling.api.targetUtilization) },
      behavior: apiBehavior,
    }),
  };
}

type AutoscalerOptions = {
  readonly component: 'api' | 'compute';
  readonly name: string;
  /** Name of the Deployment. */
  readonly scaled: string;
  readonly min: number;
  readonly max: number;
  readonly metric: string;
  readonly target: { type: 'Value' | 'AverageValue'; value?: string; averageValue?: string };
  readonly behavior: Behavior;
};

function autoscaler(service: TagService, options: AutoscalerOptions): Applied<HorizontalPodAutoscaler> {
  const selector = { matchLabels: { [SERVICE_LABEL]: service.metadata.name } };
  return {
    metadata: { name: options.name, labels: labels(service, options.component) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: options.scaled },
      minReplicas: options.min,
      maxReplicas: options.max,
      metrics: [{ type: 'External', external: { metric: { name: options.metric, selector }, target: options.target } }],
      behavior: options.behavior,
    },
  };
}
