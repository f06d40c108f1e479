import type { Cache, KubeObject } from '@tagservice/controller-runtime';
import type { PlannedChange, TagService, TagServiceStatus } from '@tagservice/crd';
import type { ChildWriter } from '../children/child-writer.ts';
import type { KafkaWork } from '../kafka/kafka-work.ts';
import type { LagReader } from '../kafka/lag-reader.ts';
import type { NoticeReason } from '../reasons.ts';
import type { RolloutSupport } from '../rollout/support.ts';
import type { Correction } from './correction.ts';
import type { Outcome } from './outcome.ts';

export type { Correction } from './correction.ts';

/** Conditions that a concern answers for. */
export type PartCondition =
  'TopicsReady' | 'RedisReady' | 'ApiReady' | 'ComputeReady' | 'LagKnown' | 'RolloutHealthy' | 'ScalingActive';

/** Conditions that stand only while they are true, and do not make the service unready. A step reports them while they are. */
export type Notice = {
  readonly type: 'RolloutProgressing' | 'ScalingLimited';
  readonly reason: NoticeReason;
  readonly message: string;
};

/** Images of the operator's own release, for what a resource leaves out. */
export type ReleaseImages = { readonly api: string; readonly compute: string; readonly redis: string };

/** What every step is given. Steps read the cache, write children, and never touch status. */
export type StepContext = {
  readonly service: TagService;
  /** The resource itself, owner of all that is made. */
  readonly owner: KubeObject;
  readonly images: ReleaseImages;
  readonly cache: Cache;
  readonly children: ChildWriter;
  readonly kafka: KafkaWork;
  readonly lag: LagReader;
  readonly rollouts: RolloutSupport;
  /** Why the operator's own metrics API cannot serve the autoscalers; undefined when it can. */
  readonly metricsApiProblem: () => string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
};

/** What a step found: an outcome per condition, and its part of the status. */
export type StepReport = {
  readonly outcomes: Partial<Record<PartCondition, Outcome>>;
  readonly notices?: readonly Notice[];
  /** What differs from the declaration and is left so because of `spec.freeze`, one sentence each. */
  readonly held?: readonly string[];
  /** In mode Plan: what would change beyond the children, for example topics. */
  readonly planned?: readonly PlannedChange[];
  /** What somebody else had changed and is as declared again, beyond the children. */
  readonly corrections?: readonly Correction[];
  readonly status?: Partial<Omit<TagServiceStatus, 'conditions' | 'observedGeneration'>>;
  /** Something was left for a next look soon, of which no event need tell. */
  readonly lookAgain?: boolean;
};

export type Step = {
  /** Names it in logs, metrics and field managers. */
  readonly concern: string;
  /** Conditions that it always reports; they take the error when it throws. */
  readonly reports: readonly PartCondition[];
  /** It looks where no watch tells of changes: it runs at every look, also while all else is known to be as it was. */
  readonly isUnwatched?: true;
  run(context: StepContext): Promise<StepReport>;
};
