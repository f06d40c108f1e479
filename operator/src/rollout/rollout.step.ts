import { serviceKey } from '../children/names.ts';
import type { Step, StepContext, StepReport } from '../step/step.ts';
import { lookAt } from './look.ts';
import { applyActions } from './rollout.apply.ts';
import { decide } from './rollout.policy.ts';
import { rolloutReport } from './rollout.status.ts';

/** The pods of API and workers: which revisions there are, and how one follows another. */
export const rolloutStep: Step = {
  concern: 'rollout',
  reports: ['RolloutHealthy'],
  run: reconcileRollout,
};

/** Tells what is seen, and decides only when that includes what was written last: the event that shows it brings the next look. */
async function reconcileRollout(context: StepContext): Promise<StepReport> {
  const look = lookAt(context);
  const { target, view, observed } = look;
  const report = rolloutReport(context, look);
  if (context.rollouts.writes.isBehind(serviceKey(context.service), context.cache)) return report;
  const snapshot = target.kind === 'known' ? target.snapshot : undefined;
  const isThrough = await applyActions({ context, observed, view, snapshot }, decide(view.world));
  return { ...report, lookAgain: !isThrough };
}
