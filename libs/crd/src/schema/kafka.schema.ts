import { z } from 'zod';
import { durationBetween, sizeBetween, topicPrefixFixed, topicRules } from '../rules.ts';
import { choice, duration, record, section, setOf, size, text, whole } from '../schema-kit.ts';

const secretName = (description: string) =>
  text(description, { max: 253, pattern: String.raw`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$` });

const missing =
  'While the Secret or a key of it is missing, TopicsReady is False with reason SecretIncomplete and names it, and all goes on once it is there. New content is used from the next connection on, without a restart.';

const tls = record(
  'TLS for every connection to the brokers, of the operator and of the pods. Left out: plain text. With nothing inside: TLS with the public authorities and without a certificate of our own. The certificate of a broker must be for the host that it is reached by.',
  {
    caSecretRef: record(
      `Secret with the certificate of the authority to trust, PEM. Default: the public authorities. ${missing}`,
      {
        name: secretName('Name of the Secret, in this namespace.'),
        key: text('Key in the Secret. Default ca.crt.', { max: 253, pattern: '^[-._a-zA-Z0-9]+$' }).default('ca.crt'),
      },
    ).exactOptional(),
    certificateSecretRef: record(
      `Secret of type kubernetes.io/tls with the certificate (tls.crt) and key (tls.key) that we show, for brokers that ask for one. Default: none. ${missing}`,
      { name: secretName('Name of the Secret, in this namespace.') },
    ).exactOptional(),
  },
);

const sasl = record('Login at the brokers, of the operator and of the pods. Left out: nobody is asked.', {
  mechanism: choice(
    'How the password is proved. PLAIN sends it as it is: use it with tls. The SCRAM mechanisms do not send it.',
    ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
  ),
  secretRef: record(`Secret with the keys username and password. ${missing}`, {
    name: secretName('Name of the Secret, in this namespace.'),
  }),
});

function topicSchema(
  topic: 'requests' | 'results' | 'deadLetters',
  { about, retention }: { about: string; retention: string },
) {
  return section(
    about,
    {
      partitions: whole(
        'Partitions. Default 12. When this grows the operator adds partitions if allowRekeying permits it; it cannot shrink. Of the requests topic it is also the most compute pods that can have work, so it caps scaling.compute.max.',
        { min: 1, max: 1_000 },
      ).default(12),
      allowRekeying: z
        .boolean()
        .meta({
          description:
            'Whether partitions may be added to the topic although it has messages. Default false. Our messages have keys (dead letters too), and with more partitions a key moves to another one: messages of one URL may then be handled at the same time or out of order until the older ones are done. Without it TopicsReady is False with reason RekeyingNotAllowed; a topic that never had a message grows all the same.',
        })
        .default(false),
      replicationFactor: whole(
        'Copies of each partition. Default 3. More than there are running brokers: the topic cannot be made, or stays as it is, and TopicsReady says so. Changing it for a topic that exists moves data: a few partitions at a time, held to kafka.replicationThrottle, with the progress in TopicsReady and status.topics',
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
        pattern: String.raw`^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9]([a-zA-Z0-9.\-]*[a-zA-Z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$`,
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
      'What happens to the topics and to the volumes of Redis when this resource is deleted. Retain (default) keeps them and never waits for Kafka. Delete removes them first: it waits until the workers have done what is queued and nobody else reads the topics, and while it waits, or Kafka cannot be reached, the resource stays and a condition says why.',
      ['Retain', 'Delete'],
    ).default('Retain'),
    driftPolicy: choice(
      'What happens when somebody alters one of the topics in Kafka. Revert (default) puts back what is declared and tells what was found in an event. Report leaves it and tells in TopicsReady, which is then False while the service goes on; what is changed here is still applied.',
      ['Revert', 'Report'],
    ).default('Revert'),
    replicationThrottle: size(
      'Bytes a second that each broker may spend on copying partitions while a replicationFactor changes. Default 10Mi. Lower than what is written to the topics: the copies never catch up. A limit that a broker already has is left as it is.',
      { rule: sizeBetween('kafka.replicationThrottle', '64Ki', '10Gi') },
    ).default('10Mi'),
    tls: tls.exactOptional(),
    sasl: sasl.exactOptional(),
  },
  { rules: [topicPrefixFixed] },
);
