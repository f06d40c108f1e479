/** The Kafka names of one TagService; all derive from its prefix, by default `<namespace>.<name>`. */
export interface TopicNames {
  /** Jobs: key = hash of the canonical URL, value = {@link TagRequest}. */
  readonly requests: string;
  /** Outcomes, for those who follow along: key = hash of the canonical URL, value = {@link TagOutcome}. */
  readonly results: string;
  /** Messages that no retry can help, with their reason: value = {@link DeadLetter}. */
  readonly deadLetters: string;
  /** Consumer group of the compute Deployment. */
  readonly computeGroup: string;
}

/** Names of the topics and of the consumer group under a prefix. */
export function topicNames(prefix: string): TopicNames {
  return {
    requests: `${prefix}.tag-requests`,
    results: `${prefix}.tag-results`,
    deadLetters: `${prefix}.tag-dead-letters`,
    computeGroup: `${prefix}.compute`,
  };
}

/** The prefix used where the resource declares none. */
export function defaultTopicPrefix(namespace: string, name: string): string {
  return `${namespace}.${name}`;
}
