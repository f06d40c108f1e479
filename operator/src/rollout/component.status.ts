import { waiting, type Outcome } from '../step/outcome.ts';
import type { StepContext } from '../step/step.ts';
import { rolloutOutcome } from '../workload/rollout.status.ts';
import { missingWorkers, wantedCapacity } from './capacity.ts';
import { podsOfRevision, type Look } from './look.ts';
import { missingOutcome } from './reference.status.ts';
import { deploymentOf } from './rollout.observe.ts';
import { LEGACY, type RevisionState, type View, type WorkloadComponent } from './world.ts';

export type ComponentFinding = { readonly outcome: Outcome; readonly counts: { ready: number; desired: number } };

/** How one component stands: the revision that serves, and while another is being brought up, how far that one is. */
export function componentFinding(
  context: StepContext,
  look: Look,
  { component, least }: { component: WorkloadComponent; least: number },
): ComponentFinding {
  const { stable } = look.view;
  const figures = stable?.[component];
  const counts = { ready: figures?.ready ?? 0, desired: figures?.wanted ?? 0 };
  const outcome =
    missingOutcome(look.target, component) ??
    unmadeOutcome(context, look) ??
    comingOutcome(context, look, component) ??
    leavingOutcome(look.view, component) ??
    servingOutcome(context, look, { component, least });
  return { outcome, counts };
}

type Serving = { component: WorkloadComponent; least: number };

function servingOutcome(context: StepContext, look: Look, { component, least }: Serving): Outcome {
  const { stable } = look.view;
  if (stable === undefined)
    return waiting('Checking', `the first revision of ${context.service.metadata.name} is being made`);
  const live = deploymentOf(look.observed, stable.name, component);
  const pods = podsOfRevision(context, stable.name, component);
  const name = live?.metadata.name ?? `of ${component}`;
  return rolloutOutcome({ kind: 'Deployment', name, least, live, pods, now: context.now() });
}

const nameOf = ({ name }: RevisionState): string =>
  name === LEGACY ? 'what an earlier release made' : `revision ${name}`;

/** What serves is of the former generation although nothing of the declared revision stands yet, not even its record. A plan makes none. */
function unmadeOutcome({ service }: StepContext, { view }: Look): Outcome | undefined {
  const { world, stable, target } = view;
  if (stable === undefined || target !== undefined || world.target === undefined) return undefined;
  if (world.frozen || service.spec.mode === 'Plan') return undefined;
  return waiting('RolloutUnderWay', `revision ${world.target} is being made; ${nameOf(stable)} serves meanwhile`);
}

/** While another revision is being brought up a component is not as declared, however well the former one serves. */
function comingOutcome(context: StepContext, look: Look, component: WorkloadComponent): Outcome | undefined {
  const { view } = look;
  const { world, stable, next } = view;
  if (stable === undefined || next === undefined || world.frozen) return undefined;
  const live = deploymentOf(look.observed, next.name, component);
  const wanted = wantedCapacity(view, component);
  const serves = `${nameOf(stable)} serves until its pods are ready`;
  if (live === undefined) return waiting('RolloutUnderWay', `revision ${next.name} is being brought up; ${serves}`);
  const pods = podsOfRevision(context, next.name, component);
  const { name } = live.metadata;
  const found = rolloutOutcome({ kind: 'Deployment', name, least: wanted, live, pods, now: context.now() });
  if (found.kind !== 'done') return { ...found, message: `${found.message}; ${serves}` };
  return waiting('RolloutUnderWay', `${found.message}; revision ${next.name} takes over when all of it is ready`);
}

/** What served before is still on its way out. */
function leavingOutcome(view: View, component: WorkloadComponent): Outcome | undefined {
  const { world, stable, operation } = view;
  if (stable === undefined || world.frozen) return undefined;
  const leaving = world.revisions.find((one) => one.name !== stable.name && one[component] !== undefined);
  if (leaving !== undefined)
    return waiting('RolloutUnderWay', `${nameOf(stable)} serves; pods of ${nameOf(leaving)} are being removed`);
  if (operation === undefined || component === 'api') return undefined;
  const missing = missingWorkers(view);
  const what = missing === 0 ? `${operation.name} is being closed` : `${missing.toString()} workers are wanted again`;
  return waiting('RolloutUnderWay', `${nameOf(stable)} serves; ${what}`);
}
