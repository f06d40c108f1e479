import type { TagServiceStatus } from '@tagservice/crd';
import { Revisions, type RevisionObject } from '../revision/revision.resource.ts';
import { done, stalled, waiting, type Outcome } from '../step/outcome.ts';
import type { Notice, StepContext, StepReport } from '../step/step.ts';
import { computeLimit } from './capacity.ts';
import type { Look } from './look.ts';
import { missingOutcome } from './reference.status.ts';
import { COMPONENTS, currentStep, LEGACY, readyOf, type RevisionState, type View } from './world.ts';

/** Failed revisions that status names. */
const FAILED_SHOWN = 5;

/** What the step reports. */
export function rolloutReport(context: StepContext, look: Look): StepReport {
  const { view } = look;
  const held = heldBack(view);
  return {
    outcomes: { RolloutHealthy: health(context, look) },
    ...(held !== undefined && { held: [held] }),
    notices: isHeld(context, view) ? [] : noticesOf(view),
    status: statusOf(context, view),
  };
}

const nameOf = ({ name }: RevisionState): string =>
  name === LEGACY ? 'what an earlier release made' : `revision ${name}`;

/** Nothing of a rollout is done, however much of it is still to do; why is said by `Stalled`. */
const isHeld = ({ service }: StepContext, { world }: View): boolean => world.frozen || service.spec.mode === 'Plan';

function heldBack({ world, stable }: View): string | undefined {
  if (!world.frozen || world.target === undefined || world.target === stable?.name) return undefined;
  const serving = stable === undefined ? 'nothing serves' : `${nameOf(stable)} serves`;
  return `revision ${world.target} is declared, ${serving}`;
}

function health(context: StepContext, look: Look): Outcome {
  const { view, target } = look;
  const missing = missingOutcome(target, 'api') ?? missingOutcome(target, 'compute');
  if (missing !== undefined) return missing;
  const held = heldBack(view);
  if (held !== undefined) return stalled('HeldByFreeze', `${held}: remove Rollout from spec.freeze to let it through`);
  const { stable, operation } = view;
  if (stable === undefined) return waiting('Checking', 'the first revision is being made');
  if (view.target?.name === stable.name && operation === undefined) return atRest(view, stable);
  return view.target?.role === 'Failed' ? givenUp(context, view.target, stable) : underWay(view);
}

/** No rollout is under way, so none is in trouble; whether enough pods are ready is said by the conditions of the components. */
function atRest({ world }: View, stable: RevisionState): Outcome {
  const least = { api: world.bounds.api.min, compute: computeLimit(world).min };
  const isUp = COMPONENTS.every((one) => stable[one]?.wanted === 0 || readyOf(stable, one) >= least[one]);
  return isUp
    ? done('RevisionServes', `${nameOf(stable)} serves`)
    : done('RevisionComingUp', `${nameOf(stable)} is the one to serve; see ApiReady and ComputeReady for its pods`);
}

function underWay({ world, operation, next }: View): Outcome {
  const { trouble } = world;
  if (next !== undefined && trouble !== undefined)
    return waiting(trouble.reason, `revision ${next.name}: ${trouble.message}`);
  const to = operation?.to ?? next?.name ?? '';
  return done('RolloutOnTrack', `revision ${to} is taking over, and nothing stands in its way`);
}

function givenUp({ cache, service }: StepContext, failed: RevisionState, stable: RevisionState): Outcome {
  const { namespace } = service.metadata;
  const status = cache.store(Revisions).get({ namespace, name: failed.name })?.status;
  return stalled(
    'RolloutFailed',
    `revision ${failed.name} was given up (${status?.reason ?? 'no reason kept'}: ${status?.message ?? 'no message kept'}); ${nameOf(stable)} serves: correct the spec, or delete TagServiceRevision ${failed.name} to let it be tried again`,
  );
}

function noticesOf({ operation, stable, target }: View): Notice[] {
  const step = currentStep(operation);
  if (operation === undefined) return [];
  const isGoingBack = operation.to !== target?.name && operation.to !== stable?.name;
  const what = isGoingBack
    ? `revision ${operation.to} is given up`
    : `revision ${operation.to} takes over, step ${step?.name ?? 'Capacity'}`;
  return [
    {
      type: 'RolloutProgressing',
      reason: 'PodsBeingReplaced',
      message: `${what}; see TagServiceOperation ${operation.name}`,
    },
  ];
}

function statusOf(context: StepContext, view: View): NonNullable<StepReport['status']> {
  const { operation } = view;
  const step = currentStep(operation);
  const rollout = operation === undefined || step === undefined ? {} : { operation: operation.name, step: step.name };
  return { revisions: revisionsOf(context, view), rollout };
}

function revisionsOf(context: StepContext, { stable, next, world }: View): NonNullable<TagServiceStatus['revisions']> {
  const failed = failedOf(context);
  return {
    ...(stable !== undefined && stable.name !== LEGACY && { stable: stable.name }),
    ...(stable !== undefined && next !== undefined && !world.frozen && { canary: next.name }),
    ...(failed.length > 0 && { failed }),
  };
}

function failedOf({ cache, owner }: StepContext) {
  return cache
    .store(Revisions)
    .ownedBy(owner.metadata.uid)
    .flatMap(({ metadata, status }: RevisionObject) =>
      status?.role === 'Failed'
        ? [{ name: metadata.name, reason: status.reason ?? 'PodsNotReady', at: status.since ?? '' }]
        : [],
    )
    .toSorted((one, other) => (one.at < other.at ? 1 : -1))
    .slice(0, FAILED_SHOWN);
}
