import type { TopicDescription } from '@tagservice/event-bus';
import { namesOf } from '../src/children/names.ts';
import { settingsOf, wantedTopics, type TopicRecord, type WantedTopic } from '../src/topics/topics.plan.ts';
import { service } from './fixtures.ts';

const demo = service();

/** Names of the topics of the service `demo`, and how it declares them by default. */
export const { topics } = namesOf(demo);
export const wanted = wantedTopics(demo.spec.kafka, topics);
export const requests = wanted[0] as WantedTopic;

/** The requests topic as Kafka has it, by default as declared. */
export const found = (more: Partial<TopicDescription> = {}): TopicDescription => ({
  name: requests.name,
  id: 'id',
  partitions: 12,
  replicationFactor: 3,
  places: [],
  offlinePartitions: 0,
  configs: { ...requests.configs, 'segment.bytes': '1' },
  overrides: [],
  ...more,
});

/** The requests topic as status recorded it. */
export const record = (more: Partial<TopicRecord> = {}): TopicRecord => ({
  name: requests.name,
  partitions: 12,
  id: 'id',
  ready: true,
  applied: { ...settingsOf(requests) },
  ...more,
});
