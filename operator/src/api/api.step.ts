import { componentFinding } from '../rollout/component.status.ts';
import { followedId, followedRevision, lookAt } from '../rollout/look.ts';
import type { Step } from '../step/step.ts';
import { applyWorkload } from '../workload/workload.step.ts';
import { ensureApiKeys, incompleteKeys } from './api.keys.ts';
import { planApi } from './api.plan.ts';

/** The HTTP service: account, Service and budget, and how its pods stand. The pods themselves belong to revisions. */
export const apiStep: Step = {
  concern: 'api',
  reports: ['ApiReady'],
  async run(context) {
    const { service, children } = context;
    const lacking = await ensureApiKeys(children, service);
    const look = lookAt(context);
    await applyWorkload(children, planApi(service, followedId(service, look)), followedRevision(look) !== undefined);
    const { min: least } = look.view.world.bounds.api;
    const { outcome, counts } = componentFinding(context, look, { component: 'api', least });
    const found = lacking.length > 0 ? incompleteKeys(service, lacking) : outcome;
    return { outcomes: { ApiReady: found }, status: { api: counts } };
  },
};
