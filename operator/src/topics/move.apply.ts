import { formatBytes } from '@tagservice/crd';
import type { TopicAdmin, TopicDescription } from '@tagservice/event-bus/topic-admin';
import { nextMoves, type MoveState } from './topics.move.ts';
import type { ChangeRules, TopicRecord, WantedTopic } from './topics.plan.ts';
import type { TopicProblem } from './topics.problem.ts';

/** Which replicas of a topic are held to the brokers' limits: all, so that the list need not follow the moves. */
export const THROTTLED_REPLICAS = [
  'leader.replication.throttled.replicas',
  'follower.replication.throttled.replicas',
] as const;

export type MoveInput = {
  readonly admin: TopicAdmin;
  readonly spec: WantedTopic;
  readonly found: TopicDescription;
  /** As the last status recorded it: only what stands there is known to survive a crash. */
  readonly last: TopicRecord | undefined;
  readonly rules: ChangeRules;
};

export type MoveResult = { readonly problem?: TopicProblem; readonly moving?: TopicRecord['moving'] };

/** Whether a topic's copies are on their way, or have to be. */
export function hasToMove({ spec, found, last }: Pick<MoveInput, 'spec' | 'found' | 'last'>): boolean {
  return last?.moving !== undefined || found.places.some(({ replicas }) => replicas.length !== spec.replicationFactor);
}

/**
 * Takes the move of a topic's copies one step further. The brokers that get a limit are recorded in status one look before the limit is set, so
 * that whatever dies in between, the next look knows what to take away at the end.
 */
export async function moveCopies(input: MoveInput): Promise<MoveResult> {
  const { admin, spec, found, last } = input;
  const [moves, brokers] = await Promise.all([admin.reassignments(spec.name), admin.brokers()]);
  const state = nextMoves({ places: found.places, moves, brokers, factor: spec.replicationFactor });
  const running = brokers.map(({ id }) => id);
  if (state.done === state.partitions && moves.length === 0) return await finish(input);
  if (last?.moving === undefined) return await announce(input, state, running);
  const throttled = last.moving.throttled.filter((id) => running.includes(id));
  if (state.under > 0 || state.targets.some(({ replicas }) => replicas !== null)) await limit(input, throttled);
  if (state.targets.length > 0) await admin.reassign(spec.name, state.targets);
  return progress(input, state, last.moving.throttled);
}

/** Tells that a move begins, and whose limits it will set; nothing is changed before that stands in status. */
async function announce(input: MoveInput, state: MoveState, running: readonly number[]): Promise<MoveResult> {
  // Somebody else moves partitions without changing how many copies they have: theirs to limit and to end.
  if (state.targets.length === 0 && state.blocked === undefined) return {};
  if (state.blocked !== undefined && state.under === 0) return { problem: blockedProblem(input, state) };
  return progress(input, state, await unlimitedBrokers(input.admin, running));
}

/** As many brokers as status has room for. In a larger cluster the others copy without a limit; a limit that is not recorded would stay for good. */
const MOST_LIMITED = 64;

/** Brokers that have no limit of somebody else, which would not be ours to take away. */
async function unlimitedBrokers(admin: TopicAdmin, brokers: readonly number[]): Promise<number[]> {
  const rates = await admin.replicationRates(brokers);
  return brokers.filter((id) => Object.keys(rates.get(id) ?? {}).length === 0).slice(0, MOST_LIMITED);
}

async function limit({ admin, spec, found, rules }: MoveInput, brokers: readonly number[]): Promise<void> {
  const rates = await admin.replicationRates(brokers);
  const unset = brokers.filter((id) => rates.get(id)?.leader !== String(rules.throttle));
  if (unset.length > 0) await admin.limitReplication(unset, rules.throttle);
  if (THROTTLED_REPLICAS.every((key) => found.configs[key] === '*')) return;
  await admin.alterConfigs(spec.name, Object.fromEntries(THROTTLED_REPLICAS.map((key) => [key, '*'])));
}

/** Takes the limits away. Only then status forgets them. */
async function finish({ admin, spec, last }: MoveInput): Promise<MoveResult> {
  if (last?.moving === undefined) return {};
  await unmarkReplicas(admin, spec.name);
  const left = await releaseBrokers(admin, last.moving.throttled);
  if (left.length === 0) return {};
  const message = `broker ${left.join(', ')} is away and keeps the limit on copying that was set for topic ${spec.name} until it is back`;
  const moving = { ...last.moving, done: last.moving.partitions, throttled: left };
  return { problem: { topic: spec.name, reason: 'ReplicationChanging', message }, moving };
}

const unmarkReplicas = (admin: TopicAdmin, topic: string): Promise<void> =>
  admin.alterConfigs(topic, Object.fromEntries(THROTTLED_REPLICAS.map((key) => [key, null])));

/** Nobody will look at these topics again: takes away what was set for their moves. The moves themselves go on. */
export async function leaveMoves(admin: TopicAdmin, topics: readonly TopicRecord[]): Promise<void> {
  for (const { name, moving } of topics) {
    if (moving === undefined) continue;
    await unmarkReplicas(admin, name);
    await releaseBrokers(admin, moving.throttled);
  }
}

/** Takes the limits of these brokers away. Answers those that are away, which keep theirs. */
export async function releaseBrokers(admin: TopicAdmin, brokers: readonly number[]): Promise<number[]> {
  const running = new Set((await admin.brokers()).map(({ id }) => id));
  const reachable = brokers.filter((id) => running.has(id));
  if (reachable.length > 0) await admin.limitReplication(reachable, null);
  return brokers.filter((id) => !running.has(id));
}

function progress(input: MoveInput, state: MoveState, throttled: readonly number[]): MoveResult {
  const { done, partitions } = state;
  const moving = { done, partitions, throttled: [...throttled] };
  if (state.blocked !== undefined) return { problem: blockedProblem(input, state), moving };
  const { name, replicationFactor } = input.spec;
  const copies = replicationFactor === 1 ? '1 copy' : `${replicationFactor} copies`;
  const message = `${done} of ${partitions} partitions of topic ${name} have ${copies}, the others are moved a few at a time at ${formatBytes(input.rules.throttle)} a second for each broker; nothing needs to be done`;
  return { problem: { topic: name, reason: 'ReplicationChanging', message }, moving };
}

function blockedProblem({ spec }: MoveInput, { blocked = '', done, partitions }: MoveState): TopicProblem {
  const message = `${done} of ${partitions} partitions of topic ${spec.name} have ${spec.replicationFactor} copies, and the others cannot get them: ${blocked}; bring brokers back or add some, or declare another ${spec.field}.replicationFactor`;
  return { topic: spec.name, reason: 'ReplicationBlocked', message };
}
