import type { Deployment, Pod } from '@tagservice/controller-runtime';
import { done, waiting, type Outcome } from '../step/outcome.ts';
import { podTrouble } from './pod-trouble.ts';

export type RolloutView = {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly name: string;
  /** Least ready pods for the part to count as ready: an autoscaler that adds pods must not make it unready. */
  readonly least: number;
  /** As the API server has it after our write; undefined while our own write is not seen yet. */
  readonly live: Workload | undefined;
  readonly pods: readonly Pod[];
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** What Deployments and StatefulSets have in common. */
export type Workload = {
  readonly metadata: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly conditions?: NonNullable<Deployment['status']>['conditions'];
  };
};

/** Ready and wanted pods for the status. */
export function podCounts(live: Workload | undefined): { ready: number; desired: number } {
  return { ready: live?.status?.readyReplicas ?? 0, desired: live?.spec?.replicas ?? 0 };
}

/**
 * Whether a workload runs its current template. A number is believed only once the workload's controller has seen the current generation;
 * until then the numbers are about the past.
 */
export function rolloutOutcome(view: RolloutView): Outcome {
  const { kind, name, live } = view;
  if (live === undefined) return waiting('Checking', `${kind} ${name} has just been written; waiting to see it`);
  const { generation = 0 } = live.metadata;
  if ((live.status?.observedGeneration ?? 0) < generation)
    return waiting('RolloutUnderWay', `${kind} ${name}: its controller has not seen generation ${generation} yet`);
  const numbers = numbersOf(view, live);
  const { ready, desired } = numbers;
  if (isRunning(numbers)) return done('PodsRunning', `${kind} ${name}: ${ready} of ${desired} pods ready`);
  return shortfall(view, live, numbers);
}

type Numbers = { ready: number; desired: number; updated: number; all: number; least: number };

function numbersOf({ least }: RolloutView, live: Workload): Numbers {
  const { updatedReplicas: updated = 0, replicas: all = 0 } = live.status ?? {};
  return { ...podCounts(live), updated, all, least: Math.max(least, 1) };
}

const isRolledOut = ({ updated, desired, all }: Numbers): boolean => updated >= desired && all <= updated;

/** More pods than the least may be on their way up: that is scaling, not trouble. */
function isRunning(numbers: Numbers): boolean {
  return isRolledOut(numbers) && numbers.ready >= numbers.least && numbers.desired >= numbers.least;
}

/** Why the pods are not all there, the most telling cause first. */
function shortfall({ kind, name, pods, now }: RolloutView, live: Workload, numbers: Numbers): Outcome {
  const { ready, desired, updated, least } = numbers;
  const trouble = podTrouble(pods, now);
  if (trouble !== undefined)
    return waiting(trouble.reason, `${kind} ${name}: ${ready} of ${desired} pods ready; ${trouble.message}`);
  const refusal = refusalOf(live);
  if (refusal !== undefined)
    return waiting(
      'PodsRefused',
      `${kind} ${name}: pods cannot be created (${refusal}): check quota, limits and admission policies of the namespace`,
    );
  if (!isRolledOut(numbers))
    return waiting('RolloutUnderWay', `${kind} ${name}: ${updated} of ${desired} pods run the current template`);
  return waiting('PodsNotReady', `${kind} ${name}: ${ready} of ${desired} pods ready, at least ${least} wanted`);
}

function refusalOf({ status }: Workload): string | undefined {
  const condition = status?.conditions?.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  return condition === undefined ? undefined : (condition.message ?? condition.reason ?? 'no reason given');
}
