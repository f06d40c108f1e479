import { asBefore } from '../step/as-before.ts';
import { waiting } from '../step/outcome.ts';
import type { Step } from '../step/step.ts';

/** The three topics of a TagService. The work itself is done beside the reconcile (see kafka-work), because a broker may be away. */
export const topicsStep: Step = {
  concern: 'topics',
  reports: ['TopicsReady'],
  isUnwatched: true,
  async run({ service, kafka }) {
    const result = await kafka.topics(service);
    if (result === undefined) {
      const message = `waiting for the first answer of Kafka at ${service.spec.kafka.brokers.join(', ')}`;
      const outcome = asBefore(service, 'TopicsReady') ?? waiting('Checking', message);
      return { outcomes: { TopicsReady: outcome }, lookAgain: true, ...keep(service.status?.topics) };
    }
    const { outcome, topics, corrections = [], planned = [], held = [] } = result;
    return { outcomes: { TopicsReady: outcome }, status: { topics }, corrections, planned, held };
  },
};

const keep = <T>(topics: T | undefined) => (topics === undefined ? {} : { status: { topics } });
