import type { TagServiceSpec, TagServiceStatus } from '@tagservice/crd';
import { reasonEntry } from '../reasons.ts';
import type { Outcome } from '../step/outcome.ts';
import type { PartCondition, StepReport } from '../step/step.ts';
import { mergeConditions, type Finding } from './conditions.ts';
import { fitStatus, shownPlan } from './status-size.ts';

/** An event to record. */
export type Note = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
};

/** `freeze`: what is held as it is. `mode`: whether changes are made, or only planned. */
export type Declared = Pick<TagServiceSpec, 'freeze' | 'mode'>;

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
  /** What the declaration says of the work itself; undefined where it could not be read. */
  readonly declared?: Declared | undefined;
};

/** Parts that must be as declared for the service to be ready, in the order in which they explain it. */
export const PARTS: readonly PartCondition[] = [
  'TopicsReady',
  'RedisReady',
  'ApiReady',
  'ComputeReady',
  'LagKnown',
  'RolloutHealthy',
  'ScalingActive',
];

/** Without any other cause the service is looked at so often: lag in status and drift in Kafka have no watch. */
export const STEADY_MS = 10_000;

/** The next look where the server refused a write for a newer version: late enough for that version to be in the cache. */
const AGAIN_MS = 1_000;

/** The one place where results of steps become conditions, events and the time of the next look. */
export function summarise({ generation, now, before, reports, declared }: SummaryInput): Summary {
  const parts = PARTS.map((type) => ({ type, outcome: outcomeOf(type, reports) }));
  const findings = [
    ...summaryFindings(parts),
    ...parts.map(partFinding),
    ...noticeFindings(reports, declared?.freeze ?? []),
  ];
  const former = before?.conditions ?? [];
  const conditions = mergeConditions({ before: former, findings, generation, now });
  const status: TagServiceStatus = fitStatus({
    observedGeneration: generation,
    ...carriedOver(before),
    ...Object.assign({}, ...reports.map(({ status: part }) => part ?? {})),
    ...(declared?.mode === 'Plan' && { plan: shownPlan(reports.flatMap(({ planned = [] }) => planned)) }),
    conditions,
  });
  return { status, events: eventsOf(former, findings), recheckMs: recheckOf(parts, reports), errors: errorsOf(parts) };
}

type Part = { readonly type: PartCondition; readonly outcome: Outcome };

const NOT_OBSERVED: Outcome = { kind: 'advisory', reason: 'NotObserved', message: 'not looked at', known: false };

function outcomeOf(type: PartCondition, reports: readonly StepReport[]): Outcome {
  for (const { outcomes } of reports) if (outcomes[type] !== undefined) return outcomes[type];
  return NOT_OBSERVED;
}

const isTrouble = ({ kind, reason }: Outcome): boolean =>
  kind === 'failed' || (kind === 'waiting' && reasonEntry(reason)?.event === 'Warning');

/** How much an outcome explains; the greatest names the reason of `Ready`. What needs a person comes before what passes by itself. */
function weightOf(outcome: Outcome): number {
  if (outcome.kind === 'stalled') return reasonEntry(outcome.reason)?.event === 'Warning' ? 5 : 4;
  if (outcome.kind === 'failed') return 3;
  if (outcome.kind === 'waiting') return isTrouble(outcome) ? 2 : 1;
  return 0;
}

/** The part that explains most; of equal ones the first. */
function worstOf(parts: readonly Part[]): Part | undefined {
  return parts.toSorted((left, right) => weightOf(right.outcome) - weightOf(left.outcome))[0];
}

/**
 * `Ready`, and while something is missing exactly one of `Reconciling` and `Stalled` with the same reason. Beside it `Degraded` while
 * something that is declared does not work, and `Conflict` while somebody else has what is needed.
 */
function summaryFindings(parts: readonly Part[]): Finding[] {
  const worst = worstOf(parts);
  if (worst === undefined || weightOf(worst.outcome) === 0)
    return [{ type: 'Ready', status: 'True', reason: 'AllPartsReady', message: readyMessage(parts) }];
  const degraded = worstOf(parts.filter(({ outcome }) => isTrouble(outcome)));
  const conflict = parts.find(({ outcome }) => reasonEntry(outcome.reason)?.conflict === true);
  return [
    { ...abnormal('Ready', worst), status: 'False' },
    abnormal(worst.outcome.kind === 'stalled' ? 'Stalled' : 'Reconciling', worst),
    ...(degraded === undefined ? [] : [abnormal('Degraded', degraded)]),
    ...(conflict === undefined ? [] : [abnormal('Conflict', conflict)]),
  ];
}

const abnormal = (type: string, { type: part, outcome }: Part): Finding => ({
  type,
  status: 'True',
  reason: outcome.reason,
  message: `${part}: ${outcome.message}`,
});

function readyMessage(parts: readonly Part[]): string {
  const noted = parts.filter(({ outcome }) => outcome.kind === 'advisory' && outcome.reason !== 'NotObserved');
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

/** Conditions that stand only while they are true. Several steps may report the same one; their messages are joined. */
function noticeFindings(reports: readonly StepReport[], freeze: readonly string[]): Finding[] {
  const byType = new Map<string, Finding>();
  for (const { type, reason, message } of reports.flatMap(({ notices = [] }) => notices)) {
    const known = byType.get(type);
    byType.set(type, {
      type,
      status: 'True',
      reason: known?.reason ?? reason,
      message: known === undefined ? message : `${known.message}; ${message}`,
    });
  }
  return [...byType.values(), ...frozenFinding(reports, freeze)];
}

function frozenFinding(reports: readonly StepReport[], freeze: readonly string[]): Finding[] {
  if (freeze.length === 0) return [];
  const held = reports.flatMap((report) => report.held ?? []);
  const what = held.length === 0 ? 'nothing is held back at the moment' : `held back: ${held.join('; ')}`;
  const message = `spec.freeze holds ${freeze.toSorted().join(', ')}: ${what}; empty spec.freeze to let changes through`;
  return [{ type: 'Frozen', status: 'True', reason: 'FrozenAsDeclared', message }];
}

/** Parts of the status that a step which failed could not say anything about. */
function carriedOver(before: TagServiceStatus | undefined): Partial<TagServiceStatus> {
  const { conditions: _conditions, observedGeneration: _generation, plan: _plan, ...rest } = before ?? {};
  return rest;
}

/** Conditions that only repeat what a part says already. */
const REPEATING: ReadonlySet<string> = new Set(['Reconciling', 'Stalled', 'Degraded', 'Conflict']);

/** One event for each condition whose reason is new, if the catalogue wants one. */
function eventsOf(former: NonNullable<TagServiceStatus['conditions']>, findings: readonly Finding[]): Note[] {
  return findings.flatMap(({ type, reason, message }) => {
    const event = reasonEntry(reason)?.event;
    const isNew = former.find((condition) => condition.type === type)?.reason !== reason;
    const repeats = REPEATING.has(type) || (type === 'Ready' && reason !== 'AllPartsReady');
    return event === undefined || !isNew || repeats ? [] : [{ type: event, reason, action: type, note: message }];
  });
}

function recheckOf(parts: readonly Part[], reports: readonly StepReport[]): number {
  const times = parts.map(({ outcome }) => reasonEntry(outcome.reason)?.recheckMs ?? STEADY_MS);
  const soon = reports.some(({ lookAgain }) => lookAgain) ? AGAIN_MS : STEADY_MS;
  return Math.min(STEADY_MS, soon, ...times);
}

function errorsOf(parts: readonly Part[]): unknown[] {
  const errors = parts.map(({ outcome }) => (outcome.kind === 'failed' ? outcome.error : undefined));
  return [...new Set(errors.filter((error) => error !== undefined))];
}
