import type { Clock } from '@tagservice/controller-runtime';
import type { PlannedChange } from '@tagservice/crd';
import { outcomeOfError, stalled, StepDeadlineError, type Outcome } from './outcome.ts';
import type { Correction, Step, StepContext, StepReport } from './step.ts';

/** An error has to stand in a condition within five seconds, so no step may take longer than this. It goes on at the next look. */
export const STEP_LIMIT_MS = 3_500;

/** What is collected beside the report of a step, by the writer of its children. */
export type Collected = { readonly planned: PlannedChange[]; readonly corrections: Correction[] };

export type RunOptions = {
  readonly clock: Clock;
  /** Ends all steps. */
  readonly signal: AbortSignal;
  /** The context of one step, which collects and ends with `signal`. */
  readonly contextOf: (step: Step, more: { collected: Collected; signal: AbortSignal }) => StepContext;
  /** Told how long a step took, in seconds. */
  readonly observe: (step: Step, seconds: number, report: StepReport) => void;
};

/** Runs all steps at the same time, since none waits for another; an exception of one becomes its outcome and reaches no other. */
export async function runSteps(steps: readonly Step[], options: RunOptions): Promise<StepReport[]> {
  return Promise.all(steps.map((step) => runStep(step, options)));
}

async function runStep(step: Step, { clock, signal, contextOf, observe }: RunOptions): Promise<StepReport> {
  const collected: Collected = { planned: [], corrections: [] };
  const start = clock.monotonic();
  const limit = new AbortController();
  const cancel = clock.after(STEP_LIMIT_MS, () => {
    limit.abort(new StepDeadlineError(step.concern, STEP_LIMIT_MS));
  });
  const context = contextOf(step, { collected, signal: AbortSignal.any([signal, limit.signal]) });
  try {
    const report = withCollected(step, await step.run(context), collected);
    observe(step, (clock.monotonic() - start) / 1_000, report);
    return report;
  } catch (error) {
    // A run that was ended from outside has nothing to report; nobody acts on it any more.
    if (signal.aborted) throw error;
    const outcome = outcomeOfError(limit.signal.aborted ? limit.signal.reason : error);
    const report = { outcomes: Object.fromEntries(step.reports.map((type) => [type, outcome])), ...collected };
    observe(step, (clock.monotonic() - start) / 1_000, report);
    return report;
  } finally {
    cancel();
  }
}

/** In mode Plan a step whose changes are only planned is not as declared, whatever it found. */
function withCollected(step: Step, report: StepReport, collected: Collected): StepReport {
  const planned = [...collected.planned, ...(report.planned ?? [])];
  const corrections = [...collected.corrections, ...(report.corrections ?? [])];
  if (planned.length === 0) return { ...report, corrections };
  const outcome = stalled('PlanOnly', planMessage(planned));
  const outcomes = Object.fromEntries(
    step.reports.map((type) => {
      const found = report.outcomes[type];
      return [type, found !== undefined && outlasts(found) ? found : outcome] satisfies [string, Outcome];
    }),
  );
  return { ...report, outcomes: { ...report.outcomes, ...outcomes }, planned, corrections };
}

/** What a person has to mend before anything can be done comes first. */
function outlasts({ kind, reason }: Outcome): boolean {
  return kind === 'failed' || (kind === 'stalled' && reason !== 'HeldByFreeze');
}

const TOLD = 4;

function planMessage(planned: readonly PlannedChange[]): string {
  const told = planned.slice(0, TOLD).map(({ action, object }) => `${action} ${object}`);
  const more = planned.length > TOLD ? ` and ${(planned.length - TOLD).toString()} more` : '';
  const count = planned.length === 1 ? '1 change is' : `${planned.length.toString()} changes are`;
  return `spec.mode is Plan, and ${count} only planned (${told.join(', ')}${more}): see status.plan, and set spec.mode to Apply to make them`;
}
