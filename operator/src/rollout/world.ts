import type { OperationStatus, OperationStep, OperationStepName, RevisionRole } from '@tagservice/crd';
import type { PodTrouble } from '../workload/pod-trouble.ts';

export type WorkloadComponent = 'api' | 'compute';
export const COMPONENTS: readonly WorkloadComponent[] = ['api', 'compute'];

/** One Deployment in numbers. */
export type Figures = {
  /** `spec.replicas`. */
  readonly wanted: number;
  /** Pods that there are or may be at once: the greater of wanted and found. */
  readonly pods: number;
  /** Ready pods of the current template; 0 while its controller has not seen the current generation. */
  readonly ready: number;
  /** Why its controller sees no progress any more (`progressDeadlineSeconds`); undefined while it does, or while it is complete. */
  readonly stuck?: string;
};

/** The Deployments that an earlier release made, with fixed names, are a revision without a name. */
export const LEGACY = '';

export type RevisionState = {
  /** {@link LEGACY} for the Deployments of an earlier release. */
  readonly name: string;
  /** 0: there are Deployments, but no TagServiceRevision. */
  readonly number: number;
  readonly role?: RevisionRole;
  /** 0: never promoted. */
  readonly promotion: number;
  readonly since: string;
  readonly api?: Figures;
  readonly compute?: Figures;
  /** Ready API pods that are seen behind the Service. */
  readonly endpoints: number;
};

export type OperationState = {
  readonly name: string;
  readonly number: number;
  readonly from?: string;
  readonly to: string;
  readonly steps: readonly OperationStep[];
  readonly measurements: Readonly<Record<string, number>>;
  readonly outcome?: NonNullable<OperationStatus['outcome']>;
  readonly finishedAt?: string;
};

/** What follows the stable revision by name, as it is seen now. Undefined: not there. */
export type Followers = {
  readonly scalers: Readonly<Record<WorkloadComponent, string | undefined>>;
  readonly budgets: Readonly<Record<WorkloadComponent, string | undefined>>;
  /** `maxReplicas` of the autoscaler of the workers. */
  readonly computeMaximum: number | undefined;
};

export type Bounds = { readonly min: number; readonly max: number };

/** Everything that a decision about rollouts is made from. Immutable. */
export type World = {
  /** The revision that the spec describes; undefined while that cannot be told. */
  readonly target: string | undefined;
  readonly revisions: readonly RevisionState[];
  readonly operations: readonly OperationState[];
  readonly followers: Followers;
  readonly bounds: Readonly<Record<WorkloadComponent, Bounds>>;
  /** Of the topic of requests: more workers would have nothing to read. */
  readonly partitions: number;
  /** Nothing new is brought up. */
  readonly frozen: boolean;
  /** Autoscalers keep the number of pods, and their bounds. */
  readonly scalingFrozen: boolean;
  readonly historyLimit: number;
  /** What keeps pods of the target from being ready, when a look at them tells. */
  readonly trouble?: PodTrouble;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** One write. `record` and `role` name the complete new content, so that doing one twice is doing it once. */
export type Action =
  | { readonly do: 'make'; readonly revision: string; readonly number: number }
  | {
      readonly do: 'role';
      readonly revision: string;
      readonly role: RevisionRole;
      readonly promotion?: number;
      readonly reason?: string;
      readonly message?: string;
    }
  | { readonly do: 'open'; readonly number: number; readonly from?: string; readonly to: string }
  | { readonly do: 'record'; readonly operation: string; readonly status: OperationStatus }
  | { readonly do: 'ensure'; readonly revision: string; readonly component: WorkloadComponent }
  | {
      readonly do: 'scale';
      readonly revision: string;
      readonly component: WorkloadComponent;
      readonly replicas: number;
    }
  | { readonly do: 'remove'; readonly revision: string; readonly component: WorkloadComponent }
  | { readonly do: 'forget'; readonly revision: string }
  | { readonly do: 'expire'; readonly operation: string };

/** The world with the parts that every rule speaks of. */
export type View = {
  readonly world: World;
  /** The revision that serves. */
  readonly stable: RevisionState | undefined;
  /** The revision that the spec describes, once it is made. */
  readonly target: RevisionState | undefined;
  /** The target where it is to take over: it neither serves already nor was given up. */
  readonly next: RevisionState | undefined;
  /** The rollout under way. */
  readonly operation: OperationState | undefined;
  /** The revision that the rollout under way brings up, until it has taken over. */
  readonly coming: RevisionState | undefined;
};

/** The revision that serves: of several that claim it the one promoted last; else what an earlier release made. */
function stableOf({ revisions }: World): RevisionState | undefined {
  const stable = revisions
    .filter(({ role }) => role === 'Stable')
    .toSorted((one, other) => other.promotion - one.promotion)[0];
  return stable ?? revisions.find(({ name }) => name === LEGACY);
}

/** Finds the parts. Of several operations that have not ended the one made last is under way. */
export function viewOf(world: World): View {
  const stable = stableOf(world);
  const target = world.revisions.find(({ name, number }) => name === world.target && number > 0);
  const next = target?.name === stable?.name || target?.role === 'Failed' ? undefined : target;
  const operation = world.operations
    .filter(({ outcome }) => outcome === undefined)
    .toSorted((one, other) => other.number - one.number)[0];
  const isBegun = operation !== undefined && operation.to === next?.name && operation.steps.length > 0;
  return { world, stable, target, next, operation, coming: isBegun ? next : undefined };
}

/** A step of an operation by name. */
export function stepOf(operation: OperationState | undefined, name: OperationStepName): OperationStep | undefined {
  return operation?.steps.find((step) => step.name === name);
}

/** The step that has begun and not ended. */
export function currentStep(operation: OperationState | undefined): OperationStep | undefined {
  return operation?.steps.find(({ finishedAt }) => finishedAt === undefined);
}

/** Pods that are wanted of a component; 0 where it has no Deployment. */
export const wantedOf = (revision: RevisionState | undefined, component: WorkloadComponent): number =>
  revision?.[component]?.wanted ?? 0;

/** Pods of a component that are ready. */
export const readyOf = (revision: RevisionState | undefined, component: WorkloadComponent): number =>
  revision?.[component]?.ready ?? 0;

/** A number that a rollout goes by; 0 while it is not written down. */
export const measurementOf = (operation: OperationState | undefined, name: string): number =>
  operation?.measurements[name] ?? 0;

/** A revision by name. */
export const revisionOf = ({ revisions }: World, name: string | undefined): RevisionState | undefined =>
  revisions.find((one) => one.name === name);

export const hasCapacity = ({ api, compute }: RevisionState): boolean => api !== undefined || compute !== undefined;
