import { randomBytes } from 'node:crypto';
import { topicNames } from '@tagservice/contracts';
import { kafkaTopicAdmin } from '@tagservice/event-bus';

/** A topic prefix of its own with its three topics. */
export async function createTopics(kafka: string): Promise<string> {
  const prefix = `test-${randomBytes(4).toString('hex')}`;
  const topics = topicNames(prefix);
  const admin = kafkaTopicAdmin({ brokers: [kafka], clientId: 'test' });
  for (const name of [topics.requests, topics.results, topics.deadLetters]) {
    await admin.create({ name, partitions: 3, replicationFactor: 1, configs: {} });
  }
  await admin.close();
  return prefix;
}
