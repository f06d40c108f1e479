import {
  isNotFound,
  keyText,
  type Applier,
  type Cache,
  type EventRecorder,
  type KubeClient,
  type ObjectKey,
  type ReconcileContext,
  type ReconcileResult,
} from '@tagservice/controller-runtime';
import { parseSpec, type TagService } from '@tagservice/crd';
import { childWriter } from '../children/child-writer.ts';
import type { KafkaWork } from '../kafka/kafka-work.ts';
import type { LagReader } from '../kafka/lag-reader.ts';
import { reasonEntry } from '../reasons.ts';
import { TagServices, type TagServiceObject } from '../resource.ts';
import { stalled, type Outcome } from '../step/outcome.ts';
import { runSteps, type ReleaseImages, type Step, type StepContext, type StepReport } from '../step/step.ts';
import { alignFinalizer, finalise, FINALIZER } from './finalizer.ts';
import type { ServiceMetrics } from './metrics.ts';
import type { StatusWriter } from './status-writer.ts';
import { summarise } from './summary.ts';

/** What the reconcile works with. */
export type ReconcilerOptions = {
  readonly client: KubeClient;
  readonly cache: Cache;
  readonly applier: Applier;
  readonly events: EventRecorder;
  readonly statuses: StatusWriter;
  readonly metrics: ServiceMetrics;
  readonly kafka: KafkaWork;
  readonly lag: LagReader;
  readonly images: ReleaseImages;
  readonly metricsApiProblem: () => string | undefined;
  /** Milliseconds since the epoch, for transition times. */
  readonly now: () => number;
  readonly steps: readonly Step[];
};

/** Calls to the API server failed; status tells which. Thrown so that the queue backs off and counts it. */
export class StepsFailedError extends AggregateError {
  override readonly name = 'StepsFailedError';
}

/** The reconcile of one TagService: read, run the steps, write status once. */
export function tagServiceReconciler(options: ReconcilerOptions) {
  return async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const object = options.cache.store(TagServices).get(key);
    if (object === undefined) {
      forget(options, key);
      return undefined;
    }
    const service = readService(object);
    if (object.metadata.deletionTimestamp !== undefined)
      return reconcileDeletion({ options, object, service, context });
    if (!service.ok) return report(options, { object, context, reports: [invalidSpec(service.problems)] });
    await alignFinalizer(options.client, object, service.value.spec.kafka.deletionPolicy === 'Delete');
    const reports = await runSteps(
      options.steps.map((step) => timed(step, options)),
      (step) => stepContext(options, { object, service: service.value, concern: step.concern, context }),
    );
    return report(options, { object, context, reports });
  };
}

type Read =
  { readonly ok: true; readonly value: TagService } | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a TagService as the operator works with it. */
export function readService(object: TagServiceObject): Read {
  const parsed = parseSpec(object.spec);
  if (!parsed.ok) return parsed;
  const { name, namespace = '', uid, generation = 0 } = object.metadata;
  const { apiVersion, kind, status } = object as Pick<TagService, 'apiVersion' | 'kind' | 'status'>;
  const metadata = { name, namespace, uid, generation };
  return {
    ok: true,
    value: { apiVersion, kind, metadata, spec: parsed.spec, ...(status !== undefined && { status }) },
  };
}

function invalidSpec(problems: readonly string[]): StepReport {
  const message = `${problems.join('; ')}: correct it, and check that the installed CustomResourceDefinition is the one of this release`;
  return { outcomes: { TopicsReady: stalled('InvalidSpec', message) } };
}

type ContextInput = { object: TagServiceObject; service: TagService; concern: string; context: ReconcileContext };

function stepContext(options: ReconcilerOptions, { object, service, concern, context }: ContextInput): StepContext {
  const { client, cache, applier, images, kafka, lag, metricsApiProblem, now } = options;
  const { signal } = context;
  const children = childWriter({ client, cache, applier, owner: object, concern, signal });
  return { service, owner: object, images, cache, children, kafka, lag, metricsApiProblem, now, signal };
}

function timed(step: Step, { metrics }: ReconcilerOptions): Step {
  return {
    ...step,
    async run(context) {
      const start = performance.now();
      const result = await step.run(context);
      metrics.observeStep(step.concern, (performance.now() - start) / 1_000, result);
      return result;
    },
  };
}

type ReportInput = { object: TagServiceObject; context: ReconcileContext; reports: readonly StepReport[] };

/** Turns reports into status, events and the next look. */
async function report(options: ReconcilerOptions, { object, context, reports }: ReportInput): Promise<ReconcileResult> {
  const { statuses, events, metrics } = options;
  const now = new Date(options.now()).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const generation = object.metadata.generation ?? 0;
  const summary = summarise({ generation, now, before: statuses.last(object), reports });
  if (await writeStatus(options, object, { summary, signal: context.signal })) metrics.observeWrite();
  metrics.observeStatus(
    keyText({ namespace: object.metadata.namespace ?? '', name: object.metadata.name }),
    summary.status,
  );
  for (const note of summary.events) {
    events.record(object, note);
    const level = reasonEntry(note.reason)?.level ?? 'info';
    context.log[level]({ reason: note.reason, condition: note.action }, note.note);
  }
  if (summary.errors.length > 0) throw new StepsFailedError(summary.errors, messagesOf(summary.errors));
  return { requeueAfter: summary.recheckMs };
}

type WriteInput = { summary: ReturnType<typeof summarise>; signal: AbortSignal };

async function writeStatus(
  { statuses }: ReconcilerOptions,
  object: TagServiceObject,
  { summary, signal }: WriteInput,
): Promise<boolean> {
  try {
    return await statuses.write(object, summary.status, signal);
  } catch (error) {
    // It was deleted meanwhile; the watch tells next.
    if (isNotFound(error)) return false;
    throw error;
  }
}

const messagesOf = (errors: readonly unknown[]): string =>
  errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ');

type DeletionInput = { options: ReconcilerOptions; object: TagServiceObject; service: Read; context: ReconcileContext };

async function reconcileDeletion({
  options,
  object,
  service,
  context,
}: DeletionInput): Promise<ReconcileResult | undefined> {
  if (object.metadata.finalizers?.includes(FINALIZER) !== true) return undefined;
  const { client, cache, kafka } = options;
  const outcome = await (async (): Promise<Outcome | undefined> => {
    if (!service.ok || service.value.spec.kafka.deletionPolicy === 'Retain') return undefined;
    const { children } = stepContext(options, { object, service: service.value, concern: 'finalizer', context });
    return finalise({ service: service.value, client, cache, children, kafka, signal: context.signal });
  })();
  if (outcome !== undefined)
    return report(options, { object, context, reports: [{ outcomes: { TopicsReady: outcome } }] });
  await alignFinalizer(client, object, false);
  return undefined;
}

function forget({ kafka, lag, metrics, statuses }: ReconcilerOptions, key: ObjectKey): void {
  const text = keyText(key);
  kafka.forget(text);
  lag.forget(text);
  metrics.forget(text);
  statuses.forget(text);
}
