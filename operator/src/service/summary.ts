import type { TagServiceStatus } from '@tagservice/crd';
import { reasonEntry } from '../reasons.ts';
import type { Outcome } from '../step/outcome.ts';
import type { PartCondition, StepReport } from '../step/step.ts';
import { mergeConditions, type Finding } from './conditions.ts';

/** An event to record. */
export type Note = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
};

/** Everything that follows from the reports of the steps. */
export type Summary = {
  readonly status: TagServiceStatus;
  readonly events: readonly Note[];
  /** Milliseconds until the next look although nothing changes. */
  readonly recheckMs: number;
  /** Errors of failed calls, for the queue's back-off. */
  readonly errors: readonly unknown[];
};

export type SummaryInput = {
  readonly generation: number;
  /** ISO time. */
  readonly now: string;
  /** The status that was written last. */
  readonly before: TagServiceStatus | undefined;
  readonly reports: readonly StepReport[];
};

/** Parts that must be as declared for the service to be ready, in the order in which they explain it. */
const PARTS: readonly PartCondition[] = [
  'TopicsReady',
  'RedisReady',
  'ApiReady',
  'ComputeReady',
  'LagKnown',
  'ScalingActive',
];

/** Without any other cause the service is looked at so often: lag in status and drift in Kafka have no watch. */
export const STEADY_MS = 10_000;

/** How much an outcome explains; the greatest names the reason of `Ready`. */
const WEIGHT: Readonly<Record<Outcome['kind'], number>> = { stalled: 3, failed: 2, waiting: 1, advisory: 0, done: 0 };

/** The one place where results of steps become conditions, events and the time of the next look. */
export function summarise({ generation, now, before, reports }: SummaryInput): Summary {
  const parts = PARTS.map((type) => ({ type, outcome: outcomeOf(type, reports) }));
  const findings = [...summaryFindings(parts), ...parts.map(partFinding)];
  const former = before?.conditions ?? [];
  const conditions = mergeConditions({ before: former, findings, generation, now });
  const status: TagServiceStatus = {
    observedGeneration: generation,
    ...carriedOver(before),
    ...Object.assign({}, ...reports.map(({ status: part }) => part ?? {})),
    conditions,
  };
  return { status, events: eventsOf(former, findings), recheckMs: recheckOf(parts), errors: errorsOf(parts) };
}

type Part = { readonly type: PartCondition; readonly outcome: Outcome };

const NOT_OBSERVED: Outcome = { kind: 'advisory', reason: 'NotObserved', message: 'not looked at', known: false };

function outcomeOf(type: PartCondition, reports: readonly StepReport[]): Outcome {
  for (const { outcomes } of reports) if (outcomes[type] !== undefined) return outcomes[type];
  return NOT_OBSERVED;
}

/** `Ready`, and while something is missing exactly one of `Reconciling` and `Stalled`, with the same reason. */
function summaryFindings(parts: readonly Part[]): Finding[] {
  const worst = parts.toSorted((left, right) => WEIGHT[right.outcome.kind] - WEIGHT[left.outcome.kind])[0];
  if (worst === undefined || WEIGHT[worst.outcome.kind] === 0)
    return [{ type: 'Ready', status: 'True', reason: 'AllPartsReady', message: readyMessage(parts) }];
  const { reason } = worst.outcome;
  const message = `${worst.type}: ${worst.outcome.message}`;
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type: worst.outcome.kind === 'stalled' ? 'Stalled' : 'Reconciling', status: 'True', reason, message },
  ];
}

function readyMessage(parts: readonly Part[]): string {
  const noted = parts.filter(({ outcome }) => outcome.kind === 'advisory');
  const ready = 'topics, Redis, API and workers are as declared';
  return noted.length === 0 ? ready : `${ready}; see ${noted.map(({ type }) => type).join(', ')}`;
}

function partFinding({ type, outcome }: Part): Finding {
  return { type, status: statusOf(outcome), reason: outcome.reason, message: outcome.message };
}

function statusOf(outcome: Outcome): Finding['status'] {
  if (outcome.kind === 'done') return 'True';
  if (outcome.kind === 'advisory' && !outcome.known) return 'Unknown';
  return outcome.reason === 'Checking' ? 'Unknown' : 'False';
}

/** Parts of the status that a step which failed could not say anything about. */
function carriedOver(before: TagServiceStatus | undefined): Partial<TagServiceStatus> {
  const { conditions: _conditions, observedGeneration: _generation, ...rest } = before ?? {};
  return rest;
}

/** One event for each condition whose reason is new, if the catalogue wants one. `Reconciling` and `Stalled` only repeat `Ready`. */
function eventsOf(former: NonNullable<TagServiceStatus['conditions']>, findings: readonly Finding[]): Note[] {
  return findings.flatMap(({ type, reason, message }) => {
    const event = reasonEntry(reason)?.event;
    const isNew = former.find((condition) => condition.type === type)?.reason !== reason;
    const repeats = type === 'Reconciling' || type === 'Stalled' || (type === 'Ready' && reason !== 'AllPartsReady');
    return event === undefined || !isNew || repeats ? [] : [{ type: event, reason, action: type, note: message }];
  });
}

function recheckOf(parts: readonly Part[]): number {
  const times = parts.map(({ outcome }) => reasonEntry(outcome.reason)?.recheckMs ?? STEADY_MS);
  return Math.min(STEADY_MS, ...times);
}

function errorsOf(parts: readonly Part[]): unknown[] {
  const errors = parts.map(({ outcome }) => (outcome.kind === 'failed' ? outcome.error : undefined));
  return [...new Set(errors.filter((error) => error !== undefined))];
}
