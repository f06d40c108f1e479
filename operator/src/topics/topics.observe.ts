import type { TopicAdmin, TopicDescription, TopicSpec } from '@tagservice/event-bus';

/** The declared topics as Kafka has them now; those that do not exist are left out. */
export function observeTopics(admin: TopicAdmin, wanted: readonly TopicSpec[]): Promise<TopicDescription[]> {
  return admin.describe(wanted.map(({ name }) => name));
}
