import type { TagServiceCondition, TagServiceStatus } from '@tagservice/crd';

/** What of an object the rules look at. */
export type Judged = {
  readonly metadata: { readonly uid: string; readonly generation?: number };
  readonly status?: TagServiceStatus;
};

/** A Deployment or StatefulSet of the service, as it had been for a while when the status was written. */
export type WorkloadView = {
  readonly name: string;
  readonly generation: number;
  readonly observedGeneration: number;
  /** Pods in all, of the current template, and ready. */
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
};

/** One status that was written, and what stood there before. */
export type StatusView = {
  readonly after: Judged;
  /** The version before, of the same object; undefined for the first. */
  readonly before?: Judged;
  /** True for the last status: nothing is under way any more. */
  readonly atRest: boolean;
  readonly workloads: readonly WorkloadView[];
  /** Whoever wrote it may have had the wrong time: time stamps may go back. */
  readonly wrongTime?: boolean;
};

/** Conditions that stand only while they are true. */
export const ABNORMAL = new Set([
  'Reconciling',
  'Stalled',
  'Degraded',
  'Conflict',
  'FailoverInProgress',
  'RolloutProgressing',
  'ScalingLimited',
  'Frozen',
]);
/** Those of them beside which a service cannot be ready. */
export const TROUBLE = ['Reconciling', 'Stalled', 'Degraded', 'Conflict'] as const;

export const conditionsOf = ({ status }: Judged): readonly TagServiceCondition[] => status?.conditions ?? [];

export function find(object: Judged, type: string): TagServiceCondition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

export const isTrue = (object: Judged, type: string): boolean => find(object, type)?.status === 'True';
