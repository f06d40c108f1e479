/**
 * The catalogue of reasons: the only place where a reason gets its meaning. Conditions, events, log levels and the time of the
 * next look all come from it.
 *
 * - `True` reasons are successes and never stand with another status.
 * - `waiting`: something else has to happen first, and the operator looks again by itself.
 * - `stalled`: a person has to change something.
 * - `failed`: a call failed; it is repeated with back-off.
 * - `advisory`: worth knowing, yet the service does its work.
 * - `notice`: reason of a condition that stands only while it is true, beside a service that does its work.
 */
type Entry = {
  readonly kind: 'success' | 'waiting' | 'stalled' | 'failed' | 'advisory' | 'notice';
  /** Event that a change to this reason makes; none for what a normal start goes through anyway. */
  readonly event?: 'Normal' | 'Warning';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Milliseconds until the next look although nothing has changed. Absent: the steady interval. */
  readonly recheckMs?: number;
};

const success = { kind: 'success', event: 'Normal', level: 'info' } as const;
const quietSuccess = { kind: 'success', level: 'debug' } as const;
const progress = { kind: 'waiting', level: 'info' } as const;
const trouble = { kind: 'waiting', event: 'Warning', level: 'warn', recheckMs: 5_000 } as const;
const stalled = { kind: 'stalled', event: 'Warning', level: 'error', recheckMs: 30_000 } as const;
const failed = { kind: 'failed', event: 'Warning', level: 'error' } as const;
const advisory = { kind: 'advisory', event: 'Warning', level: 'warn', recheckMs: 5_000 } as const;

export const reasons = {
  // Everything is as declared.
  AllPartsReady: success,
  TopicsAsDeclared: success,
  RedisRunning: success,
  PodsRunning: success,
  LagRead: quietSuccess,
  AutoscalersActive: quietSuccess,

  // Under way.
  Checking: { ...progress, recheckMs: 1_000 },
  RolloutUnderWay: progress,
  PodsNotReady: progress,
  Deleting: { ...progress, recheckMs: 2_000 },

  // In trouble; goes on by itself when the cause is gone.
  ImageNotPulled: trouble,
  ContainerCrashing: trouble,
  ContainerNotConfigured: trouble,
  PodUnschedulable: trouble,
  PodsRefused: trouble,
  KafkaUnreachable: trouble,
  TopicRefused: { ...trouble, recheckMs: 15_000 },
  PartitionsOffline: trouble,
  DeletionBlocked: trouble,

  // Somebody has to decide.
  InvalidSpec: stalled,
  NameTaken: stalled,
  TopicPrefixTaken: stalled,
  PlanOnly: stalled,
  HeldByFreeze: stalled,
  ReplicationFactorFixed: stalled,
  PartitionsCannotShrink: stalled,
  SecretIncomplete: stalled,

  // A call failed.
  ApiServerRefused: failed,
  ApiServerUnreachable: failed,
  InternalError: failed,

  // The service works, but scaling is blind or held.
  LagUnknown: advisory,
  AutoscalersStarting: { ...progress, kind: 'advisory', recheckMs: 5_000 },
  AutoscalersInactive: advisory,
  MetricsApiTaken: advisory,
  // Nothing was looked at, because something more basic is wrong.
  NotObserved: { kind: 'advisory', level: 'debug' },

  // Stand only while they are true.
  AtMaximum: { kind: 'notice', event: 'Normal', level: 'info' },
  FrozenAsDeclared: { kind: 'notice', event: 'Normal', level: 'info' },
  PodsBeingReplaced: { kind: 'notice', level: 'info' },
} as const satisfies Readonly<Record<string, Entry>>;

export type Reason = keyof typeof reasons;
type OfKind<Kind extends Entry['kind']> = {
  [R in Reason]: (typeof reasons)[R]['kind'] extends Kind ? R : never;
}[Reason];
export type SuccessReason = OfKind<'success'>;
export type WaitingReason = OfKind<'waiting'>;
export type StalledReason = OfKind<'stalled'>;
export type FailedReason = OfKind<'failed'>;
export type AdvisoryReason = OfKind<'advisory'>;
export type NoticeReason = OfKind<'notice'>;

/** The entry of a reason; an unknown word (a status written by another release) has none. */
export function reasonEntry(reason: string): Entry | undefined {
  return Object.hasOwn(reasons, reason) ? reasons[reason as Reason] : undefined;
}
