import {
  COMPONENTS,
  LEGACY,
  measurementOf,
  wantedOf,
  type RevisionState,
  type View,
  type World,
  type WorkloadComponent,
} from './world.ts';

/*
 * How many pods. API: as many as the stable revision has, beside them. Workers: stable and new ones read the partitions of one group, so that
 * both together never are more than there are partitions: where there is no room, some of the stable ones make it first.
 */

const clamp = (value: number, { min, max }: { min: number; max: number }): number =>
  Math.max(min, Math.min(value, max));

/** Pods of a component when the rollout began; the count that must survive it. */
export const STABLE_REPLICAS = { api: 'stableApiReplicas', compute: 'stableComputeReplicas' } as const;
/** Partitions set aside for the workers of the new revision. */
export const RESERVE = 'computeReserve';

/** Most workers there may be: one for each partition. */
export function computeLimit({ bounds, partitions }: World): { min: number; max: number } {
  const max = Math.max(1, Math.min(bounds.compute.max, partitions));
  return { min: Math.min(bounds.compute.min, max), max };
}

/** Pods of a component that the new revision must have before it takes over. */
export function wantedCapacity({ world, stable, operation }: View, component: WorkloadComponent): number {
  const known = measurementOf(operation, STABLE_REPLICAS[component]);
  if (component === 'api') return clamp(Math.max(known, wantedOf(stable, 'api')), world.bounds.api);
  // With a single partition there is no room beside the stable worker: for a moment two share it, and one is idle.
  return Math.min(clamp(known, computeLimit(world)), Math.max(1, world.partitions - 1));
}

/** The count that must survive the rollout as a whole, for a revision that is stable again or at last. */
export function survivingCapacity({ world, operation }: View, component: WorkloadComponent): number {
  const known = measurementOf(operation, STABLE_REPLICAS[component]);
  return clamp(known, component === 'api' ? world.bounds.api : computeLimit(world));
}

/** What is measured when a rollout begins. `former`: the rollout that this one supersedes, which may have taken workers from the stable one. */
export function measurementsAtStart(view: View, former?: Readonly<Record<string, number>>): Record<string, number> {
  const { world, stable } = view;
  const counts = Object.fromEntries(
    COMPONENTS.map((component) => {
      const name = STABLE_REPLICAS[component];
      return [name, Math.max(wantedOf(stable, component), former?.[name] ?? 0)] as const;
    }),
  );
  const room = world.partitions - (stable?.compute?.pods ?? 0);
  const compute = Math.min(
    clamp(counts[STABLE_REPLICAS.compute] ?? 0, computeLimit(world)),
    Math.max(1, world.partitions - 1),
  );
  return { ...counts, [RESERVE]: Math.max(1, Math.min(compute, room)) };
}

/** Workers of all revisions but one. */
export function otherWorkers({ world }: View, name: string): number {
  return world.revisions.filter((one) => one.name !== name).reduce((sum, { compute }) => sum + (compute?.pods ?? 0), 0);
}

/** Most workers that may stand beside so many set aside. Never 0: the stable revision keeps working. */
export const beside = (partitions: number, reserve: number): number => Math.max(1, partitions - reserve);

/** The next number of partitions to set aside: a quarter of what is wanted, at least one, so that work goes on meanwhile. */
export function nextReserve(reserve: number, wanted: number): number {
  return Math.min(wanted, reserve + Math.max(1, Math.floor(wanted / 4)));
}

/** Workers that are neither of the stable revision nor of the one that is to take over: on their way out. */
export function leavingWorkers({ world, stable, next }: View): number {
  return world.revisions
    .filter(({ name }) => name !== (stable?.name ?? world.target) && name !== next?.name)
    .reduce((sum, { compute }) => sum + (compute?.pods ?? 0), 0);
}

/** Most workers that the stable revision may have now: what others have or have been promised is theirs. */
export function stableWorkers(view: View): number {
  const { world, next, operation } = view;
  const promised = operation?.to === next?.name ? measurementOf(operation, RESERVE) : 0;
  return beside(world.partitions, leavingWorkers(view) + Math.max(promised, next?.compute?.pods ?? 0));
}

/** `maxReplicas` of the autoscaler of the workers: what is left beside the revisions that it does not scale. */
export function scalerMaximum(view: View): number {
  return Math.min(computeLimit(view.world).max, stableWorkers(view));
}

/** Workers that made room for others are wanted again, now that those are gone; 0 where nothing is missing. Zero is somebody's wish. */
export function missingWorkers(view: View): number {
  const { stable } = view;
  const [wanted, count] = [wantedOf(stable, 'compute'), survivingCapacity(view, 'compute')];
  return wanted > 0 && wanted < count ? count : 0;
}

/** Enough pods are ready and seen behind the Service: other capacity may go. */
export function isServing({ api, compute, endpoints }: RevisionState, { bounds }: World, limit: number): boolean {
  const least = api === undefined ? 1 : Math.max(1, Math.min(api.wanted, bounds.api.min));
  if (api === undefined || api.ready < least || endpoints < least) return false;
  return compute !== undefined && compute.ready >= Math.max(1, Math.min(compute.wanted, limit));
}

/** Autoscalers and budgets name the stable revision. Deployments of an earlier release are named by no budget. */
export function isFollowed({ followers }: World, { name }: RevisionState): boolean {
  return COMPONENTS.every(
    (component) => followers.scalers[component] === name && (followers.budgets[component] === name || name === LEGACY),
  );
}
