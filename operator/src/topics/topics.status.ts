import type { TagServiceStatus } from '@tagservice/crd';
import type { TopicDescription, TopicSpec } from '@tagservice/event-bus';
import { reasonEntry } from '../reasons.ts';
import { done, stalled, waiting, type Outcome } from '../step/outcome.ts';
import type { StalledReason, WaitingReason } from '../reasons.ts';
import type { TopicProblem } from './topics.apply.ts';

export type TopicsResult = { readonly outcome: Outcome; readonly topics: NonNullable<TagServiceStatus['topics']> };

/** Condition and status of the topics after a look at Kafka. */
export function topicsResult(options: {
  wanted: readonly TopicSpec[];
  found: readonly TopicDescription[];
  problems: readonly TopicProblem[];
}): TopicsResult {
  const problems = [...options.problems, ...offlineProblems(options.found), ...missingProblems(options)];
  const troubled = new Set(problems.map(({ topic }) => topic));
  const byName = new Map(options.found.map((topic) => [topic.name, topic]));
  const topics = options.wanted.map(({ name }) => {
    const topic = byName.get(name);
    return {
      name,
      partitions: topic?.partitions ?? 0,
      ...(topic?.id !== undefined && { id: topic.id }),
      ready: topic !== undefined && !troubled.has(name),
    };
  });
  return { outcome: outcomeOf(problems, options.wanted), topics };
}

/** While no broker answers, what was known stays, but nothing is called ready. */
export function unreachableResult(options: {
  wanted: readonly TopicSpec[];
  brokers: readonly string[];
  problem: string;
  last: TagServiceStatus['topics'];
}): TopicsResult {
  const topics = options.wanted.map(({ name }) => {
    const last = options.last?.find((topic) => topic.name === name);
    return { partitions: 0, ...last, name, ready: false };
  });
  const message = `no answer from spec.kafka.brokers ${options.brokers.join(', ')} (${options.problem}): check the addresses and that the brokers run; it is tried again by itself`;
  return { outcome: waiting('KafkaUnreachable', message), topics };
}

function offlineProblems(found: readonly TopicDescription[]): TopicProblem[] {
  return found
    .filter(({ offlinePartitions }) => offlinePartitions > 0)
    .map(({ name, partitions, offlinePartitions }) => ({
      topic: name,
      reason: 'PartitionsOffline',
      message: `${offlinePartitions} of ${partitions} partitions of topic ${name} have no leader: bring their brokers back`,
    }));
}

/** A topic that was just created may not be described yet. */
function missingProblems({ wanted, found, problems }: Parameters<typeof topicsResult>[0]): TopicProblem[] {
  const known = new Set([...found.map(({ name }) => name), ...problems.map(({ topic }) => topic)]);
  return wanted
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => ({ topic: name, reason: 'Checking', message: `topic ${name} is being made` }));
}

function outcomeOf(problems: readonly TopicProblem[], wanted: readonly TopicSpec[]): Outcome {
  if (problems.length === 0) {
    const list = wanted
      .map(({ name, partitions }) => `${name} (${partitions} ${partitions === 1 ? 'partition' : 'partitions'})`)
      .join(', ');
    return done('TopicsAsDeclared', `${list} are as declared`);
  }
  const isStalled = ({ reason }: TopicProblem): boolean => reasonEntry(reason)?.kind === 'stalled';
  const first = problems.find(isStalled) ?? problems[0];
  const message = problems.map((problem) => problem.message).join('; ');
  return first !== undefined && isStalled(first)
    ? stalled(first.reason as StalledReason, message)
    : waiting((first?.reason ?? 'Checking') as WaitingReason, message);
}
