import {
  createApplier,
  createCache,
  createEventRecorder,
  createManager,
  defineController,
  keyOf,
  parseKey,
  specChanged,
  systemClock,
  type Cache,
  type Clock,
  type KubeClient,
  type LeaderElectionOptions,
  type Logger,
  type Manager,
  type Reconcile,
} from '@tagservice/controller-runtime';
import { Counter, type Registry } from 'prom-client';
import { apiStep } from '../api/api.step.ts';
import { recordOf } from '../children/child-writer.ts';
import { computeStep } from '../compute/compute.step.ts';
import { kafkaSupport } from '../kafka/kafka-support.ts';
import type { OpenTopicAdmin } from '../kafka/topic-admins.ts';
import { runMetricsApi, type MetricsApi } from '../metrics-api/metrics-api.ts';
import { metricSource } from '../metrics-api/source.ts';
import { utilizationReader, type ReadText } from '../metrics-api/utilization.ts';
import { redisStep } from '../redis/redis.step.ts';
import { TagServices } from '../resource.ts';
import { contentWatches } from '../revision/content-watch.ts';
import { rolloutStep } from '../rollout/rollout.step.ts';
import { rolloutSupport } from '../rollout/support.ts';
import { lagStep } from '../scaling/lag.step.ts';
import { scalingStep } from '../scaling/scaling.step.ts';
import { serviceMetrics } from '../service/metrics.ts';
import { tagServiceReconciler } from '../service/reconcile.ts';
import { DriftLog } from '../service/drift-log.ts';
import { StatusWriter } from '../service/status-writer.ts';
import type { ReleaseImages, Step } from '../step/step.ts';
import { topicsStep } from '../topics/topics.step.ts';
import { watchDefinition, type DefinitionWatch } from './definition-watch.ts';
import { forgetGone } from './gone.ts';
import { declareInformers, watches } from './watches.ts';

/** The concerns, in the order in which their conditions are read. */
export const steps: readonly Step[] = [topicsStep, redisStep, rolloutStep, apiStep, computeStep, lagStep, scalingStep];

export type OperatorOptions = {
  readonly client: KubeClient;
  readonly images: ReleaseImages;
  readonly openTopicAdmin: OpenTopicAdmin;
  readonly readText: ReadText;
  readonly registry: Registry;
  readonly log: Logger;
  /** Absent: acts at once and alone. */
  readonly leaderElection?: LeaderElectionOptions;
  /** Absent: no metrics API, and `metricsApiProblem` says so. */
  readonly metricsApi?: { readonly port: number; readonly namespace: string; readonly service: string };
  readonly watchNamespace?: string;
  readonly onLost?: (reason: string) => void;
  readonly clock?: Clock;
};

/** The operator without its process: what is started and stopped, in tests as in a pod. */
export interface Operator {
  readonly manager: Manager;
  readonly metricsApi: MetricsApi | undefined;
  readonly definition: DefinitionWatch;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const CONTROLLER = 'tagservice';
/**
 * What is refused is seldom taken a few milliseconds later, and each attempt makes a dozen requests: from 5 ms on, as is usual, one TagService
 * that cannot be brought up would slow the others down. Once the cause is gone, everything has to be as declared within seconds.
 */
const BACK_OFF = { baseMs: 100, maxMs: 5_000 };

/** Puts the operator together. Nothing is asked of the cluster before `start`. */
export function createOperator(options: OperatorOptions): Operator {
  const { client, registry, log, clock = systemClock, metricsApi } = options;
  const cache = operatorCache(options, clock);
  const applier = createApplier({ client, cache, recordIn: recordOf });
  const instance = options.leaderElection?.identity ?? CONTROLLER;
  const events = createEventRecorder({ client, controller: 'tagservice.dev/operator', instance, clock, log });
  const running: { api?: MetricsApi } = {};
  const lookAtAll = (): void => {
    for (const object of cache.store(TagServices).list()) manager.enqueue(CONTROLLER, keyOf(object));
  };
  const answers = metricsApiAnswers(registry);
  const definition = watchDefinition({ client, clock, log, registry, changed: lookAtAll });
  const look = (key: string, told = true): void => {
    manager.enqueue(CONTROLLER, parseKey(key), { told });
  };
  const { contents, rollouts, kafka, utilization } = besideReconcile(options, { cache, clock, look });
  const reconcile = tagServiceReconciler({
    client,
    cache,
    applier,
    events,
    statuses: new StatusWriter(client),
    metrics: serviceMetrics(registry),
    drift: new DriftLog(),
    clock,
    definitionProblem: () => definition.problem(),
    kafka: kafka.work,
    lag: kafka.lag,
    rollouts,
    images: options.images,
    metricsApiProblem: () => (metricsApi === undefined ? SWITCHED_OFF : running.api?.problem()),
    now: () => clock.now(),
    steps,
  });
  const manager = operatorManager(options, { cache, clock, reconcile });
  return {
    manager,
    definition,
    get metricsApi() {
      return running.api;
    },
    async start() {
      await definition.start();
      await manager.start();
      if (metricsApi === undefined) return;
      const source = metricSource({ cache, lag: kafka.lag, utilization });
      running.api = startMetricsApi({ options: metricsApi, client, applier, clock, log, answers, source, manager });
    },
    async stop() {
      await manager.stop();
      await running.api?.stop();
      await definition.stop();
      await contents.stop();
      await events.stop();
      await kafka.stop();
    },
  };
}

type BesideParts = { cache: Cache; clock: Clock; look: (service: string, told?: boolean) => void };

/** What goes on beside the reconcile and remembers something of each service. */
function besideReconcile({ client, log, openTopicAdmin, readText }: OperatorOptions, parts: BesideParts) {
  const { cache, clock, look } = parts;
  const contents = contentWatches({ client, clock, log, changed: look });
  const rollouts = rolloutSupport({ client, contents: contents.of('rollout') });
  const access = contents.of('kafka');
  // What the look at Kafka ends with may be what was there before: then all the rest is, too.
  const answered = (service: string): void => {
    look(service, false);
  };
  const kafka = kafkaSupport({ client, clock, contents: access, open: openTopicAdmin, answered });
  const utilization = utilizationReader({ cache, clock, readText });
  forgetGone(cache, [kafka, utilization]);
  return { contents, rollouts, kafka, utilization };
}

const SWITCHED_OFF =
  'the metrics API is switched off (EXTERNAL_METRICS=false): nothing feeds the autoscalers unless another provider serves their metrics';

function operatorCache({ client, log, registry, watchNamespace }: OperatorOptions, clock: Clock): Cache {
  const namespaces = watchNamespace === undefined ? {} : { namespaces: [watchNamespace] };
  const cache = createCache({ client, clock, log, registry, watches: 2, ...namespaces });
  declareInformers(cache);
  return cache;
}

type ManagerParts = { cache: Cache; clock: Clock; reconcile: Reconcile };

function operatorManager(options: OperatorOptions, { cache, clock, reconcile }: ManagerParts): Manager {
  const { client, registry, log, leaderElection, onLost } = options;
  const controller = defineController({
    name: CONTROLLER,
    primary: TagServices,
    predicate: specChanged,
    watches: watches(),
    reconcile,
    // Most of a reconcile waits for the API server and for Kafka.
    concurrency: 10,
    backoff: BACK_OFF,
  });
  return createManager({
    client,
    cache,
    controllers: [controller],
    registry,
    log,
    clock,
    ...(leaderElection !== undefined && { leaderElection }),
    ...(onLost !== undefined && { onLost }),
  });
}

type MetricsApiParts = Pick<Parameters<typeof runMetricsApi>[0], 'client' | 'applier' | 'clock' | 'log' | 'source'> & {
  options: NonNullable<OperatorOptions['metricsApi']>;
  answers: Counter<'status'>;
  manager: Manager;
};

const metricsApiAnswers = (registry: Registry): Counter<'status'> =>
  new Counter({
    name: 'tagservice_metrics_api_answers_total',
    help: 'Answers of the external metrics API, by HTTP status.',
    labelNames: ['status'],
    registers: [registry],
  });

function startMetricsApi({ options, answers, manager, ...parts }: MetricsApiParts): MetricsApi {
  const api = runMetricsApi({
    ...parts,
    port: options.port,
    service: { namespace: options.namespace, name: options.service },
    secret: 'tagservice-operator-metrics-api',
    isLeader: () => manager.isLeader(),
    answered: (status) => {
      answers.inc({ status: String(status) });
    },
  });
  // Until this replica leads it serves, but announces nothing.
  void manager.whenLeading().then(() => {
    api.nudge();
  });
  return api;
}
