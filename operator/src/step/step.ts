import type { Cache, KubeObject } from '@tagservice/controller-runtime';
import type { TagService, TagServiceStatus } from '@tagservice/crd';
import type { ChildWriter } from '../children/child-writer.ts';
import type { KafkaWork } from '../kafka/kafka-work.ts';
import type { LagReader } from '../kafka/lag-reader.ts';
import type { NoticeReason } from '../reasons.ts';
import { outcomeOfError, type Outcome } from './outcome.ts';

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
  readonly status?: Partial<Omit<TagServiceStatus, 'conditions' | 'observedGeneration'>>;
};

export type Step = {
  /** Names it in logs, metrics and field managers. */
  readonly concern: string;
  /** Conditions that it always reports; they take the error when it throws. */
  readonly reports: readonly PartCondition[];
  run(context: StepContext): Promise<StepReport>;
};

/** Runs all steps at the same time, since none waits for another; an exception of one becomes its outcome and reaches no other. */
export async function runSteps(steps: readonly Step[], contextOf: (step: Step) => StepContext): Promise<StepReport[]> {
  return Promise.all(steps.map((step) => runStep(step, contextOf(step))));
}

async function runStep(step: Step, context: StepContext): Promise<StepReport> {
  try {
    return await step.run(context);
  } catch (error) {
    const outcome = outcomeOfError(error);
    return { outcomes: Object.fromEntries(step.reports.map((type) => [type, outcome])) };
  }
}
