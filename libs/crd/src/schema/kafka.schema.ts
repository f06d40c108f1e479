import { durationBetween, topicPrefixFixed, topicRules } from '../rules.ts';
import { choice, duration, record, section, setOf, text, whole } from '../schema-kit.ts';

function topicSchema(
  topic: 'requests' | 'results' | 'deadLetters',
  { about, retention }: { about: string; retention: string },
) {
  return section(
    about,
    {
      partitions: whole(
        'Partitions. Default 12. The operator adds partitions when this grows; it cannot shrink. Of the requests topic it is also the most compute pods that can have work, so it caps scaling.compute.max.',
        { min: 1, max: 1_000 },
      ).default(12),
      replicationFactor: whole(
        'Copies of each partition. Default 3. More than there are brokers: the topic cannot be made and TopicsReady says so. Changing it for a topic that exists is refused with a reason in TopicsReady, because it moves data; reassign it with the tools of Kafka.',
        { min: 1, max: 9 },
      ).default(3),
      minInSyncReplicas: whole(
        'Copies that must have a write before it is accepted. Default 2. Fewer in reach: writes are refused, nothing accepted is lost.',
        {
          min: 1,
          max: 9,
        },
      ).default(2),
      retention: duration(
        `How long messages are kept. Default ${retention}. Shorter than an outage of the workers: work is lost.`,
        {
          rule: durationBetween(`kafka.${topic}.retention`, '1m', '365d'),
        },
      ).default(retention),
    },
    { rules: topicRules(topic) },
  );
}

export const kafkaSchema = record(
  'The queue. The cluster is yours; the operator makes and alters only the three topics.',
  {
    brokers: setOf(
      'Addresses (host:port) to start from, 1 to 16; one that answers is enough. Required. When none answers, TopicsReady names the address and the error, and all goes on when one comes back.',
      text('Address of a broker, for example kafka.kafka:9092.', {
        max: 260,
        pattern: String.raw`^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9]([a-zA-Z0-9.\-]*[a-zA-Z0-9])?):[0-9]{1,5}$`,
      }),
      { min: 1, max: 16 },
    ),
    topicPrefix: text(
      'First part of the names of topics and of the consumer group: <prefix>.tag-requests, .tag-results, .tag-dead-letters and group <prefix>.compute. Default <namespace>.<name>. Immutable.',
      { max: 200, pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]*$' },
    ).exactOptional(),
    requests: topicSchema('requests', { about: 'Topic of the URLs to tag.', retention: '24h' }),
    results: topicSchema('results', {
      about: 'Topic of the tags that were made, for other systems to read.',
      retention: '24h',
    }),
    deadLetters: topicSchema('deadLetters', {
      about: 'Topic of the URLs that were given up, each with the reason.',
      retention: '7d',
    }),
    deletionPolicy: choice(
      'What happens to the topics and to the volumes of Redis when this resource is deleted. Retain (default) keeps them and never waits for Kafka. Delete removes them first; while Kafka cannot be reached the resource stays, and a condition says why.',
      ['Retain', 'Delete'],
    ).default('Retain'),
  },
  { rules: [topicPrefixFixed] },
);
