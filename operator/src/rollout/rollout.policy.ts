import { COMPONENTS, LEGACY, viewOf, type Action, type View, type World } from './world.ts';
import { computeLimit, stableWorkers } from './capacity.ts';
import {
  beginTheRollout,
  endTheRollout,
  giveUpWithoutProgress,
  recordCapacity,
  recordEndpoints,
  recordRoles,
  supersede,
} from './operation.rules.ts';
import { bringUpApi, bringUpWorkers, removeOthers, restoreWorkers, setPartitionsAside } from './capacity.rules.ts';
import { expireOperations, forgetRevisions } from './history.rules.ts';
import { changeRoles, serveAtOnce, settleRoles } from './role.rules.ts';

/** A rule looks at the world and names the writes that it asks for now, if any. It decides on its own: the order only sorts the writes. */
export type Rule = (view: View) => readonly Action[];

const keepTheStable: Rule = ({ stable }) => {
  if (stable === undefined || stable.name === LEGACY || stable.number === 0) return [];
  return COMPONENTS.map((component) => ({ do: 'ensure', revision: stable.name, component }) as const);
};

/** A stable revision starts with the least, and does not wait for the first look of an autoscaler. Zero is somebody's wish. */
const startWithTheLeast: Rule = (view) => {
  const { world, stable, target, operation } = view;
  if (stable === undefined || stable.name !== target?.name || operation !== undefined) return [];
  return COMPONENTS.flatMap((component) => {
    const least = component === 'api' ? world.bounds.api.min : Math.min(computeLimit(world).min, stableWorkers(view));
    const wanted = stable[component]?.wanted ?? 0;
    if (wanted === 0 || wanted >= least) return [];
    return [{ do: 'scale', revision: stable.name, component, replicas: least } as const];
  });
};

const makeTheRevision: Rule = ({ world, target }) => {
  if (world.target === undefined || target !== undefined) return [];
  const number = 1 + Math.max(0, ...world.revisions.map((one) => one.number));
  return [{ do: 'make', revision: world.target, number }];
};

/** What is done whatever is frozen. */
const always: readonly Rule[] = [keepTheStable];

/** How one revision follows another. The list is the specification. */
export const rolloutPolicy: readonly Rule[] = [
  makeTheRevision,
  serveAtOnce, // where nothing serves there is nothing to keep up
  startWithTheLeast,
  supersede,
  beginTheRollout,
  setPartitionsAside,
  bringUpApi,
  bringUpWorkers,
  recordCapacity, // 1. capacity is ready
  recordEndpoints, // 2. endpoints are seen
  changeRoles, // 3. roles change in one write
  recordRoles,
  settleRoles,
  removeOthers, // 4. old capacity goes
  restoreWorkers,
  endTheRollout,
  giveUpWithoutProgress,
  forgetRevisions,
  expireOperations,
];

/** The writes that are asked for now. Of several of one object the first stands; the others come when it has been seen. */
export function decide(world: World): readonly Action[] {
  const view = viewOf(world);
  const rules = world.frozen || world.target === undefined ? always : [...always, ...rolloutPolicy];
  const seen = new Set<string>();
  return rules
    .flatMap((rule) => rule(view))
    .filter((action) => {
      const id = objectOf(action);
      return seen.has(id) ? false : seen.add(id);
    });
}

function objectOf(action: Action): string {
  if (action.do === 'record' || action.do === 'expire') return `operation ${action.operation}`;
  if (action.do === 'open') return 'open';
  if (action.do === 'ensure') return `ensure ${action.revision} ${action.component}`;
  if (action.do === 'scale' || action.do === 'remove') return `deployment ${action.revision} ${action.component}`;
  return `revision ${action.revision}`;
}
