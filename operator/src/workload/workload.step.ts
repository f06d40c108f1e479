import { PodDisruptionBudget, Service, ServiceAccount, type Applied } from '@tagservice/controller-runtime';
import type { ChildWriter } from '../children/child-writer.ts';

/** What stands around the pods of a component that is a Deployment. */
export type WorkloadPlan = {
  readonly account: Applied<ServiceAccount>;
  readonly service: Applied<Service>;
  readonly budget: Applied<PodDisruptionBudget>;
};

/** Applies a plan. The budget waits until it is known which revision it follows. */
export async function applyWorkload(children: ChildWriter, plan: WorkloadPlan, isFollowing: boolean): Promise<void> {
  await children.apply(ServiceAccount, plan.account);
  await children.apply(Service, plan.service);
  if (isFollowing) await children.apply(PodDisruptionBudget, plan.budget);
}
