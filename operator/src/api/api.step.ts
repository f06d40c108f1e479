import type { Step } from '../step/step.ts';
import { applyWorkload } from '../workload/workload.step.ts';
import { planApi } from './api.plan.ts';

/** The HTTP service: account, Service, budget, Deployment. */
export const apiStep: Step = {
  concern: 'api',
  reports: ['ApiReady'],
  async run(context) {
    const { spec } = context.service;
    const plan = planApi(context.service, spec.images.api ?? context.images.api);
    const { outcome, counts } = await applyWorkload(context, plan, { component: 'api', least: spec.scaling.api.min });
    return { outcomes: { ApiReady: outcome }, status: { api: counts } };
  },
};
