import {
  Deployment,
  isAlreadyExists,
  isConflict,
  isNotFound,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { REVISION_LABEL, serviceLabels } from '../children/labels.ts';
import { serviceKey } from '../children/names.ts';
import type { Snapshot } from '../revision/snapshot.ts';
import { Operations, Revisions, type RevisionObject } from '../revision/revision.resource.ts';
import type { StepContext } from '../step/step.ts';
import { deployment } from '../workload/deployment.ts';
import type { PodTemplate } from '../workload/pod-template.ts';
import { deploymentOf, operationName, revisionId, type ObserveContext } from './rollout.observe.ts';
import { COMPONENTS, LEGACY, type Action, type View } from './world.ts';

export type ApplyInput = {
  readonly context: StepContext;
  readonly observed: ObserveContext;
  readonly view: View;
  readonly snapshot: Snapshot | undefined;
};

/**
 * Does what was decided, in order. Each write is about the very version that the decision was made from: when something has changed meanwhile
 * the rest is left for the next look. False: the server said so; the change that it means may have been seen already, or be none at all.
 */
export async function applyActions(input: ApplyInput, actions: readonly Action[]): Promise<boolean> {
  try {
    for (const action of actions) if (!(await apply(input, action))) return true;
    return true;
  } catch (error) {
    if (!isConflict(error) && !isAlreadyExists(error) && !isNotFound(error)) throw error;
    return false;
  }
}

type Doing<Kind extends Action['do']> = Extract<Action, { do: Kind }>;
type Acts = { readonly [Kind in Action['do']]: (input: ApplyInput, action: Doing<Kind>) => Promise<boolean> };

async function apply(input: ApplyInput, action: Action): Promise<boolean> {
  const act = acts[action.do] as (input: ApplyInput, action: Action) => Promise<boolean>;
  return act(input, action);
}

const acts: Acts = {
  make: makeRevision,
  role: changeRole,
  open: openOperation,
  record: recordProgress,
  ensure: ensureDeployment,
  scale: scaleDeployment,
  remove: removeDeployment,
  async forget(input, { revision }) {
    return removeObject(input, Revisions, find(input, Revisions, revision));
  },
  async expire(input, { operation }) {
    return removeObject(input, Operations, find(input, Operations, operation));
  },
};

async function makeRevision({ context, snapshot }: ApplyInput, { revision, number }: Doing<'make'>): Promise<boolean> {
  if (snapshot?.name !== revision) return false;
  const { service, children } = context;
  const labels = { ...serviceLabels(service), [REVISION_LABEL]: snapshot.id };
  const made = await children.createOnce(Revisions, revision, () => ({
    metadata: { name: revision, labels },
    spec: { ...snapshot.spec, number },
  }));
  note(context, Revisions, made);
  if (!isActing(context)) await previewPods(context, snapshot);
  return true;
}

/** In mode Plan nothing comes of the revision, so its Deployments are told along with it. */
async function previewPods({ service, children }: StepContext, { id, spec }: Snapshot): Promise<void> {
  for (const component of COMPONENTS) {
    const template = JSON.parse(spec.templates[component]) as PodTemplate;
    await children.apply(Deployment, deployment({ service, component, revision: id, template }));
  }
}

async function changeRole(input: ApplyInput, action: Doing<'role'>): Promise<boolean> {
  const { context } = input;
  const live = find(input, Revisions, action.revision);
  if (live === undefined) return false;
  const { role, promotion, reason, message } = action;
  const status = {
    role,
    since: new Date(context.now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    ...(promotion !== undefined && { promotion }),
    reason: reason ?? null,
    message: message?.slice(0, 1_024) ?? null,
  };
  note(context, Revisions, await context.children.patch(Revisions, live, { patch: { status }, subresource: 'status' }));
  return true;
}

async function openOperation({ context }: ApplyInput, { number, from, to }: Doing<'open'>): Promise<boolean> {
  const { service, children } = context;
  const name = operationName(service, number);
  const opened = await children.createOnce(Operations, name, () => ({
    metadata: { name, labels: serviceLabels(service) },
    spec: { type: 'Rollout' as const, to, ...(from !== undefined && { from }) },
  }));
  note(context, Operations, opened);
  return true;
}

async function recordProgress(input: ApplyInput, { operation, status }: Doing<'record'>): Promise<boolean> {
  const live = find(input, Operations, operation);
  if (live === undefined) return false;
  const change = { patch: { status }, subresource: 'status' };
  note(input.context, Operations, await input.context.children.patch(Operations, live, change));
  return true;
}

async function ensureDeployment(input: ApplyInput, { revision, component }: Doing<'ensure'>): Promise<boolean> {
  const { service, children } = input.context;
  const kept: RevisionObject | undefined = find(input, Revisions, revision);
  const id = revisionId(service, revision);
  if (kept === undefined || id === undefined) return false;
  const template = JSON.parse(kept.spec.templates[component]) as PodTemplate;
  const made = await children.apply(Deployment, deployment({ service, component, revision: id, template }));
  if (made !== undefined) note(input.context, Deployment, made);
  return true;
}

async function scaleDeployment(
  { context, observed }: ApplyInput,
  { revision, component, replicas }: Doing<'scale'>,
): Promise<boolean> {
  const live = deploymentOf(observed, revision, component);
  if (live === undefined) return false;
  const { resourceVersion } = await context.children.scale(Deployment, live, replicas);
  note(context, Deployment, { ...live, metadata: { ...live.metadata, resourceVersion } });
  return true;
}

/** Pods are removed only after a look past the cache: a cache that is behind may show yesterday's roles. */
async function removeDeployment(input: ApplyInput, { revision, component }: Doing<'remove'>): Promise<boolean> {
  const live = deploymentOf(input.observed, revision, component);
  if (live === undefined || !(await isStillOut(input, revision))) return false;
  return removeObject(input, Deployment, live);
}

async function isStillOut({ context, view }: ApplyInput, name: string): Promise<boolean> {
  const { stable } = view;
  if (stable === undefined) return false;
  const [serving, leaving] = await Promise.all([readRevision(context, stable.name), readRevision(context, name)]);
  const isServing = stable.name === LEGACY || promotionOf(serving) === stable.promotion;
  return isServing && promotionOf(leaving) <= stable.promotion;
}

/** When it was made the stable one; 0 if it is not. */
const promotionOf = (revision: RevisionObject | undefined): number =>
  revision?.status?.role === 'Stable' ? (revision.status.promotion ?? 0) : 0;

async function readRevision(
  { rollouts, service, signal }: StepContext,
  name = '',
): Promise<RevisionObject | undefined> {
  if (name === '') return undefined;
  return rollouts.find(Revisions, { namespace: service.metadata.namespace, name }, { signal });
}

async function removeObject<T extends KubeObject>(
  { context }: ApplyInput,
  resource: Resource<T>,
  live: T | undefined,
): Promise<boolean> {
  if (live === undefined) return false;
  await context.children.remove(resource as Resource, live.metadata.name);
  if (isActing(context)) context.rollouts.writes.noteRemoval(serviceKey(context.service), live.metadata.uid);
  return true;
}

function find<T extends KubeObject>({ context }: ApplyInput, resource: Resource<T>, name: string): T | undefined {
  return context.cache.store(resource).get({ namespace: context.service.metadata.namespace, name });
}

/** In mode Plan nothing is written, so there is nothing to wait for. */
const isActing = ({ service }: StepContext): boolean => service.spec.mode === 'Apply';

function note(context: StepContext, resource: Resource, object: KubeObject): void {
  const { rollouts, service } = context;
  if (isActing(context)) rollouts.writes.note(serviceKey(service), resource, object);
}
