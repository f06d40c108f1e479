import type { OperationStatus, OperationStepName } from '@tagservice/crd';
import {
  computeLimit,
  isFollowed,
  isServing,
  measurementsAtStart,
  missingWorkers,
  wantedCapacity,
} from './capacity.ts';
import { hasAllEndpoints, hasFullCapacity, isEnding } from './capacity.rules.ts';
import { advance, instant, measured } from './operation.record.ts';
import {
  COMPONENTS,
  currentStep,
  hasCapacity,
  LEGACY,
  revisionOf,
  stepOf,
  type Action,
  type OperationState,
  type RevisionState,
  type View,
} from './world.ts';

const record = (operation: OperationState, status: OperationStatus): Action => ({
  do: 'record',
  operation: operation.name,
  status,
});

/** Another revision is wanted, and one serves: it is written down what shall become of what, and with which numbers it began. */
export function beginTheRollout(view: View): readonly Action[] {
  const { world, stable, next, operation } = view;
  if (stable === undefined || next === undefined) return [];
  if (operation === undefined) {
    const number = 1 + Math.max(0, ...world.operations.map((one) => one.number));
    return [{ do: 'open', number, to: next.name, ...(stable.name !== LEGACY && { from: stable.name }) }];
  }
  if (operation.to !== next.name) return [];
  const role: Action[] = next.role === 'Candidate' ? [] : [{ do: 'role', revision: next.name, role: 'Candidate' }];
  return operation.steps.length > 0 ? role : [...role, record(operation, firstStatus(view, operation))];
}

function firstStatus(view: View, { number }: OperationState): OperationStatus {
  const former = view.world.operations.find((one) => one.number === number - 1);
  const carried = former?.outcome === 'Superseded' ? former.measurements : undefined;
  return { ...advance(view, { begin: 'Capacity' }), measurements: measured(measurementsAtStart(view, carried)) };
}

/** The declaration has changed under a rollout: what it brought up is wanted no more. */
export function supersede(view: View): readonly Action[] {
  const { world, stable, target, next, operation } = view;
  if (operation === undefined || target === undefined || operation.to === target.name) return [];
  if (revisionOf(world, operation.to)?.role === 'Candidate')
    return [{ do: 'role', revision: operation.to, role: 'Retired' }];
  // With nothing else to bring up the rollout ends when all is as it was before it (see endTheRollout).
  if (next === undefined) return [];
  const outcome = operation.to === stable?.name ? 'Succeeded' : 'Superseded';
  return [record(operation, ended(view, outcome, `${next.name} is declared now`))];
}

function ended(view: View, outcome: NonNullable<OperationStatus['outcome']>, message: string): OperationStatus {
  const status = outcome === 'Succeeded' ? advance(view, { found: message }) : unfinished(view);
  return { ...status, outcome, message, finishedAt: instant(view.world.now) };
}

/** A step that never ended stays so in the record. */
const unfinished = ({ operation }: View): OperationStatus => ({
  steps: [...(operation?.steps ?? [])],
  measurements: measured(operation?.measurements ?? {}),
});

const isAt = ({ operation }: View, name: OperationStepName): boolean => currentStep(operation)?.name === name;

/** All wanted pods of the new revision are ready. */
export function recordCapacity(view: View): readonly Action[] {
  const { operation } = view;
  if (operation === undefined || !isAt(view, 'Capacity') || !hasFullCapacity(view)) return [];
  const [api, compute] = [wantedCapacity(view, 'api'), wantedCapacity(view, 'compute')];
  const found = `${api.toString()} API pods and ${compute.toString()} workers are ready`;
  return [record(operation, advance(view, { begin: 'Endpoints', found }))];
}

/** The Service sends to the new API pods. */
export function recordEndpoints(view: View): readonly Action[] {
  const { operation } = view;
  if (operation === undefined || !isAt(view, 'Endpoints') || !hasAllEndpoints(view)) return [];
  const found = `${(view.coming?.endpoints ?? 0).toString()} ready endpoints`;
  return [record(operation, advance(view, { begin: 'Roles', found }))];
}

/** The new revision is the stable one, and what follows by name follows it. */
export function recordRoles(view: View): readonly Action[] {
  const { world, stable, operation } = view;
  if (operation === undefined || stable === undefined || operation.to !== stable.name) return [];
  if (stepOf(operation, 'Removal') !== undefined || !isFollowed(world, stable)) return [];
  const found = 'autoscalers and budgets name the new revision';
  return [record(operation, advance(view, { begin: 'Removal', found }))];
}

/** Nothing is left to do: the former pods are gone, and as many workers as before the rollout are wanted. */
export function endTheRollout(view: View): readonly Action[] {
  const { world, stable, operation } = view;
  if (operation === undefined || !isEnding(view) || missingWorkers(view) > 0) return [];
  if (world.revisions.some((one) => one.name !== stable?.name && hasCapacity(one))) return [];
  return [record(operation, ended(view, ...outcomeOf(view, operation)))];
}

type Ending = readonly [outcome: NonNullable<OperationStatus['outcome']>, message: string];

function outcomeOf({ world, stable }: View, { to }: OperationState): Ending {
  if (to === stable?.name) return ['Succeeded', 'the pods of the former revision are gone'];
  if (revisionOf(world, to)?.role === 'Failed') return ['Failed', `${to} did not become ready in time`];
  return ['Superseded', 'the former revision is declared again'];
}

/**
 * No progress for `progressDeadlineSeconds`, while another revision serves: it is given up, with what was found, and not tried again by itself.
 * The controller of the Deployment counts the time, so that it passes neither while the operator is away nor while pods still come up.
 */
export function giveUpWithoutProgress({ world, stable, coming }: View): readonly Action[] {
  const stuck = stuckBecause(coming);
  if (coming === undefined || stuck === undefined) return [];
  if (stable === undefined || !isServing(stable, world, computeLimit(world).min)) return [];
  const { reason, message } = world.trouble ?? { reason: 'PodsNotReady', message: stuck };
  return [{ do: 'role', revision: coming.name, role: 'Failed', reason, message }];
}

const stuckBecause = (revision: RevisionState | undefined): string | undefined =>
  COMPONENTS.map((component) => revision?.[component]?.stuck).find((stuck) => stuck !== undefined);
