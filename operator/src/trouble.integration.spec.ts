import {
  ConfigMap,
  Deployment,
  Event,
  PersistentVolumeClaim,
  Secret,
  Service,
  StatefulSet,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { kafkaEventBus } from '@tagservice/event-bus';
import { freePorts } from '@tagservice/testbed';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { conditionOf, ensureNamespace, runPods, smallSpec, waitForStatus } from '../test/harness.ts';
import { declareService, key, useHarness, useKafka, within } from '../test/suite.ts';
import { TagServices } from './resource.ts';

const harness = useHarness();
const kafka = useKafka();

const topicsOf = (prefix: string) =>
  ['tag-requests', 'tag-results', 'tag-dead-letters'].map((topic) => `${prefix}.${topic}`);

async function isGone(resource: Resource, where: { namespace: string; name: string }): Promise<boolean> {
  return (await harness.client.find(resource, where)) === undefined;
}

async function apply(namespace: string, spec = smallSpec(kafka.broker)): Promise<KubeObject> {
  return declareService(harness.client, { ...key(namespace), spec });
}

describe('a broker that does not answer', () => {
  let dead: string;

  beforeAll(async () => {
    const [port] = await freePorts(1);
    dead = `127.0.0.1:${String(port)}`;
    await apply('dead', smallSpec(dead));
  });

  it('is named in the condition with the error, within five seconds', async () => {
    const start = performance.now();
    await waitForStatus(harness.client, key('dead'), (_status, object) => {
      const condition = conditionOf(object, 'TopicsReady');
      expect(condition).toMatchObject({ status: 'False', reason: 'KafkaUnreachable' });
      expect(condition?.message).toContain(dead);
      expect(condition?.message).toContain('ECONNREFUSED');
    });
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('leaves the lag unknown, which is never a zero', async () => {
    const object = await waitForStatus(harness.client, key('dead'), (_status, found) => {
      expect(conditionOf(found, 'LagKnown')).toMatchObject({ status: 'False', reason: 'LagUnknown' });
    });
    expect(object.status?.scaling).toEqual({});
  });

  it('stops no other part', async () => {
    await vi.waitFor(async () => {
      await runPods(harness.client, 'dead');
      const object = await harness.client.get(TagServices, key('dead'));
      for (const type of ['RedisReady', 'ApiReady', 'ComputeReady'])
        expect(conditionOf(object, type)).toMatchObject({ status: 'True' });
      expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'False', reason: 'KafkaUnreachable' });
      expect(conditionOf(object, 'Reconciling')).toMatchObject({ status: 'True', reason: 'KafkaUnreachable' });
    }, within);
  });

  it('is told once as an event, not at every look', async () => {
    await vi.waitFor(async () => {
      const { items } = await harness.client.list(Event, { namespace: 'dead' });
      expect(items.filter(({ reason }) => reason === 'KafkaUnreachable')).toHaveLength(1);
    }, within);
  });

  it('is forgotten as soon as another one is declared', async () => {
    await apply('dead', smallSpec(kafka.broker));
    await vi.waitFor(async () => {
      // The address stands in the environment of the pods, so they are replaced.
      await runPods(harness.client, 'dead');
      const object = await harness.client.get(TagServices, key('dead'));
      expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'True', reason: 'AllPartsReady' });
      expect(conditionOf(object, 'Reconciling')).toBeUndefined();
    }, within);
  });

  it('takes back a lag that was known', async () => {
    await waitForStatus(harness.client, key('dead'), (status) => {
      expect(status.scaling).toEqual({ lag: 0 });
    });
    await apply('dead', smallSpec(dead));
    await waitForStatus(harness.client, key('dead'), (status, object) => {
      expect(conditionOf(object, 'LagKnown')).toMatchObject({ status: 'False', reason: 'LagUnknown' });
      expect(status.scaling).toEqual({});
    });
  });
});

describe("somebody else's object of our name", () => {
  beforeAll(async () => {
    await ensureNamespace(harness.client, 'taken');
    await harness.client.create(ConfigMap, {
      metadata: { namespace: 'taken', name: 'demo-redis' },
      data: { mine: 'yes' },
    });
    await apply('taken');
  });

  it('is named, and the service is stalled', async () => {
    await waitForStatus(harness.client, key('taken'), (_status, object) => {
      expect(conditionOf(object, 'RedisReady')).toMatchObject({ status: 'False', reason: 'NameTaken' });
      expect(conditionOf(object, 'RedisReady')?.message).toContain('ConfigMap demo-redis');
      expect(conditionOf(object, 'Stalled')).toMatchObject({ status: 'True', reason: 'NameTaken' });
      expect(conditionOf(object, 'Reconciling')).toBeUndefined();
    });
  });

  it('is left as it is', async () => {
    const found = await harness.client.get(ConfigMap, { namespace: 'taken', name: 'demo-redis' });
    expect(found.data).toEqual({ mine: 'yes' });
    expect(found.metadata.ownerReferences).toBeUndefined();
  });

  it('stops no other part', async () => {
    await vi.waitFor(async () => {
      const { items } = await harness.client.list(Deployment, { namespace: 'taken' });
      expect(items).toHaveLength(2);
    }, within);
  });
});

describe('topics', () => {
  it('get more partitions when more are declared', async () => {
    await apply('grow');
    await waitForStatus(harness.client, key('grow'), (status) => {
      expect(status.topics?.[0]).toMatchObject({ partitions: 4, ready: true });
    });
    const spec = smallSpec(kafka.broker);
    await apply('grow', {
      ...spec,
      kafka: { ...spec.kafka, requests: { ...spec.kafka.requests, partitions: 7, retention: '2h' } },
    });
    await waitForStatus(harness.client, key('grow'), (status) => {
      expect(status.topics?.[0]).toMatchObject({ partitions: 7, ready: true });
    });
    const [topic] = await kafka.admin.describe(['grow.demo.tag-requests']);
    expect(topic).toMatchObject({ partitions: 7, configs: { 'retention.ms': '7200000' } });
  });

  it('keep their number of copies while too few brokers run for more, and the condition says so', async () => {
    const spec = smallSpec(kafka.broker);
    await apply('grow', {
      ...spec,
      kafka: { ...spec.kafka, requests: { partitions: 7, replicationFactor: 3, minInSyncReplicas: 1 } },
    });
    const object = await waitForStatus(harness.client, key('grow'), (_status, found) => {
      expect(conditionOf(found, 'TopicsReady')).toMatchObject({ status: 'False', reason: 'ReplicationBlocked' });
    });
    expect(conditionOf(object, 'TopicsReady')?.message).toContain('3 copies are declared and 1 broker runs');
    expect(object.status?.topics?.map(({ ready }) => ready)).toEqual([false, true, true]);
  });

  it('that have messages get no more partitions unless re-keying is allowed', async () => {
    await apply('keyed');
    await waitForStatus(harness.client, key('keyed'), (status) => {
      expect(status.topics?.[0]).toMatchObject({ partitions: 4, ready: true });
    });
    const bus = kafkaEventBus({ brokers: [kafka.broker], clientId: 'test' });
    await bus.publish('keyed.demo.tag-requests', [{ key: 'a', value: '{}' }]);
    await bus.close();
    const spec = smallSpec(kafka.broker);
    const grown = (more: object) => ({
      ...spec,
      kafka: { ...spec.kafka, requests: { ...spec.kafka.requests, partitions: 6, ...more } },
    });
    await apply('keyed', grown({}));
    await waitForStatus(harness.client, key('keyed'), (_status, object) => {
      expect(conditionOf(object, 'TopicsReady')).toMatchObject({ status: 'False', reason: 'RekeyingNotAllowed' });
      expect(conditionOf(object, 'Stalled')).toMatchObject({ status: 'True' });
    });
    await apply('keyed', grown({ allowRekeying: true }));
    await waitForStatus(harness.client, key('keyed'), (status, object) => {
      expect(status.topics?.[0]).toMatchObject({ partitions: 6, ready: true });
      expect(conditionOf(object, 'TopicsReady')).toMatchObject({ status: 'True' });
    });
  });

  it('that somebody alters are put back, and an event tells what was found and wanted', async () => {
    await kafka.admin.alterConfigs('keyed.demo.tag-results', { 'retention.ms': '4321' });
    await vi.waitFor(async () => {
      const { items } = await harness.client.list(Event, { namespace: 'keyed' });
      const notes = items.map(({ note = '' }) => note);
      expect(notes.join()).toContain('retention.ms: found 4321, wanted 86400000');
    }, within);
    expect((await kafka.admin.describe(['keyed.demo.tag-results']))[0]?.configs['retention.ms']).toBe('86400000');
  });

  it('that the broker refuses are told with its reason', async () => {
    const topic = { partitions: 1, replicationFactor: 9, minInSyncReplicas: 1 };
    await apply('refused', { kafka: { brokers: [kafka.broker], requests: topic, results: topic, deadLetters: topic } });
    await waitForStatus(harness.client, key('refused'), (_status, object) => {
      const condition = conditionOf(object, 'TopicsReady');
      expect(condition).toMatchObject({ status: 'False', reason: 'TopicRefused' });
      expect(condition?.message).toContain('INVALID_REPLICATION_FACTOR');
    });
  });
});

describe('passwords', () => {
  it('are made once and kept', async () => {
    const where = { namespace: 'secret', name: 'demo-redis-auth' };
    await apply('secret');
    const before = await vi.waitFor(() => harness.client.get(Secret, where), within);
    await apply('secret', smallSpec(kafka.broker, { redis: { replicas: 2, maxMemory: '128Mi' } }));
    await waitForStatus(harness.client, key('secret'), (status, object) => {
      expect(status.observedGeneration).toBe(object.metadata.generation);
      expect(object.metadata.generation).toBe(2);
    });
    expect((await harness.client.get(Secret, where)).data).toEqual(before.data);
  });

  it('stand in no status and no event', async () => {
    const { data = {} } = await harness.client.get(Secret, { namespace: 'secret', name: 'demo-redis-auth' });
    const object = await harness.client.get(TagServices, key('secret'));
    const { items } = await harness.client.list(Event, { namespace: 'secret' });
    const told = JSON.stringify([object, items]);
    const passwords = Object.values(data).map((value) => Buffer.from(value, 'base64').toString());
    expect(passwords).toHaveLength(3);
    for (const password of passwords) expect(told).not.toContain(password);
  });

  it('that somebody broke are named, and never replaced by themselves', async () => {
    const where = { namespace: 'secret', name: 'demo-redis-auth' };
    await harness.client.patch(Secret, where, { patch: { data: { password: null } } });
    await waitForStatus(harness.client, key('secret'), (_status, object) => {
      expect(conditionOf(object, 'RedisReady')).toMatchObject({ reason: 'SecretIncomplete' });
      expect(conditionOf(object, 'RedisReady')?.message).toContain(
        'Secret demo-redis-auth lacks usable values of password',
      );
    });
  });
});

describe('two services', () => {
  it('of one name live side by side in two namespaces', async () => {
    await apply('left');
    await apply('right');
    for (const namespace of ['left', 'right']) {
      await vi.waitFor(async () => {
        await runPods(harness.client, namespace);
        expect(conditionOf(await harness.client.get(TagServices, key(namespace)), 'Ready')).toMatchObject({
          status: 'True',
          reason: 'AllPartsReady',
        });
      }, within);
    }
    expect(await kafka.admin.describe([...topicsOf('left.demo'), ...topicsOf('right.demo')])).toHaveLength(6);
  });

  it('do not touch each other when one is deleted', async () => {
    const before = await harness.client.get(StatefulSet, { namespace: 'right', name: 'demo-redis' });
    await harness.client.delete(TagServices, key('left'));
    await vi.waitFor(async () => {
      expect(await isGone(StatefulSet as Resource, { namespace: 'left', name: 'demo-redis' })).toBe(true);
      expect(await isGone(Service as Resource, { namespace: 'left', name: 'demo-api' })).toBe(true);
    }, within);
    const after = await harness.client.get(StatefulSet, { namespace: 'right', name: 'demo-redis' });
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(await kafka.admin.describe(topicsOf('right.demo'))).toHaveLength(3);
  });

  it('leave their topics and volumes when deleted', async () => {
    expect(await kafka.admin.describe(topicsOf('left.demo'))).toHaveLength(3);
    const { items } = await harness.client.list(PersistentVolumeClaim, { namespace: 'left' });
    expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(['data-demo-redis-0', 'data-demo-redis-1']);
  });
});

describe('deletion', () => {
  it('with Retain goes at once although no broker answers', async () => {
    const [port] = await freePorts(1);
    await apply('retain', smallSpec(`127.0.0.1:${String(port)}`));
    await waitForStatus(harness.client, key('retain'), (status) => {
      expect(status.conditions).toBeDefined();
    });
    await harness.client.delete(TagServices, key('retain'));
    await vi.waitFor(async () => {
      expect(await isGone(TagServices as Resource, key('retain'))).toBe(true);
    }, within);
  });

  it('with Delete removes topics and volumes', async () => {
    const spec = smallSpec(kafka.broker);
    await apply('delete', { ...spec, kafka: { ...spec.kafka, deletionPolicy: 'Delete' } });
    await waitForStatus(harness.client, key('delete'), (status, object) => {
      expect(status.topics?.every(({ ready }) => ready)).toBe(true);
      expect(object.metadata.finalizers).toEqual(['tagservice.dev/data']);
    });
    await harness.client.delete(TagServices, key('delete'));
    await vi.waitFor(async () => {
      expect(await isGone(TagServices as Resource, key('delete'))).toBe(true);
    }, within);
    expect(await kafka.admin.describe(topicsOf('delete.demo'))).toEqual([]);
    const { items } = await harness.client.list(PersistentVolumeClaim, { namespace: 'delete' });
    expect(items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
  });

  it('with Delete waits for work that is queued and for others who read, and then removes all', async () => {
    const spec = smallSpec(kafka.broker);
    await apply('drain', { ...spec, kafka: { ...spec.kafka, deletionPolicy: 'Delete' } });
    await waitForStatus(harness.client, key('drain'), (status) => {
      expect(status.topics?.every(({ ready }) => ready)).toBe(true);
    });
    const bus = kafkaEventBus({ brokers: [kafka.broker], clientId: 'test' });
    await bus.publish('drain.demo.tag-requests', [{ key: 'a', value: '{}' }]);
    await harness.client.delete(TagServices, key('drain'));
    await waitForStatus(harness.client, key('drain'), (_status, object) => {
      const ready = conditionOf(object, 'Ready');
      expect(ready).toMatchObject({ status: 'False', reason: 'DeletionBlocked' });
      expect(ready?.message).toContain('1 messages of topic drain.demo.tag-requests wait for group drain.demo.compute');
    });
    const workers = await bus.subscribe({
      topics: ['drain.demo.tag-requests'],
      group: 'drain.demo.compute',
      concurrency: 1,
      handle: () => Promise.resolve(),
      onCrash: () => undefined,
    });
    await vi.waitFor(async () => {
      expect(await isGone(TagServices as Resource, key('drain'))).toBe(true);
    }, within);
    await workers.stop();
    await bus.close();
    expect(await kafka.admin.describe(topicsOf('drain.demo'))).toEqual([]);
    const { items } = await harness.client.list(Event, { namespace: 'drain' });
    expect(items.map(({ note = '' }) => note).join()).toMatch(/tag-requests \(.{22}\) ends at [0-9: ]*:1/);
  });

  it('with Delete waits for Kafka, says so, and goes when told to retain', async () => {
    const [port] = await freePorts(1);
    const spec = smallSpec(`127.0.0.1:${String(port)}`);
    await apply('blocked', { ...spec, kafka: { ...spec.kafka, deletionPolicy: 'Delete' } });
    await waitForStatus(harness.client, key('blocked'), (_status, object) => {
      expect(object.metadata.finalizers).toEqual(['tagservice.dev/data']);
    });
    await harness.client.delete(TagServices, key('blocked'));
    await waitForStatus(harness.client, key('blocked'), (_status, object) => {
      expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'False', reason: 'DeletionBlocked' });
      expect(conditionOf(object, 'Ready')?.message).toContain('set spec.kafka.deletionPolicy to Retain');
    });
    await apply('blocked', { ...spec, kafka: { ...spec.kafka, deletionPolicy: 'Retain' } });
    await vi.waitFor(async () => {
      expect(await isGone(TagServices as Resource, key('blocked'))).toBe(true);
    }, within);
  });
});
