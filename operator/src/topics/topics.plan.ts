import { parseDuration, type TagServiceSpec, type TopicSettings } from '@tagservice/crd';
import type { TopicDescription, TopicSpec } from '@tagservice/event-bus';
import type { Names } from '../children/names.ts';

/** One change of one topic, or the reason why a change cannot be made. */
export type TopicAction =
  | { readonly kind: 'create'; readonly spec: TopicSpec }
  | { readonly kind: 'grow'; readonly name: string; readonly partitions: number }
  | { readonly kind: 'configure'; readonly name: string; readonly configs: Readonly<Record<string, string>> }
  | TopicRefusal;

export type TopicRefusal = {
  readonly kind: 'refuse';
  readonly name: string;
  readonly reason: 'ReplicationFactorFixed' | 'PartitionsCannotShrink';
  readonly message: string;
};

/** The topics that a resource declares. */
export function wantedTopics(kafka: TagServiceSpec['kafka'], topics: Names['topics']): readonly TopicSpec[] {
  return [
    topicSpec(topics.requests, kafka.requests),
    topicSpec(topics.results, kafka.results),
    topicSpec(topics.deadLetters, kafka.deadLetters),
  ];
}

function topicSpec(name: string, settings: TopicSettings): TopicSpec {
  return {
    name,
    partitions: settings.partitions,
    replicationFactor: settings.replicationFactor,
    configs: {
      'min.insync.replicas': String(settings.minInSyncReplicas),
      'retention.ms': String(parseDuration(settings.retention)),
      // A broker whose default is to compact would drop all but the newest request of a URL, its job included.
      'cleanup.policy': 'delete',
    },
  };
}

/** What to do so that each topic is as declared. Topics that nobody declared are never looked at. */
export function planTopics(wanted: readonly TopicSpec[], found: readonly TopicDescription[]): readonly TopicAction[] {
  const byName = new Map(found.map((topic) => [topic.name, topic]));
  return wanted.flatMap((spec) => {
    const topic = byName.get(spec.name);
    return topic === undefined ? [{ kind: 'create', spec } as const] : changesOf(spec, topic);
  });
}

function changesOf(spec: TopicSpec, topic: TopicDescription): TopicAction[] {
  const actions: TopicAction[] = refusalsOf(spec, topic);
  if (topic.partitions < spec.partitions) actions.push({ kind: 'grow', name: spec.name, partitions: spec.partitions });
  const configs = Object.fromEntries(
    Object.entries(spec.configs).filter(([key, value]) => topic.configs[key] !== value),
  );
  if (Object.keys(configs).length > 0) actions.push({ kind: 'configure', name: spec.name, configs });
  return actions;
}

function refusalsOf(spec: TopicSpec, topic: TopicDescription): TopicRefusal[] {
  const refusals: TopicRefusal[] = [];
  if (topic.partitions > spec.partitions)
    refusals.push({
      kind: 'refuse',
      name: spec.name,
      reason: 'PartitionsCannotShrink',
      message: `topic ${spec.name} has ${topic.partitions} partitions, ${spec.partitions} are declared, and Kafka cannot remove partitions: declare ${topic.partitions}`,
    });
  if (topic.replicationFactor !== spec.replicationFactor)
    refusals.push({
      kind: 'refuse',
      name: spec.name,
      reason: 'ReplicationFactorFixed',
      message: `topic ${spec.name} has replication factor ${topic.replicationFactor}, ${spec.replicationFactor} is declared, and changing it moves data: declare ${topic.replicationFactor}, or reassign the partitions with Kafka's tools`,
    });
  return refusals;
}
