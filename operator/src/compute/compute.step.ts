import { COMPONENT_LABEL, SERVICE_LABEL } from '../children/labels.ts';
import type { Step } from '../step/step.ts';
import { applyWorkload } from '../workload/workload.step.ts';
import { planCompute } from './compute.plan.ts';

/** The workers: account, headless Service for their metrics, budget, Deployment. */
export const computeStep: Step = {
  concern: 'compute',
  reports: ['ComputeReady'],
  async run(context) {
    const { service } = context;
    const plan = planCompute(service, service.spec.images.compute ?? context.images.compute);
    const least = Math.min(service.spec.scaling.compute.min, service.spec.kafka.requests.partitions);
    const { outcome, counts } = await applyWorkload(context, plan, { component: 'compute', least });
    const selector = `${SERVICE_LABEL}=${service.metadata.name},${COMPONENT_LABEL}=compute`;
    return { outcomes: { ComputeReady: outcome }, status: { compute: { ...counts, selector } } };
  },
};
