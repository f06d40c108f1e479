import {
  computeLimit,
  isFollowed,
  isServing,
  leavingWorkers,
  missingWorkers,
  nextReserve,
  otherWorkers,
  RESERVE,
  stableWorkers,
  wantedCapacity,
} from './capacity.ts';
import { withMeasurement } from './operation.record.ts';
import {
  COMPONENTS,
  LEGACY,
  measurementOf,
  readyOf,
  revisionOf,
  stepOf,
  wantedOf,
  type Action,
  type RevisionState,
  type View,
  type WorkloadComponent,
} from './world.ts';

/** The new revision has as many ready pods as it must have to take over. */
export function hasFullCapacity(view: View): boolean {
  const { coming } = view;
  if (coming === undefined) return false;
  return COMPONENTS.every((component) => readyOf(coming, component) >= wantedCapacity(view, component));
}

/** All of its API pods that must be ready are seen behind the Service. */
export function hasAllEndpoints(view: View): boolean {
  const { coming } = view;
  return coming !== undefined && coming.endpoints >= wantedCapacity(view, 'api');
}

const isBringingUp = (view: View): boolean => stepOf(view.operation, 'Capacity')?.finishedAt === undefined;

/** More partitions are set aside for new workers as soon as those of before are in use. Written down first: the autoscaler goes by it. */
export function setPartitionsAside(view: View): readonly Action[] {
  const { coming, operation } = view;
  if (coming === undefined || operation === undefined || !isBringingUp(view)) return [];
  const [reserve, wanted] = [measurementOf(operation, RESERVE), wantedCapacity(view, 'compute')];
  if (reserve >= wanted || readyOf(coming, 'compute') < reserve) return [];
  const status = withMeasurement(operation, RESERVE, nextReserve(reserve, wanted));
  return [{ do: 'record', operation: operation.name, status }];
}

/** New API pods beside the stable ones, as many as those are. */
export function bringUpApi(view: View): readonly Action[] {
  const { coming } = view;
  if (coming === undefined) return [];
  return [
    { do: 'ensure', revision: coming.name, component: 'api' },
    ...raise(coming, 'api', wantedCapacity(view, 'api')),
  ];
}

/**
 * New workers within the partitions set aside. The stable ones go down to the rest first, and their autoscaler must not be able to take it
 * back: only then both together stay within the partitions at every instant.
 */
export function bringUpWorkers(view: View): readonly Action[] {
  const { world, stable, operation, coming } = view;
  if (coming === undefined || stable === undefined) return [];
  const rest = stableWorkers(view);
  if (!isBoundBelow(view, rest)) return [];
  if (wantedOf(stable, 'compute') > rest)
    return [{ do: 'scale', revision: stable.name, component: 'compute', replicas: rest }];
  const reserve = Math.max(1, measurementOf(operation, RESERVE));
  const leaving = leavingWorkers(view);
  const isFull = leaving > 0 && rest + reserve + leaving > world.partitions;
  if (isFull || (stable.compute?.pods ?? 0) > rest) return [];
  const count = Math.min(reserve, wantedCapacity(view, 'compute'));
  return [{ do: 'ensure', revision: coming.name, component: 'compute' }, ...raise(coming, 'compute', count)];
}

/** The autoscaler of the workers cannot go above this: by its bound, or because it is held in both directions. */
function isBoundBelow({ world }: View, count: number): boolean {
  const { computeMaximum } = world.followers;
  return world.scalingFrozen || (computeMaximum !== undefined && computeMaximum <= count);
}

/** Raises and never lowers: what is ready already may be in use. */
function raise(revision: RevisionState, component: WorkloadComponent, replicas: number): Action[] {
  const wanted = revision[component]?.wanted;
  if (wanted === undefined || wanted >= replicas) return [];
  return [{ do: 'scale', revision: revision.name, component, replicas }];
}

/** Capacity that nobody needs any more goes: at once where nothing of it is ready, else when the stable revision carries the service. */
export function removeOthers(view: View): readonly Action[] {
  const { world, stable } = view;
  if (stable === undefined) return [];
  const carried = isServing(stable, world, computeLimit(world).min) && isFollowed(world, stable);
  return world.revisions
    .filter((revision) => !isInUse(view, revision) && (carried || revision.name !== LEGACY))
    .flatMap((revision) =>
      COMPONENTS.filter((one) => revision[one] !== undefined && (carried || readyOf(revision, one) === 0)).map(
        (component) => ({ do: 'remove', revision: revision.name, component }) as const,
      ),
    );
}

/** It serves, or is to take over. A candidate keeps its pods until it is written down that it is none any more. */
function isInUse({ stable, next, operation }: View, { name, role }: RevisionState): boolean {
  return name === stable?.name || name === next?.name || (name === operation?.to && role === 'Candidate');
}

/** Workers that made room come back once the others are gone. */
export function restoreWorkers(view: View): readonly Action[] {
  const { stable } = view;
  const replicas = missingWorkers(view);
  if (stable === undefined || replicas === 0 || !isEnding(view)) return [];
  if (otherWorkers(view, stable.name) > 0 || !mayReach(view, replicas)) return [];
  return [{ do: 'scale', revision: stable.name, component: 'compute', replicas }];
}

/** The autoscaler of the workers would not take it back. */
const mayReach = ({ world }: View, count: number): boolean =>
  world.scalingFrozen || (world.followers.computeMaximum ?? 0) >= count;

/** The rollout under way has nothing left to bring up: its revision has taken over, or was given up and nothing else is wanted. */
export function isEnding({ world, stable, operation, next }: View): boolean {
  if (operation === undefined || stable === undefined) return false;
  if (operation.to === stable.name) return stepOf(operation, 'Removal') !== undefined;
  return next === undefined && revisionOf(world, operation.to)?.role !== 'Candidate';
}
