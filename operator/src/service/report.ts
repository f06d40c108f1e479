import {
  keyText,
  keyOf,
  type EventRecorder,
  type ReconcileContext,
  type ReconcileResult,
} from '@tagservice/controller-runtime';
import { reasonEntry } from '../reasons.ts';
import type { TagServiceObject } from '../resource.ts';
import type { StepReport } from '../step/step.ts';
import type { DriftLog } from './drift-log.ts';
import type { ServiceMetrics } from './metrics.ts';
import type { StatusWriter } from './status-writer.ts';
import { summarise, type Declared, type Note } from './summary.ts';

/** Where reports go. */
export type Reporting = {
  readonly events: EventRecorder;
  readonly statuses: StatusWriter;
  readonly metrics: ServiceMetrics;
  readonly drift: DriftLog;
  /** Milliseconds since the epoch, for transition times. */
  readonly now: () => number;
};

/** Calls to the API server failed; status tells which. Thrown so that the queue backs off and counts it. */
export class StepsFailedError extends AggregateError {
  override readonly name = 'StepsFailedError';
}

export type ReportInput = {
  readonly object: TagServiceObject;
  readonly context: ReconcileContext;
  readonly reports: readonly (StepReport & { readonly concern?: string })[];
  readonly declared?: Declared;
};

/** When to look again. */
export type Again = Required<ReconcileResult>;

/** Our findings are about a version of the resource that is gone: the watch brings the next one, and this makes sure. */
export const OUTDATED_MS = 1_000;

/** Turns reports into status, events and the next look. The only place where status is written. */
export async function report(
  reporting: Reporting,
  { object, context, reports, declared }: ReportInput,
): Promise<Again> {
  const { statuses, metrics } = reporting;
  const now = new Date(reporting.now()).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const generation = object.metadata.generation ?? 0;
  const summary = summarise({ generation, now, before: statuses.last(object), reports, declared });
  tellCorrections(reporting, { object, context, reports });
  const written = await statuses.write(object, summary.status, context.signal);
  if (written === 'written') metrics.observeWrite();
  metrics.observeStatus(keyText(keyOf(object)), summary.status);
  // An event tells of a change, so it follows the write that makes the change: after a crash between them it comes again.
  if (written === 'outdated') return { requeueAfter: OUTDATED_MS };
  for (const note of summary.events) tell(reporting, { object, context }, note);
  if (summary.errors.length === 1) throw summary.errors[0];
  if (summary.errors.length > 0) throw new StepsFailedError(summary.errors, messagesOf(summary.errors));
  return { requeueAfter: summary.recheckMs };
}

function tellCorrections(reporting: Reporting, { object, context, reports }: ReportInput): void {
  for (const { corrections = [], concern = 'unknown' } of reports)
    for (const correction of corrections) {
      const note = reporting.drift.note(keyText(keyOf(object)), correction, reporting.now());
      reporting.metrics.observeDrift(concern, correction.cause, note.repeated);
      tell(reporting, { object, context }, note);
    }
}

function tell({ events }: Reporting, { object, context }: Pick<ReportInput, 'object' | 'context'>, note: Note): void {
  const { type, reason, action, note: text } = note;
  events.record(object, { type, reason, action, note: text });
  const level = reasonEntry(reason)?.level ?? (type === 'Warning' ? 'warn' : 'info');
  context.log[level]({ reason, condition: action }, text);
}

const messagesOf = (errors: readonly unknown[]): string =>
  errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ');
