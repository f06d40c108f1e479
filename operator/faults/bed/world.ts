import { startApiServer } from '@tagservice/cluster';
import {
  ConfigMap,
  connect,
  Deployment,
  HorizontalPodAutoscaler,
  Namespace,
  NetworkPolicy,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  type KubeClient,
  type Resource,
} from '@tagservice/controller-runtime';
import { kafkaTopicAdmin, type TopicAdmin } from '@tagservice/event-bus';
import { startFaultProxy, type FaultProxy } from '@tagservice/fault-proxy';
import { startKafka, type TestKafka } from '@tagservice/testbed';
import { TagServices } from '../../src/resource.ts';
import { startAutoscaler } from './autoscaler.ts';
import { installDefinitions } from './definitions.ts';
import { startKubelet } from './kubelet.ts';
import { Observer } from './observer.ts';
import { until } from './until.ts';

/** Real servers, simulated nodes, and who watches them. One for all plans of a run. */
export type World = {
  /** Goes straight to the API server, with all rights. */
  readonly client: KubeClient;
  readonly kubeconfig: string;
  readonly proxy: FaultProxy;
  readonly observer: Observer;
  readonly kafka: TestKafka;
  readonly topics: TopicAdmin;
  /** What belongs to the state of a namespace. */
  readonly kinds: readonly Resource[];
  /** Makes a namespace. */
  makeNamespace(name: string): Promise<void>;
  stop(): Promise<void>;
};

/** An image of this name cannot be pulled. */
export const MISSING_IMAGE = 'registry.invalid/missing:1';

const BUILT_IN = [
  Deployment,
  StatefulSet,
  Service,
  ServiceAccount,
  ConfigMap,
  Secret,
  HorizontalPodAutoscaler,
  PodDisruptionBudget,
  NetworkPolicy,
  PersistentVolumeClaim,
  Pod,
] as readonly Resource[];

/** What the status oracle looks back at. */
const REMEMBERED = new Set([TagServices.kind, Deployment.kind, StatefulSet.kind]);

/** Enough partitions for hundreds of plans in a heap of half a GiB, and no pauses before a topic is deleted. */
const KAFKA = { 'log.segment.delete.delay.ms': 1_000, 'log.cleaner.enable': false, 'num.io.threads': 4 };

const CONTROLLERS = [
  // Autoscaling is simulated (see autoscaler.ts), and nobody reads the former kind of endpoints.
  '--controllers=-horizontal-pod-autoscaler-controller,-endpoints-controller',
  // The controllers share two cores with hundreds of services: their own politeness would be measured as the operator's slowness.
  '--kube-api-qps=500',
  '--kube-api-burst=1000',
];

/** Requests that are kept with their bodies (some KiB each): those of all plans that are under way, and of a suite about rights. */
const HISTORY_LIMIT = 100_000;

/** What the suite itself asks may take long on a busy machine; nothing is measured by it. */
const PATIENCE_MS = 60_000;

async function define(kubeconfig: string): Promise<void> {
  const client = connect({ kubeconfig, userAgent: 'faults', timeoutMs: PATIENCE_MS });
  await installDefinitions(client).finally(() => client.close());
}

/** A broker makes the place where groups keep their offsets at the first question for one; that takes seconds. */
async function warmUp(topics: TopicAdmin): Promise<void> {
  await topics.create({ name: 'warm-up', partitions: 1, replicationFactor: 1, configs: {} });
  await until(async () => (await topics.lag('warm-up', 'warm-up')).kind === 'known', {
    what: 'the first answer of Kafka about a group',
    limitMs: 60_000,
  });
}

export type WorldOptions = {
  /** Further environment variables of etcd, kube-apiserver and kube-controller-manager. */
  readonly controlPlane?: Readonly<Record<string, string>>;
};

/** Starts everything (about 10 s). */
export async function startWorld({ controlPlane = {} }: WorldOptions = {}): Promise<World> {
  const [server, kafka] = await Promise.all([
    startApiServer({
      controllerManager: true,
      controllerManagerArgs: CONTROLLERS,
      beforeControllers: define,
      env: controlPlane,
    }),
    startKafka({ config: KAFKA }),
  ]);
  const client = connect({
    kubeconfig: server.kubeconfig,
    userAgent: 'faults',
    connections: 64,
    timeoutMs: PATIENCE_MS,
  });
  const proxy = await startFaultProxy({ kubeconfig: server.kubeconfig, historyLimit: HISTORY_LIMIT });
  const topics = kafkaTopicAdmin({ brokers: [kafka.address], clientId: 'faults', timeoutMs: PATIENCE_MS });
  await warmUp(topics);
  const kinds = [...BUILT_IN, ...(await installDefinitions(client))];
  const observer = new Observer(client, ({ kind }) => REMEMBERED.has(kind));
  const kubelet = startKubelet({ client, observer, isMissing: (image) => image === MISSING_IMAGE });
  const autoscaler = startAutoscaler({ client, observer });
  await observer.follow(kinds);
  return {
    client,
    kubeconfig: server.kubeconfig,
    proxy,
    observer,
    kafka,
    topics,
    kinds,
    async makeNamespace(name) {
      await client.create(Namespace, { metadata: { name } });
    },
    async stop() {
      kubelet.stop();
      autoscaler.stop();
      observer.stop();
      await topics.close();
      await client.close();
      await proxy.close();
      await Promise.all([server.stop(), kafka.stop()]);
    },
  };
}
