import { stepOf, type Action, type RevisionState, type View } from './world.ts';
import { hasFullCapacity, hasAllEndpoints } from './capacity.rules.ts';

const nextPromotion = ({ world }: View): number =>
  1 + Math.max(0, ...world.revisions.map(({ promotion }) => promotion));

const promote = (view: View, { name }: RevisionState): Action => ({
  do: 'role',
  revision: name,
  role: 'Stable',
  promotion: nextPromotion(view),
});

/** The first revision of a service serves from the start. */
export function serveAtOnce(view: View): readonly Action[] {
  const { stable, target } = view;
  return stable === undefined && target !== undefined ? [promote(view, target)] : [];
}

/**
 * The one write that makes the new revision the stable one, with what it stands on looked at once more. The former one is not touched by it:
 * of two that are Stable the one promoted last counts, so that there is no instant without one.
 */
export function changeRoles(view: View): readonly Action[] {
  const { coming, operation } = view;
  if (coming === undefined || stepOf(operation, 'Roles') === undefined) return [];
  return hasFullCapacity(view) && hasAllEndpoints(view) ? [promote(view, coming)] : [];
}

/** Whoever is neither stable nor being brought up any more has served, or was given up. */
export function settleRoles({ world, stable, target, operation }: View): readonly Action[] {
  if (stable === undefined) return [];
  return world.revisions.flatMap(({ name, role, number }): Action[] => {
    if (number === 0 || name === stable.name) return [];
    if (role === 'Stable') return [{ do: 'role', revision: name, role: 'Retired' }];
    const isComing = name === target?.name || name === operation?.to;
    return role === 'Candidate' && !isComing ? [{ do: 'role', revision: name, role: 'Retired' }] : [];
  });
}
