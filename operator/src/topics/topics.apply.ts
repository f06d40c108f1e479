import { TopicRefused, type TopicAdmin } from '@tagservice/event-bus';
import type { StalledReason, WaitingReason } from '../reasons.ts';
import type { TopicAction } from './topics.plan.ts';

/** Why one topic is not as declared. */
export type TopicProblem = {
  readonly topic: string;
  readonly reason: StalledReason | WaitingReason;
  readonly message: string;
};

/** The plan was not carried out to its end: nobody waits for it any more. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
}

/**
 * Carries out a plan. What the broker refuses for one topic stops no other; an unreachable broker ends it (BusUnavailable). Once the signal is
 * aborted no further change is made, so that a slow run cannot bring back topics that are deleted meanwhile.
 */
export async function applyTopics(
  admin: TopicAdmin,
  actions: readonly TopicAction[],
  signal: AbortSignal,
): Promise<readonly TopicProblem[]> {
  const problems: TopicProblem[] = [];
  for (const action of actions) {
    if (signal.aborted) throw new AbandonedError('the time for changing topics is over');
    const problem = await applyAction(admin, action);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

async function applyAction(admin: TopicAdmin, action: TopicAction): Promise<TopicProblem | undefined> {
  try {
    return await carryOut(admin, action);
  } catch (error) {
    if (!(error instanceof TopicRefused)) throw error;
    return {
      topic: error.topic,
      reason: 'TopicRefused',
      message: `Kafka refuses to ${verbOf(action)}: ${error.message}; correct spec.kafka or the brokers`,
    };
  }
}

async function carryOut(admin: TopicAdmin, action: TopicAction): Promise<TopicProblem | undefined> {
  switch (action.kind) {
    case 'create':
      await admin.create(action.spec);
      return undefined;
    case 'grow':
      await admin.grow(action.name, action.partitions);
      return undefined;
    case 'configure':
      await admin.alterConfigs(action.name, action.configs);
      return undefined;
    case 'refuse':
      return { topic: action.name, reason: action.reason, message: action.message };
  }
}

function verbOf(action: TopicAction): string {
  switch (action.kind) {
    case 'create':
      return `create topic ${action.spec.name} with ${action.spec.partitions} partitions and replication factor ${action.spec.replicationFactor}`;
    case 'grow':
      return `raise topic ${action.name} to ${action.partitions} partitions`;
    case 'configure':
      return `set ${Object.entries(action.configs)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')} on topic ${action.name}`;
    case 'refuse':
      return `change topic ${action.name}`;
  }
}
