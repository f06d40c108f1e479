import { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import { scalerMaximum } from '../rollout/capacity.ts';
import { followedId, lookAt, type Look } from '../rollout/look.ts';
import type { Step, StepContext } from '../step/step.ts';
import { heldAutoscaler } from './scaling.frozen.ts';
import { limitNotices } from './scaling.limited.ts';
import { planScaling, type ScalingPlan } from './scaling.plan.ts';
import { autoscalersOutcome } from './scaling.status.ts';

/** The autoscalers of both components. */
export const scalingStep: Step = {
  concern: 'scaling',
  reports: ['ScalingActive'],
  async run(context) {
    const autoscalers = await applyAutoscalers(context);
    return {
      outcomes: { ScalingActive: autoscalersOutcome(autoscalers, context.metricsApiProblem()) },
      notices: limitNotices(autoscalers),
      held: autoscalers.flatMap(({ held }) => held),
    };
  },
};

type Applied = {
  readonly name: string;
  readonly live: HorizontalPodAutoscaler | undefined;
  /** Where its greatest number of pods is declared. */
  readonly field: string;
  readonly held: readonly string[];
};

const FIELD = {
  api: 'spec.scaling.api.max',
  compute: 'spec.scaling.compute.max and spec.kafka.requests.partitions',
} as const;

/** They follow the stable revision by name; made before its Deployment, they would wait for it until their second look. */
async function applyAutoscalers(context: StepContext): Promise<Applied[]> {
  const { service } = context;
  const look = lookAt(context);
  const plan = planScaling(service, { revision: followedId(service, look), maximum: declaredMaximum(service, look) });
  const applied: Applied[] = [];
  for (const component of ['api', 'compute'] as const)
    applied.push(await applyAutoscaler(context, plan[component], { component, look }));
  return applied;
}

/** By what is declared, whatever is frozen: what is held back is told by its difference from this. */
function declaredMaximum({ spec }: StepContext['service'], { view }: Look): number {
  const { api, compute } = spec.scaling;
  return scalerMaximum({ ...view, world: { ...view.world, bounds: { api, compute } } });
}

async function applyAutoscaler(
  { service, children, cache }: StepContext,
  planned: ScalingPlan['api'],
  { component, look }: { component: 'api' | 'compute'; look: Look },
): Promise<Applied> {
  const { namespace } = service.metadata;
  const { name } = planned.metadata;
  const field = FIELD[component];
  const isThere = cache.store(HorizontalPodAutoscaler).get({ namespace, name }) !== undefined;
  const isPlanned = service.spec.mode === 'Plan';
  if (!isThere && !isPlanned && look.view.stable?.[component] === undefined)
    return { name, live: undefined, field, held: [] };
  const { desired, held } = heldAutoscaler(service, planned, cache);
  return { name, live: await children.apply(HorizontalPodAutoscaler, desired), field, held };
}
