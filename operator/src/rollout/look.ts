import type { Pod } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { REVISION_LABEL } from '../children/labels.ts';
import type { StepContext } from '../step/step.ts';
import { podTrouble } from '../workload/pod-trouble.ts';
import { podsOf } from '../workload/pods.observe.ts';
import { observeWorld, revisionId, type ObserveContext } from './rollout.observe.ts';
import { targetOf, type Target } from './target.ts';
import { COMPONENTS, viewOf, type View, type WorkloadComponent } from './world.ts';

/** What a step sees of the rollout: the same for each step of one reconcile, as far as the cache stands still. */
export type Look = {
  readonly target: Target;
  readonly view: View;
  readonly observed: ObserveContext;
};

/** Looks at the revisions of a service. */
export function lookAt(context: StepContext): Look {
  const { service, owner, cache, rollouts } = context;
  const observed = { service, owner, cache, writes: rollouts.writes };
  const target = targetOf(context);
  const name = target.kind === 'known' ? target.snapshot.name : undefined;
  const world = observeWorld(observed, name, context.now());
  const trouble = name === undefined ? undefined : troubleOf(context, name);
  return { target, observed, view: viewOf({ ...world, ...(trouble !== undefined && { trouble }) }) };
}

function troubleOf(context: StepContext, revision: string) {
  const pods = COMPONENTS.flatMap((component) => podsOfRevision(context, revision, component));
  return podTrouble(pods, context.now());
}

/** Pods of one component of one revision. */
export function podsOfRevision(
  { cache, service }: Pick<StepContext, 'cache' | 'service'>,
  revision: string,
  component: WorkloadComponent,
): Pod[] {
  const id = revisionId(service, revision);
  return podsOf(cache, service, component).filter(({ metadata }) => metadata.labels?.[REVISION_LABEL] === id);
}

/** What follows one revision by name: the stable one, or the first one there will be. Undefined while that cannot be told. */
export function followedRevision({ view }: Look): string | undefined {
  return view.stable?.name ?? view.world.target;
}

/** The label by which pods of the followed revision are told apart; undefined for Deployments of an earlier release. */
export function followedId(service: TagService, look: Look): string | undefined {
  const name = followedRevision(look);
  return name === undefined ? undefined : revisionId(service, name);
}
