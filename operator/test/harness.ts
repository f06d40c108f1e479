import {
  ApiError,
  connect,
  CustomResourceDefinition,
  Namespace,
  Pod,
  silentLogger,
  type Applied,
  type KubeClient,
} from '@tagservice/controller-runtime';
import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { customResourceDefinitions, type TagServiceSpecInput, type TagServiceStatus } from '@tagservice/crd';
import { kafkaTopicAdmin } from '@tagservice/event-bus';
import { Registry } from 'prom-client';
import { vi } from 'vitest';
import { createOperator, type Operator } from '../src/process/operator.ts';
import { TagServices, type TagServiceObject } from '../src/resource.ts';
import { Operations, Revisions } from '../src/revision/revision.resource.ts';
import { isRunning, runningStatus } from '../faults/bed/pod-status.ts';
import { bindPod, endPod, ensureNode, reportPod } from './simulated-node.ts';

/** A real API server with the definition installed, and an operator that works on it. Pods exist but no node runs them. */
export type Harness = {
  readonly server: ApiServer;
  readonly client: KubeClient;
  readonly registry: Registry;
  readonly operator: Operator;
  /** Starts another operator in the place of the former one, as after a crash; `meanwhile` nobody acts. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
};

export const IMAGES = { api: 'tagservice/api:test', compute: 'tagservice/compute:test', redis: 'redis:7' };

/** Starts everything; `controllerManager` makes pods of Deployments and StatefulSets and collects garbage. */
export async function startHarness({ controllerManager = true } = {}): Promise<Harness> {
  const server = await startApiServer({ controllerManager });
  const client = connect({ kubeconfig: server.kubeconfig, userAgent: 'tagservice-test' });
  await installDefinition(client);
  await ensureNode(client);
  let running = await startOperator(client);
  return {
    server,
    client,
    get registry() {
      return running.registry;
    },
    get operator() {
      return running.operator;
    },
    async restart(meanwhile) {
      await running.operator.stop();
      await meanwhile?.();
      running = await startOperator(client);
    },
    async stop() {
      await running.operator.stop();
      await client.close();
      await server.stop();
    },
  };
}

async function startOperator(client: KubeClient): Promise<{ operator: Operator; registry: Registry }> {
  const registry = new Registry();
  const operator = createOperator({
    client,
    images: IMAGES,
    openTopicAdmin: (cluster) => kafkaTopicAdmin({ ...cluster, clientId: 'operator-test', timeoutMs: 3_000 }),
    readText: () => Promise.reject(new ApiError({ code: 503 }, 'GET')),
    registry,
    log: silentLogger,
  });
  await operator.start();
  return { operator, registry };
}

/** Installs the definitions and waits until the API server serves them. */
export async function installDefinition(client: KubeClient): Promise<void> {
  for (const definition of customResourceDefinitions()) {
    const desired = definition as unknown as Applied<CustomResourceDefinition>;
    // The API server weighs every rule of a definition, which takes a second of a processor of its own.
    await client.apply(CustomResourceDefinition, desired, { fieldManager: 'test', timeoutMs: 45_000 });
  }
  const served = () => Promise.all([client.list(TagServices), client.list(Revisions), client.list(Operations)]);
  await vi.waitFor(served, { timeout: 50_000, interval: 100 });
}

/** Makes a namespace if there is none. */
export async function ensureNamespace(client: KubeClient, name: string): Promise<void> {
  await client.apply(Namespace, { metadata: { name } }, { fieldManager: 'test' });
}

export type ServiceInput = { namespace: string; name: string; spec: TagServiceSpecInput };

/** Applies a TagService as a user does. */
export function applyService(client: KubeClient, { namespace, name, spec }: ServiceInput): Promise<TagServiceObject> {
  const desired = { metadata: { namespace, name }, spec } as unknown as Applied<TagServiceObject>;
  return client.apply(TagServices, desired, { fieldManager: 'kubectl' });
}

/** A spec that fits a single broker. */
export function smallSpec(broker: string, more: Partial<TagServiceSpecInput> = {}): TagServiceSpecInput {
  const topic = { partitions: 4, replicationFactor: 1, minInSyncReplicas: 1 };
  return {
    kafka: { brokers: [broker], requests: topic, results: topic, deadLetters: topic },
    redis: { replicas: 2 },
    ...more,
  };
}

export type ConditionView = { status: string; reason: string; message: string };

/** A condition of a TagService as it stands now. */
export function conditionOf(object: TagServiceObject | undefined, type: string): ConditionView | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type);
}

/** Waits until the status of a TagService is as asked, and answers the resource. */
export async function waitForStatus(
  client: KubeClient,
  key: { namespace: string; name: string },
  check: (status: TagServiceStatus, object: TagServiceObject) => void,
): Promise<TagServiceObject> {
  return vi.waitFor(
    async () => {
      const object = await client.get(TagServices, key);
      check(object.status ?? {}, object);
      return object;
    },
    { timeout: 50_000, interval: 200 },
  );
}

/**
 * Plays the nodes: reports every pod of a namespace as running and ready, but those whose image `fails`, and lets pods that were asked to stop
 * end. Answers how many there are.
 */
export async function runPods(client: KubeClient, namespace: string, fails?: string): Promise<number> {
  const { items } = await client.list(Pod, { namespace });
  for (const pod of items) {
    if (pod.metadata.deletionTimestamp !== undefined) await endPod(client, pod);
    else if (!isRunning(pod) && imageOf(pod) !== fails) await runPod(client, pod);
  }
  return items.length;
}

const imageOf = ({ spec }: Pod): string => spec?.containers[0]?.image ?? '';

/** As the nodes of the fault runs do it, only when a test says so. */
async function runPod(client: KubeClient, pod: Pod): Promise<void> {
  await bindPod(client, pod);
  await reportPod(client, pod, runningStatus(pod, new Date().toISOString()));
}
