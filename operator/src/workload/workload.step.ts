import { Deployment, PodDisruptionBudget, Service, ServiceAccount, type Applied } from '@tagservice/controller-runtime';
import type { Outcome } from '../step/outcome.ts';
import type { StepContext } from '../step/step.ts';
import { podsOf } from './pods.observe.ts';
import { podCounts, rolloutOutcome } from './rollout.status.ts';

/** The children of a component that is a Deployment. */
export type WorkloadPlan = {
  readonly account: Applied<ServiceAccount>;
  readonly service: Applied<Service>;
  readonly deployment: Applied<Deployment>;
  readonly budget: Applied<PodDisruptionBudget>;
};

export type WorkloadFinding = { readonly outcome: Outcome; readonly counts: { ready: number; desired: number } };

/** Applies a plan and looks at the outcome. The Deployment comes last, because its pods need what comes before. */
export async function applyWorkload(
  { cache, children, service, now }: StepContext,
  plan: WorkloadPlan,
  { component, least }: { component: 'api' | 'compute'; least: number },
): Promise<WorkloadFinding> {
  await children.apply(ServiceAccount, plan.account);
  await children.apply(Service, plan.service);
  await children.apply(PodDisruptionBudget, plan.budget);
  const live = await children.apply(Deployment, plan.deployment);
  const { name } = plan.deployment.metadata;
  const outcome = rolloutOutcome({
    kind: 'Deployment',
    name,
    least,
    live,
    pods: podsOf(cache, service, component),
    now: now(),
  });
  return { outcome, counts: podCounts(live) };
}
