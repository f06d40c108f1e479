import {
  keyText,
  type Applier,
  type Cache,
  type Clock,
  type KubeClient,
  type ObjectKey,
  type ReconcileContext,
  type ReconcileResult,
} from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { childWriter, type ChildWriter } from '../children/child-writer.ts';
import { planWriter, type MadeUp } from '../children/plan-writer.ts';
import { Refusals } from '../children/refusals.ts';
import { namesOf } from '../children/names.ts';
import type { KafkaWork } from '../kafka/kafka-work.ts';
import type { LagReader } from '../kafka/lag-reader.ts';
import { TagServices, type TagServiceObject } from '../resource.ts';
import { outcomeOfError, stalled, type Outcome } from '../step/outcome.ts';
import { runSteps, type Collected } from '../step/run-steps.ts';
import type { RolloutSupport } from '../rollout/support.ts';
import type { ReleaseImages, Step, StepContext, StepReport } from '../step/step.ts';
import { wantedTopics } from '../topics/topics.plan.ts';
import { alignFinalizer, finalise, FINALIZER } from './finalizer.ts';
import { waitOrLetGo } from './let-go.ts';
import { NamespaceBudget } from './namespace-budget.ts';
import { PrefixClaims } from './prefix-claims.ts';
import { readService, type Read } from './read-service.ts';
import { OUTDATED_MS, report, type Again, type Reporting } from './report.ts';
import { isAtRest, RestingServices, seenOf } from './resting.ts';

/** What the reconcile works with. */
export type ReconcilerOptions = Reporting & {
  readonly client: KubeClient;
  readonly cache: Cache;
  readonly applier: Applier;
  readonly clock: Clock;
  readonly kafka: KafkaWork;
  readonly lag: LagReader;
  readonly rollouts: RolloutSupport;
  readonly images: ReleaseImages;
  readonly metricsApiProblem: () => string | undefined;
  /** Why the operator must not act with the definition that is installed; undefined when it fits. */
  readonly definitionProblem: () => string | undefined;
  readonly steps: readonly Step[];
};

type Memory = {
  readonly refusals: Refusals;
  readonly madeUp: MadeUp;
  readonly claims: PrefixClaims;
  readonly budget: NamespaceBudget;
  readonly resting: RestingServices;
  /** Uids of those whose finalizer was taken off to let them go. */
  readonly released: Set<string>;
};
type Everything = ReconcilerOptions & Memory;
type NamedReport = StepReport & { readonly concern: string; readonly isUnwatched: boolean };
type Living = { readonly object: TagServiceObject; readonly service: TagService; readonly context: ReconcileContext };
type Look = { readonly object: TagServiceObject; readonly service: Read; readonly context: ReconcileContext };

/** The reconcile of one TagService: read, run the steps, write status once. */
export function tagServiceReconciler(options: ReconcilerOptions) {
  const all: Everything = {
    ...options,
    refusals: new Refusals(options.clock),
    madeUp: new Map(),
    claims: new PrefixClaims(options.cache),
    budget: new NamespaceBudget(options),
    resting: new RestingServices(options.clock),
    released: new Set(),
  };
  const uids = new Map<string, string>();
  return async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const object = all.cache.store(TagServices).get(key);
    if (object === undefined) {
      forget(all, keyText(key), uids);
      return undefined;
    }
    uids.set(keyText(key), object.metadata.uid);
    const look = { object, service: readService(object), context };
    return object.metadata.deletionTimestamp === undefined ? reconcileLiving(all, look) : reconcileDeletion(all, look);
  };
}

async function reconcileLiving(options: Everything, look: Look): Promise<Again> {
  const { service, context } = look;
  const obstacle = obstacleOf(options, look);
  if (obstacle !== undefined || !service.ok) return reportObstacle(options, look, obstacle);
  const living = { ...look, service: service.value };
  const before = context.onlyTime ? options.resting.before(look.object) : undefined;
  const early = before === undefined ? [] : await runNamed(options, living, unwatchedSteps(options));
  if (before !== undefined && unwatchedOf(options, early) === before.seen)
    return { requeueAfter: options.resting.again(before.again) };
  return lookAtAll(options, living, early);
}

/** `early`: reports of steps that have just been run. */
async function lookAtAll(options: Everything, look: Living, early: readonly NamedReport[]): Promise<Again> {
  const { context, service } = look;
  options.resting.forget(look.object.metadata.uid);
  const { object, failure } = await protect(options, look.object, service);
  // Something else is declared by now, and what the steps would find is not about that: its event brings the next look, and this makes sure.
  if (object.metadata.generation !== look.object.metadata.generation) return { requeueAfter: OUTDATED_MS };
  await options.rollouts.prepare(service, context.signal);
  const steps = options.steps.filter(({ concern }) => failure === undefined || concern !== 'topics');
  const left = steps.filter(({ concern }) => !early.some((one) => one.concern === concern));
  const reports = [...early, ...(await runNamed(options, { ...look, object }, left))];
  const all = failure === undefined ? reports : [failure, ...reports];
  const result = await report(options, { object, context, reports: all, declared: service.spec });
  const seen = isAtRest(all) ? unwatchedOf(options, reports) : undefined;
  if (seen === undefined) return result;
  options.resting.note(look.object, { seen, again: result.requeueAfter });
  return { ...result, requeueAfter: options.resting.again(result.requeueAfter) };
}

const unwatchedSteps = ({ steps }: Everything): readonly Step[] => steps.filter((step) => step.isUnwatched);

function unwatchedOf({ metricsApiProblem }: Everything, reports: readonly NamedReport[]): string | undefined {
  return seenOf(
    reports.filter(({ isUnwatched }) => isUnwatched),
    metricsApiProblem(),
  );
}

async function runNamed(options: Everything, living: Living, steps: readonly Step[]): Promise<NamedReport[]> {
  const { object, service, context } = living;
  const reports = await runSteps(steps, {
    clock: options.clock,
    signal: context.signal,
    contextOf: (step, more) => stepContext(options, { object, service, concern: step.concern, ...more }),
    observe: (step, seconds, found) => {
      options.metrics.observeStep(step.concern, seconds, found);
    },
  });
  return reports.map((found, index) => {
    const { concern = '', isUnwatched = false } = steps[index] ?? {};
    return { ...found, concern, isUnwatched };
  });
}

/** What forbids to do anything at all for this TagService. */
function obstacleOf({ definitionProblem, claims }: Everything, { object, service }: Look): Outcome | undefined {
  const mismatch = definitionProblem();
  if (mismatch !== undefined) return stalled('DefinitionMismatch', mismatch);
  if (!service.ok)
    return stalled(
      'InvalidSpec',
      `${service.problems.join('; ')}: correct it, or install the definition of this release`,
    );
  const holder = claims.holder(object);
  return holder === undefined ? undefined : stalled('TopicPrefixTaken', claims.explain(object, holder));
}

function reportObstacle(options: Everything, { object, context }: Look, obstacle: Outcome | undefined) {
  const reports: StepReport[] = [{ outcomes: obstacle === undefined ? {} : { TopicsReady: obstacle } }];
  return report(options, { object, context, reports });
}

/**
 * Puts the finalizer on before topics are made that it has to delete, and takes it off when it has nothing to do. Answers the resource as it is
 * then, and a report when that failed; topics are then left alone.
 */
async function protect({ client }: Everything, object: TagServiceObject, { spec }: TagService): Promise<Protected> {
  if (spec.mode === 'Plan') return { object };
  try {
    // One that is gone by now cannot be told anything; what is made for it goes with it.
    return { object: (await alignFinalizer(client, object, spec.kafka.deletionPolicy === 'Delete')) ?? object };
  } catch (error) {
    return { object, failure: reportOf(outcomeOfError(error)) };
  }
}

type Protected = { readonly object: TagServiceObject; readonly failure?: StepReport };

type ContextInput = {
  readonly object: TagServiceObject;
  readonly service: TagService;
  readonly concern: string;
  readonly collected: Collected;
  readonly signal: AbortSignal;
};

function stepContext(options: Everything, input: ContextInput): StepContext {
  const { cache, images, kafka, lag, rollouts, metricsApiProblem, now } = options;
  const { object: owner, service, signal } = input;
  const children = writerOf(options, input);
  return { service, owner, images, cache, children, kafka, lag, rollouts, metricsApiProblem, now, signal };
}

function writerOf(options: Everything, { object, service, concern, collected, signal }: ContextInput): ChildWriter {
  const { client, cache, applier, refusals, madeUp } = options;
  const common = { client, cache, applier, refusals, owner: object, concern, signal };
  if (service.spec.mode === 'Plan')
    return planWriter({ ...common, madeUp, planned: (change) => collected.planned.push(change) });
  return childWriter({ ...common, corrected: (correction) => collected.corrections.push(correction) });
}

async function reconcileDeletion(options: Everything, look: Look): Promise<ReconcileResult | undefined> {
  const { object, context } = look;
  const { uid, finalizers } = object.metadata;
  // The cache may still show one that has been let go.
  if (finalizers?.includes(FINALIZER) !== true || options.released.has(uid)) return undefined;
  const found = await removeAndRelease(options, look).catch((error: unknown) => reportOf(outcomeOfError(error)));
  const topics = promisedTopics(options, look);
  const next = found === undefined ? undefined : await waitOrLetGo(options, { object, context, found, topics });
  if (next === undefined) options.released.add(uid);
  return next;
}

/** Undefined when the data is gone and the resource let go; else what is being waited for. */
async function removeAndRelease(options: Everything, look: Look): Promise<StepReport | undefined> {
  const waits = await removeData(options, look);
  if (waits !== undefined) return waits;
  await alignFinalizer(options.client, look.object, false);
  return undefined;
}

/** Names of the topics that go with this TagService: none that belong to another. */
function promisedTopics({ claims }: Everything, { object, service }: Look): readonly string[] {
  if (!service.ok || claims.holder(object) !== undefined) return [];
  return wantedTopics(service.value.spec.kafka, namesOf(service.value).topics).map(({ name }) => name);
}

const reportOf = (outcome: Outcome): StepReport => ({ outcomes: { TopicsReady: outcome } });

/** Deletes what `Delete` promises; undefined when nothing is left to wait for. Topics of somebody else are never deleted. */
async function removeData(options: Everything, { object, service, context }: Look): Promise<StepReport | undefined> {
  if (!service.ok || service.value.spec.kafka.deletionPolicy === 'Retain') return undefined;
  const mismatch = options.definitionProblem();
  if (mismatch !== undefined) return reportOf(stalled('DefinitionMismatch', mismatch));
  const { client, cache, kafka, claims } = options;
  const { signal } = context;
  const value = { ...service.value, spec: { ...service.value.spec, mode: 'Apply' as const } };
  const collected: Collected = { planned: [], corrections: [] };
  const children = writerOf(options, { object, service: value, concern: 'finalizer', collected, signal });
  const keepTopics = claims.holder(object) !== undefined;
  return finalise({ service: value, client, cache, children, kafka, signal, keepTopics });
}

function forget(options: Everything, key: string, uids: Map<string, string>): void {
  const { kafka, lag, rollouts, metrics, statuses, drift, refusals, madeUp } = options;
  kafka.forget(key);
  lag.forget(key);
  rollouts.forget(key);
  metrics.forget(key);
  statuses.forget(key);
  drift.forget(key);
  const uid = uids.get(key);
  uids.delete(key);
  if (uid === undefined) return;
  refusals.forget(uid);
  options.released.delete(uid);
  options.budget.forget(uid);
  options.resting.forget(uid);
  for (const made of madeUp.keys()) if (made.startsWith(`${uid} `)) madeUp.delete(made);
}
