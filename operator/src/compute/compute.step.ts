import { COMPONENT_LABEL, SERVICE_LABEL } from '../children/labels.ts';
import { computeLimit } from '../rollout/capacity.ts';
import { applyNetworkPolicy } from '../network/network.apply.ts';
import { componentFinding } from '../rollout/component.status.ts';
import { deploymentsOf } from '../rollout/rollout.observe.ts';
import { followedId, followedRevision, lookAt } from '../rollout/look.ts';
import type { Step } from '../step/step.ts';
import { applyWorkload } from '../workload/workload.step.ts';
import { computeEnvironmentOf, planCompute } from './compute.plan.ts';

/** The workers: account, headless Service for their metrics and budget, and how they stand. The pods themselves belong to revisions. */
export const computeStep: Step = {
  concern: 'compute',
  reports: ['ComputeReady'],
  async run(context) {
    const { service, children } = context;
    const look = lookAt(context);
    await applyWorkload(
      children,
      planCompute(service, followedId(service, look)),
      followedRevision(look) !== undefined,
    );
    await applyNetworkPolicy(context, computeEnvironmentOf(service), deploymentsOf(look.observed));
    const { min: least } = computeLimit(look.view.world);
    const { outcome, counts } = componentFinding(context, look, { component: 'compute', least });
    const selector = `${SERVICE_LABEL}=${service.metadata.name},${COMPONENT_LABEL}=compute`;
    return { outcomes: { ComputeReady: outcome }, status: { compute: { ...counts, selector } } };
  },
};
