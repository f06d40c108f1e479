import { stalled, waiting } from '../step/outcome.ts';
import type { Step, StepContext, StepReport } from '../step/step.ts';
import { TemplateTooLongError } from '../revision/snapshot.ts';
import { lookAt } from './look.ts';
import { applyActions } from './rollout.apply.ts';
import { serviceKey } from './rollout.observe.ts';
import { decide } from './rollout.policy.ts';
import { rolloutReport } from './rollout.status.ts';

/** The pods of API and workers: which revisions there are, and how one follows another. */
export const rolloutStep: Step = {
  concern: 'rollout',
  reports: ['RolloutHealthy'],
  async run(context) {
    if (context.rollouts.writes.isBehind(serviceKey(context.service), context.cache)) return notSeenYet(context);
    try {
      return await reconcileRollout(context);
    } catch (error) {
      if (!(error instanceof TemplateTooLongError)) throw error;
      return { outcomes: { RolloutHealthy: stalled('InvalidSpec', error.message) } };
    }
  },
};

async function reconcileRollout(context: StepContext): Promise<StepReport> {
  const look = lookAt(context);
  const { target, view, observed } = look;
  const snapshot = target.kind === 'known' ? target.snapshot : undefined;
  const result = await applyActions({ context, observed, view, snapshot }, decide(view.world));
  const report = rolloutReport(context, look);
  if (result === 'done') return report;
  return { ...report, outcomes: { RolloutHealthy: waiting('Checking', 'something changed meanwhile; looking again') } };
}

/** What was decided a moment ago is not seen yet: nothing is decided anew, and status says what it said. */
function notSeenYet({ service: { status } }: StepContext): StepReport {
  const message = 'waiting to see what has just been written';
  return {
    outcomes: { RolloutHealthy: waiting('Checking', message) },
    status: {
      ...(status?.revisions !== undefined && { revisions: status.revisions }),
      ...(status?.rollout !== undefined && { rollout: status.rollout }),
    },
  };
}
