/**
 * The catalogue of reasons: the only place where a reason gets its meaning. Conditions, events, log levels, the time of the next look and
 * docs/reference/conditions.md all come from it.
 *
 * - `success`: reason of a condition that holds; never stands with another status.
 * - `waiting`: something else has to happen first, and the operator looks again by itself. With a Warning it is trouble, and Degraded stands.
 * - `stalled`: a person has to change something.
 * - `failed`: a call failed; it is repeated with back-off.
 * - `advisory`: worth knowing, yet the service does its work.
 * - `notice`: reason of a condition that stands only while it is true, beside a service that does its work.
 */
export type ReasonEntry = {
  readonly kind: 'success' | 'waiting' | 'stalled' | 'failed' | 'advisory' | 'notice';
  /** Event that a change to this reason makes; none for what a normal start goes through anyway. */
  readonly event?: 'Normal' | 'Warning';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Milliseconds until the next look although nothing has changed. Absent: the steady interval. */
  readonly recheckMs?: number;
  /** True: somebody else has what this TagService needs. Condition Conflict stands. */
  readonly conflict?: true;
  /** What it says, for the reference. */
  readonly meaning: string;
  /** What to do, for the reference. The message of a condition names the object and the values. */
  readonly remedy: string;
};

const nothing = 'Nothing.';
const waits = 'Nothing: the operator goes on by itself.';

const success = { kind: 'success', event: 'Normal', level: 'info', remedy: nothing } as const;
const quietSuccess = { kind: 'success', level: 'debug', remedy: nothing } as const;
const progress = { kind: 'waiting', level: 'info', remedy: waits } as const;
const trouble = { kind: 'waiting', event: 'Warning', level: 'warn', recheckMs: 5_000 } as const;
const stalled = { kind: 'stalled', event: 'Warning', level: 'error', recheckMs: 10_000 } as const;
/** Seen only by looking again, because what belongs to others is not watched. */
const conflict = { ...stalled, recheckMs: 5_000, conflict: true } as const;
const failed = { kind: 'failed', event: 'Warning', level: 'error' } as const;
const advisory = { kind: 'advisory', event: 'Warning', level: 'warn', recheckMs: 5_000 } as const;

export const reasons = {
  // Everything is as declared.
  AllPartsReady: { ...success, meaning: 'Every part is as declared for the current generation.' },
  TopicsAsDeclared: { ...success, meaning: 'The three topics exist with the declared partitions and settings.' },
  RedisRunning: {
    ...success,
    meaning: 'All pods of the store run the current settings, and the primary takes writes.',
  },
  PodsRunning: { ...success, meaning: 'The pods of the component run the current settings, and enough are ready.' },
  RevisionServes: {
    ...quietSuccess,
    meaning: 'The revision that the spec describes serves, and no rollout is under way.',
  },
  RevisionComingUp: {
    ...quietSuccess,
    meaning:
      'No rollout is under way: the revision that the spec describes is the stable one. Too few of its pods are ready; ApiReady and ComputeReady say why.',
  },
  RolloutOnTrack: { ...quietSuccess, meaning: 'A rollout is under way, and nothing stands in its way.' },
  LagRead: { ...quietSuccess, meaning: 'The number of waiting messages is known.' },
  AutoscalersActive: { ...quietSuccess, meaning: 'Both autoscalers read their metric and can scale.' },

  // Under way.
  Checking: {
    ...progress,
    recheckMs: 1_000,
    meaning: 'The first look is under way, or our own write is not seen yet.',
  },
  RolloutUnderWay: { ...progress, meaning: 'Pods are being replaced by such with the current settings.' },
  PodsNotReady: { ...progress, meaning: 'Pods run the current settings, and too few are ready yet.' },
  ReplicationChanging: {
    ...progress,
    event: 'Normal',
    recheckMs: 2_000,
    meaning: 'The copies of a topic are being moved, a few partitions at a time, until there are as many as declared.',
  },
  TopicsBeingDeleted: {
    ...progress,
    event: 'Normal',
    recheckMs: 1_000,
    meaning:
      'Nothing waits in the topics and nobody else reads them; the message holds their end offsets, and they are deleted now.',
  },
  Deleting: {
    ...progress,
    recheckMs: 2_000,
    meaning: 'The resource, or a child of an earlier one of its name, is being removed.',
  },

  // In trouble; goes on by itself when the cause is gone.
  ImageNotPulled: {
    ...trouble,
    meaning: 'A node cannot pull an image.',
    remedy: 'Correct spec.images and pullSecrets, or let nodes reach the registry.',
  },
  ContainerCrashing: {
    ...trouble,
    meaning: 'A container ends again and again.',
    remedy: 'Read kubectl logs POD --previous, and mend what it says.',
  },
  ContainerNotConfigured: {
    ...trouble,
    meaning: 'A container cannot be started, for example because a Secret or a key of it is missing.',
    remedy: 'Make what the message names.',
  },
  PodUnschedulable: {
    ...trouble,
    meaning: 'No node takes a pod.',
    remedy: 'Add nodes, lower requests, or change nodeSelector and tolerations.',
  },
  PodsRefused: {
    ...trouble,
    meaning: 'The namespace refuses pods (quota, limits, admission).',
    remedy: 'Change the quota, limit or policy that the message names.',
  },
  ReferenceMissing: {
    ...trouble,
    meaning: 'A Secret or ConfigMap that pods read, or a key of it, does not exist; what serves goes on serving.',
    remedy: 'Create the object or key that the message names, or mark the reference optional.',
  },
  ReferenceUnreadable: {
    ...trouble,
    meaning: 'The operator cannot read a Secret or ConfigMap that pods read; what serves goes on serving.',
    remedy: 'Give the operator the right that the message names.',
  },
  KafkaUnreachable: {
    ...trouble,
    meaning: 'No broker of spec.kafka.brokers answers.',
    remedy: 'Bring the brokers back, or correct the addresses.',
  },
  KafkaAccessRefused: {
    ...trouble,
    meaning: 'A broker refuses the login, or TLS is not agreed on.',
    remedy: 'Correct spec.kafka.tls, spec.kafka.sasl or the Secrets that they name.',
  },
  TopicReplaced: {
    ...trouble,
    recheckMs: 2_000,
    meaning: 'A topic was deleted by somebody and made anew; its messages are gone, and its offsets begin at 0 again.',
    remedy:
      'Find out who deletes topics. The service goes on by itself; work that was queued has to be asked for again.',
  },
  ReplicationBlocked: {
    ...trouble,
    meaning:
      'The copies of a topic cannot be made as many as declared: too few brokers run, or one that holds copies is away.',
    remedy: 'Bring brokers back or add some, or declare another replicationFactor.',
  },
  TopicRefused: {
    ...trouble,
    recheckMs: 15_000,
    meaning: 'A broker refuses to make or to change a topic.',
    remedy: 'Correct spec.kafka or the brokers; the message holds what the broker said.',
  },
  PartitionsOffline: {
    ...trouble,
    meaning: 'Partitions of a topic have no leader.',
    remedy: 'Bring the brokers that hold them back.',
  },
  DeletionBlocked: {
    ...trouble,
    meaning:
      'The topics of a resource with deletionPolicy Delete cannot be deleted: work waits in them, others read them, or Kafka is away.',
    remedy: 'Do what the message says, or set spec.kafka.deletionPolicy to Retain to leave the topics.',
  },

  // Somebody has to decide.
  InvalidSpec: {
    ...stalled,
    meaning: 'The operator cannot read the spec, or the API server refuses what would have to be made of it.',
    remedy: 'Correct the field that the message names; everything else goes on meanwhile.',
  },
  DefinitionMismatch: {
    ...stalled,
    meaning:
      'The installed CustomResourceDefinition is of another release than the operator, which therefore does not act.',
    remedy: 'Install the CustomResourceDefinition and the operator of one release; it goes on by itself then.',
  },
  RolloutFailed: {
    ...stalled,
    meaning: 'A revision did not become ready in time and was given up; the former one goes on serving.',
    remedy: 'Correct the spec, or delete the TagServiceRevision that failed to let it be tried again.',
  },
  NameTaken: {
    ...conflict,
    meaning: 'An object that a child would be called like belongs to somebody else; it is never touched.',
    remedy: 'Delete or rename that object, or give the TagService another name.',
  },
  TopicPrefixTaken: {
    ...conflict,
    meaning: 'An older TagService has the same topics at the same brokers; this one does nothing.',
    remedy: 'Create this TagService anew with another spec.kafka.topicPrefix, or delete the older one.',
  },
  PlanOnly: {
    ...stalled,
    event: 'Normal',
    level: 'info',
    meaning: 'spec.mode is Plan, and Apply would change something (see status.plan). Nothing is changed.',
    remedy: 'Set spec.mode to Apply to make the changes.',
  },
  HeldByFreeze: {
    ...stalled,
    event: 'Normal',
    level: 'info',
    meaning: 'A part is not as declared, and spec.freeze holds its change back.',
    remedy: 'Take the word out of spec.freeze when the change may be made.',
  },
  RekeyingNotAllowed: {
    ...stalled,
    meaning: 'More partitions are declared for a topic that has had messages, and its allowRekeying is false.',
    remedy:
      'Set allowRekeying of the topic to true if messages of one URL may be out of order, or declare as many partitions as it has.',
  },
  PartitionsCannotShrink: {
    ...stalled,
    meaning: 'A topic has more partitions than declared, and Kafka cannot remove any.',
    remedy: 'Declare as many as it has.',
  },
  SecretIncomplete: {
    ...stalled,
    meaning:
      'A Secret that the operator needs, for Kafka, with the passwords of Redis or with the keys of the API, is missing or lacks keys.',
    remedy:
      'Put in what the message names; for what the operator made itself also: delete the Secret to get new values.',
  },

  // A call failed.
  ApiServerRefused: {
    ...failed,
    meaning: 'The API server refused a call, for example because a right is missing.',
    remedy: 'Grant the right that the message names; other refusals pass by themselves.',
  },
  ApiServerUnreachable: {
    ...failed,
    meaning: 'A call to the API server had no answer in time.',
    remedy: 'Check the API server if it stays; the call is repeated.',
  },
  InternalError: {
    ...failed,
    meaning: 'The operator itself failed.',
    remedy: 'Report it with the log of the operator; the step is repeated.',
  },

  // The service works, but something is not as declared, or scaling is blind or held.
  TopicsDiffer: {
    ...advisory,
    recheckMs: 30_000,
    meaning: 'A topic differs from its declaration, and driftPolicy Report or spec.freeze leaves it so.',
    remedy: 'Put the topic back in Kafka, declare what it has, or let the operator change it.',
  },
  LagUnknown: {
    ...advisory,
    meaning: 'The number of waiting messages cannot be read; the number of workers is held.',
    remedy: 'Mend what the message names, most often the brokers.',
  },
  AutoscalersStarting: {
    ...progress,
    kind: 'advisory',
    recheckMs: 5_000,
    meaning: 'An autoscaler has not been evaluated yet.',
  },
  AutoscalersInactive: {
    ...advisory,
    meaning: 'An autoscaler cannot read its metric or cannot scale; the number of pods is held.',
    remedy: 'See kubectl describe hpa NAME.',
  },
  MetricsApiTaken: {
    ...advisory,
    recheckMs: 10_000,
    meaning: 'The metrics API of the operator cannot serve the autoscalers.',
    remedy: 'Remove what holds the APIService that the message names, or scale by that provider.',
  },
  NotObserved: {
    kind: 'advisory',
    level: 'debug',
    meaning: 'Not looked at, because something more basic is wrong or does not apply.',
    remedy: 'See Ready.',
  },

  // Stand only while they are true.
  AtMaximum: {
    kind: 'notice',
    event: 'Normal',
    level: 'info',
    meaning: 'An autoscaler wants more pods than it may have.',
    remedy: 'Raise the bound that the message names if the load is to be met.',
  },
  FrozenAsDeclared: {
    kind: 'notice',
    event: 'Normal',
    level: 'info',
    meaning: 'spec.freeze holds changes back; the message names them.',
    remedy: 'Empty spec.freeze when changes may be made again.',
  },
  PodsBeingReplaced: { kind: 'notice', level: 'info', meaning: 'Pods are being replaced.', remedy: waits },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

export type Reason = keyof typeof reasons;
type OfKind<Kind extends ReasonEntry['kind']> = {
  [R in Reason]: (typeof reasons)[R]['kind'] extends Kind ? R : never;
}[Reason];
export type SuccessReason = OfKind<'success'>;
export type WaitingReason = OfKind<'waiting'>;
export type StalledReason = OfKind<'stalled'>;
export type FailedReason = OfKind<'failed'>;
export type AdvisoryReason = OfKind<'advisory'>;
export type NoticeReason = OfKind<'notice'>;

/** The entry of a reason; an unknown word (a status written by another release) has none. */
export function reasonEntry(reason: string): ReasonEntry | undefined {
  return Object.hasOwn(reasons, reason) ? reasons[reason as Reason] : undefined;
}

/** Events that tell of an act instead of a changed condition. `note` is made where the act is. */
export const actEvents = {
  DriftCorrected: {
    type: 'Warning',
    meaning:
      'Somebody changed or deleted what the operator made; it is as declared again. The note tells what was found and what is wanted.',
    remedy: 'Change the TagService instead, or nothing.',
  },
  DriftRepeated: {
    type: 'Warning',
    meaning:
      'The same object was changed by somebody else again and again within five minutes. It is corrected each time.',
    remedy: 'Find the other writer (kubectl get OBJECT --show-managed-fields) and stop it.',
  },
  TopicsKept: {
    type: 'Warning',
    meaning:
      'A namespace was deleted, and the topics of a TagService with deletionPolicy Delete could not be within 30 s. The resource was let go; the note names the topics. As nothing can be made in such a namespace, the event stands in namespace default with the Namespace as regarding.',
    remedy: 'Delete the topics that the note names, if nobody needs them.',
  },
} as const satisfies Readonly<
  Record<string, { readonly type: 'Normal' | 'Warning'; readonly meaning: string; readonly remedy: string }>
>;
