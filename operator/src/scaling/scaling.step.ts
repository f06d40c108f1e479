import { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import { namesOf } from '../children/names.ts';
import { scalerMaximum } from '../rollout/capacity.ts';
import { followedId, followedRevision, lookAt } from '../rollout/look.ts';
import type { Step, StepContext } from '../step/step.ts';
import { heldAutoscaler } from './scaling.frozen.ts';
import { limitNotices } from './scaling.limited.ts';
import { planScaling } from './scaling.plan.ts';
import { autoscalersOutcome, lagOutcome } from './scaling.status.ts';

/** The autoscalers of both components, and what they go by. */
export const scalingStep: Step = {
  concern: 'scaling',
  reports: ['LagKnown', 'ScalingActive'],
  async run(context) {
    const { service, lag, metricsApiProblem } = context;
    const names = namesOf(service);
    const autoscalers = await applyAutoscalers(context);
    const reading = await lag.read(service);
    return {
      outcomes: {
        LagKnown: lagOutcome(reading, names.topics.requests),
        ScalingActive: autoscalersOutcome(autoscalers, metricsApiProblem()),
      },
      notices: limitNotices(autoscalers),
      held: autoscalers.flatMap(({ held }) => held),
      status: { scaling: reading.kind === 'known' ? { lag: reading.total } : {} },
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

/** They follow the stable revision by name; before the first one is known there is nothing to scale. */
async function applyAutoscalers(context: StepContext): Promise<Applied[]> {
  const { service, children, cache } = context;
  const names = namesOf(service);
  const look = lookAt(context);
  if (followedRevision(look) === undefined) return [{ name: names.api, live: undefined, field: FIELD.api, held: [] }];
  const plan = planScaling(service, { revision: followedId(service, look), maximum: scalerMaximum(look.view) });
  const applied: Applied[] = [];
  for (const component of ['api', 'compute'] as const) {
    const { desired, held } = heldAutoscaler(service, plan[component], cache);
    const live = await children.apply(HorizontalPodAutoscaler, desired);
    applied.push({ name: names[component], live, field: FIELD[component], held });
  }
  return applied;
}
