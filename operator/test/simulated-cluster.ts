import { scalerMaximum } from '../src/rollout/capacity.ts';
import { decide } from '../src/rollout/rollout.policy.ts';
import {
  COMPONENTS,
  LEGACY,
  viewOf,
  type Action,
  type Figures,
  type OperationState,
  type RevisionState,
  type World,
  type WorkloadComponent,
} from '../src/rollout/world.ts';

type Pods = { wanted: number; ready: number; since: number };

/** As Deployments of revisions declare it. */
export const PROGRESS_DEADLINE_MS = 600_000;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export type SimulatedSpec = {
  /** Revision that the spec describes. Names that begin with `bad` never become ready. */
  target: string;
  readonly api: { readonly min: number; readonly max: number };
  readonly compute: { readonly min: number; readonly max: number };
  readonly partitions: number;
  readonly historyLimit?: number;
};

/**
 * A cluster with one service: objects, the controllers of Deployments and autoscalers, and an operator that can end between any two writes. The
 * operator decides with the real rules.
 */
export class SimulatedCluster {
  readonly spec: SimulatedSpec;
  now = Date.parse('2026-11-21T12:00:00Z');
  frozen = false;
  readonly revisions = new Map<string, Mutable<RevisionState>>();
  readonly operations = new Map<string, Mutable<OperationState>>();
  readonly pods = new Map<string, Pods>();
  readonly scalers: Record<WorkloadComponent, string | undefined> = { api: undefined, compute: undefined };
  readonly budgets: Record<WorkloadComponent, string | undefined> = { api: undefined, compute: undefined };
  computeMaximum: number | undefined;
  readonly writes: Action[] = [];
  /** Further revisions that never become ready. */
  readonly failing = new Set<string>();

  /** Told of each write before it is made. */
  beforeWrite: (action: Action) => void = () => undefined;

  constructor(spec: SimulatedSpec) {
    this.spec = { ...spec };
  }

  /** The Deployments of an earlier release, running. */
  withLegacy(counts: Record<WorkloadComponent, number>): this {
    for (const component of COMPONENTS) {
      this.pods.set(keyOf(LEGACY, component), { wanted: counts[component], ready: counts[component], since: this.now });
      this.scalers[component] = LEGACY;
      this.budgets[component] = LEGACY;
    }
    this.computeMaximum = Math.min(this.spec.compute.max, this.spec.partitions);
    return this;
  }

  /** What the operator sees. */
  world(): World {
    const names = new Set([...this.revisions.keys(), ...[...this.pods.keys()].map((key) => key.split('/')[0] ?? '')]);
    return {
      target: this.spec.target,
      revisions: [...names].map((name) => this.#state(name)),
      operations: [...this.operations.values()].map((one) => ({ ...one })),
      followers: { scalers: { ...this.scalers }, budgets: { ...this.budgets }, computeMaximum: this.computeMaximum },
      bounds: { api: this.spec.api, compute: this.spec.compute },
      partitions: this.spec.partitions,
      frozen: this.frozen,
      scalingFrozen: false,
      historyLimit: this.spec.historyLimit ?? 10,
      now: this.now,
    };
  }

  #state(name: string): RevisionState {
    const figures = (component: WorkloadComponent): Partial<Record<WorkloadComponent, Figures>> => {
      const pods = this.pods.get(keyOf(name, component));
      if (pods === undefined) return {};
      const { wanted, ready, since } = pods;
      const isStuck = this.#isFailing(name) && this.now - since >= PROGRESS_DEADLINE_MS;
      return {
        [component]: { wanted, pods: Math.max(wanted, ready), ready, ...(isStuck && { stuck: 'no progress' }) },
      };
    };
    const known = this.revisions.get(name) ?? { name, number: 0, promotion: 0, since: '', endpoints: 0 };
    return {
      ...known,
      ...figures('api'),
      ...figures('compute'),
      endpoints: this.pods.get(keyOf(name, 'api'))?.ready ?? 0,
    };
  }

  /** One look of the operator. It ends after `writes` writes. Answers how many it would have made. */
  operate(writes = Number.POSITIVE_INFINITY): number {
    const actions = decide(this.world()).filter((action) => this.#isNew(action));
    for (const action of actions.slice(0, writes)) {
      this.beforeWrite(action);
      this.writes.push(action);
      this.#apply(action);
    }
    return actions.length;
  }

  #isNew(action: Action): boolean {
    return action.do !== 'ensure' || !this.pods.has(keyOf(action.revision, action.component));
  }

  /** Autoscalers and budgets are written by steps of their own, at any time. Answers whether something changed. */
  follow(): boolean {
    const view = viewOf(this.world());
    const name = view.stable?.name ?? view.world.target;
    const maximum = scalerMaximum(view);
    const before = JSON.stringify([this.scalers, this.budgets, this.computeMaximum]);
    for (const component of COMPONENTS) {
      this.scalers[component] = name;
      this.budgets[component] = name;
    }
    this.computeMaximum = maximum;
    return before !== JSON.stringify([this.scalers, this.budgets, this.computeMaximum]);
  }

  /** The controllers of Deployments start or end one pod of each. Answers whether something changed. */
  runPods(): boolean {
    let changed = false;
    for (const [key, pods] of this.pods) {
      const goal = this.#isFailing(key.split('/')[0] ?? '') ? 0 : pods.wanted;
      if (pods.ready === goal) continue;
      pods.ready += pods.ready < goal ? 1 : -1;
      changed = true;
    }
    return changed;
  }

  /** All pods of one Deployment stop being ready; they come back one by one. */
  fail(index: number): void {
    const all = [...this.pods.values()];
    const pods = all[index % Math.max(1, all.length)];
    if (pods !== undefined) pods.ready = 0;
  }

  /** The autoscalers want so many pods, within their bounds. */
  autoscale(component: WorkloadComponent, wish: number): void {
    const scaled = this.scalers[component];
    const pods = scaled === undefined ? undefined : this.pods.get(keyOf(scaled, component));
    if (pods === undefined) return;
    const { min, max } = this.spec[component];
    const maximum = component === 'api' ? max : (this.computeMaximum ?? max);
    pods.wanted = Math.max(Math.min(min, maximum), Math.min(wish, maximum));
  }

  /** Runs everything, in turn, until nothing changes any more. Answers the number of turns. */
  settle(limit = 500): number {
    for (let turn = 0; turn < limit; turn++) {
      const operated = this.operate();
      const followed = this.follow();
      const ran = this.runPods();
      if (operated === 0 && !followed && !ran) return turn;
    }
    return limit;
  }

  #isFailing(revision: string): boolean {
    return revision.startsWith('bad') || this.failing.has(revision);
  }

  total(component: WorkloadComponent, what: 'wanted' | 'ready'): number {
    return [...this.pods]
      .filter(([key]) => key.endsWith(`/${component}`))
      .reduce((sum, [, pods]) => sum + pods[what], 0);
  }

  #apply(action: Action): void {
    const acts: { [Kind in Action['do']]: (one: Extract<Action, { do: Kind }>) => void } = {
      make: ({ revision: name, number }) =>
        this.revisions.set(name, { name, number, promotion: 0, since: this.#instant(), endpoints: 0 }),
      role: ({ revision, role, promotion }) => {
        const known = this.revisions.get(revision);
        if (known === undefined) return;
        Object.assign(known, { role, since: this.#instant(), ...(promotion !== undefined && { promotion }) });
      },
      open: ({ number, from, to }) => {
        const name = `rollout-${number.toString()}`;
        this.operations.set(name, {
          name,
          number,
          to,
          ...(from !== undefined && { from }),
          steps: [],
          measurements: {},
        });
      },
      record: ({ operation, status }) => {
        const known = this.operations.get(operation);
        if (known === undefined) return;
        const { steps = [], measurements = [], outcome, finishedAt } = status;
        Object.assign(known, {
          steps,
          measurements: Object.fromEntries(measurements.map(({ name, value }) => [name, value])),
          ...(outcome !== undefined && { outcome, finishedAt }),
        });
      },
      ensure: ({ revision, component }) =>
        this.pods.set(keyOf(revision, component), { wanted: 1, ready: 0, since: this.now }),
      scale: ({ revision, component, replicas }) => {
        const known = this.pods.get(keyOf(revision, component));
        if (known !== undefined) known.wanted = replicas;
      },
      remove: ({ revision, component }) => this.pods.delete(keyOf(revision, component)),
      forget: ({ revision }) => this.revisions.delete(revision),
      expire: ({ operation }) => this.operations.delete(operation),
    };
    (acts[action.do] as (one: Action) => void)(action);
  }

  #instant(): string {
    return new Date(this.now).toISOString();
  }
}

const keyOf = (revision: string, component: WorkloadComponent): string => `${revision}/${component}`;
