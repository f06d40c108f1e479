import { hasCapacity, type Action, type View } from './world.ts';

/** Operations kept for each service. */
export const OPERATION_LIMIT = 10;
/** An operation that ended so long ago goes. */
export const OPERATION_LIFETIME_MS = 7 * 86_400_000;

/** Revisions that are in no use beyond `spec.revisionHistoryLimit`, the ones longest out of use first. */
export function forgetRevisions({ world, stable, target, operation }: View): readonly Action[] {
  if (stable === undefined || target === undefined) return [];
  const inUse = new Set([stable.name, target.name, operation?.to, operation?.from]);
  return world.revisions
    .filter((one) => one.number > 0 && !inUse.has(one.name) && !hasCapacity(one) && isOut(one.role))
    .toSorted((one, other) =>
      one.since === other.since ? other.number - one.number : one.since < other.since ? 1 : -1,
    )
    .slice(world.historyLimit)
    .map(({ name }) => ({ do: 'forget', revision: name }) as const);
}

const isOut = (role: string | undefined): boolean => role !== 'Stable' && role !== 'Candidate';

/** Operations that ended long ago, or that are too many. */
export function expireOperations({ world }: View): readonly Action[] {
  const ended = world.operations
    .filter(({ outcome }) => outcome !== undefined)
    .toSorted((one, other) => other.number - one.number);
  const running = world.operations.length - ended.length;
  const room = Math.max(0, OPERATION_LIMIT - running);
  return ended
    .filter(
      ({ finishedAt }, index) =>
        index >= room || (finishedAt !== undefined && world.now - Date.parse(finishedAt) > OPERATION_LIFETIME_MS),
    )
    .map(({ name }) => ({ do: 'expire', operation: name }) as const);
}
