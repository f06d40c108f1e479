import { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import { namesOf } from '../children/names.ts';
import type { Step } from '../step/step.ts';
import { planScaling } from './scaling.plan.ts';
import { autoscalersOutcome, lagOutcome } from './scaling.status.ts';

/** The autoscalers of both components, and what they go by. */
export const scalingStep: Step = {
  concern: 'scaling',
  reports: ['LagKnown', 'ScalingActive'],
  async run({ service, children, lag, metricsApiProblem }) {
    const names = namesOf(service);
    const plan = planScaling(service);
    const autoscalers = [
      { name: names.api, live: await children.apply(HorizontalPodAutoscaler, plan.api) },
      { name: names.compute, live: await children.apply(HorizontalPodAutoscaler, plan.compute) },
    ];
    const reading = await lag.read(service);
    return {
      outcomes: {
        LagKnown: lagOutcome(reading, names.topics.requests),
        ScalingActive: autoscalersOutcome(autoscalers, metricsApiProblem()),
      },
      status: { scaling: reading.kind === 'known' ? { lag: reading.total } : {} },
    };
  },
};
