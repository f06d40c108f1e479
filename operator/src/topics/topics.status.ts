import type { PlannedChange, TagServiceStatus } from '@tagservice/crd';
import type { TopicDescription } from '@tagservice/event-bus/topic-admin';
import { reasonEntry } from '../reasons.ts';
import type { AdvisoryReason, StalledReason, WaitingReason } from '../reasons.ts';
import { shorten } from '../service/conditions.ts';
import { advisory, done, stalled, waiting, type Outcome } from '../step/outcome.ts';
import type { Correction } from '../step/correction.ts';
import type { Applied } from './topics.apply.ts';
import { IN_SYNC, settingsNow, settingsOf, type TopicRecord, type WantedTopic } from './topics.plan.ts';
import type { TopicProblem } from './topics.problem.ts';

export type TopicsResult = {
  readonly outcome: Outcome;
  readonly topics: NonNullable<TagServiceStatus['topics']>;
  readonly corrections?: readonly Correction[];
  /** In mode Plan. */
  readonly planned?: readonly PlannedChange[];
  /** With frozen topics. */
  readonly held?: readonly string[];
};

/** Longest message of one topic in status, in bytes. */
const MESSAGE_BYTES = 500;

export type Look = {
  readonly wanted: readonly WantedTopic[];
  readonly found: readonly TopicDescription[];
  readonly last: readonly TopicRecord[];
  readonly applied: Pick<Applied, 'problems' | 'corrections' | 'moving'>;
};

/** Condition and status of the topics after a look at Kafka. */
export function topicsResult({ wanted, found, last, applied }: Look): TopicsResult {
  const byName = new Map(found.map((topic) => [topic.name, topic]));
  const records = new Map(last.map((topic) => [topic.name, topic]));
  const problems = [
    ...applied.problems,
    ...offlineProblems(found),
    ...found.flatMap((topic) => replacedProblem(topic, records.get(topic.name))),
    ...missingProblems(wanted, [...byName.keys(), ...applied.problems.map(({ topic }) => topic)]),
    ...inSyncProblems(wanted, byName, applied.problems),
  ];
  const topics = wanted.map((spec) => {
    const problem = first(problems.filter(({ topic }) => topic === spec.name));
    const record = topicRecord(spec, byName.get(spec.name), records.get(spec.name));
    const moving = applied.moving.get(spec.name);
    return { ...record, ...(moving !== undefined && { moving }), ...readiness(problem) };
  });
  return { outcome: outcomeOf(problems, wanted), topics, corrections: applied.corrections };
}

function readiness(problem: TopicProblem | undefined): Pick<TopicRecord, 'ready' | 'reason' | 'message'> {
  if (problem === undefined) return { ready: true };
  return { ready: false, reason: problem.reason, message: shorten(problem.message, MESSAGE_BYTES) };
}

function topicRecord(
  spec: WantedTopic,
  topic: TopicDescription | undefined,
  last: TopicRecord | undefined,
): Omit<TopicRecord, 'ready'> {
  const applied = appliedSettings(spec, topic, last);
  return {
    name: spec.name,
    partitions: topic?.partitions ?? 0,
    ...(topic !== undefined && { replicationFactor: topic.replicationFactor }),
    ...identities(topic, last),
    ...(Object.keys(applied).length > 0 && { applied }),
  };
}

/** What is not seen may be there all the same: its identity is kept until another one is seen. */
function identities(
  topic: TopicDescription | undefined,
  last: TopicRecord | undefined,
): Pick<TopicRecord, 'id' | 'formerId'> {
  const id = topic?.id ?? last?.id;
  const formerId = isReplaced(topic, last) ? last?.id : last?.formerId;
  return { ...(id !== undefined && { id }), ...(formerId !== undefined && { formerId }) };
}

/** What was declared when each setting was last seen to be as declared. */
function appliedSettings(
  spec: WantedTopic,
  topic: TopicDescription | undefined,
  last: TopicRecord | undefined,
): Record<string, string> {
  const before = last?.applied ?? {};
  const present: Readonly<Record<string, string | undefined>> =
    topic === undefined
      ? {}
      : { ...topic.configs, partitions: String(topic.partitions), replicationFactor: String(topic.replicationFactor) };
  // While copies are on their way a setting may be held at another value than declared: that is what was applied, then.
  const now = topic === undefined ? settingsOf(spec) : settingsNow(spec, topic);
  const entries = Object.entries(settingsOf(spec)).map(([setting, declared]) => {
    const found = present[setting];
    return [
      setting,
      found !== undefined && [declared, now[setting]].includes(found) ? found : before[setting],
    ] as const;
  });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function isReplaced(topic: TopicDescription | undefined, last: TopicRecord | undefined): boolean {
  return topic !== undefined && last?.id !== undefined && topic.id !== last.id;
}

function replacedProblem(topic: TopicDescription, last: TopicRecord | undefined): TopicProblem[] {
  if (!isReplaced(topic, last)) return [];
  const message = `topic ${topic.name} was deleted by somebody and made anew (identity ${last?.id ?? ''} is now ${topic.id}): what it held is gone, offsets begin at 0 again and so do the workers; look for jobs that never end, and find out who deletes topics`;
  return [{ topic: topic.name, reason: 'TopicReplaced', message }];
}

/** While no broker answers, what was known stays, but nothing is called ready. */
export function blockedResult(options: {
  wanted: readonly WantedTopic[];
  last: readonly TopicRecord[];
  outcome: Outcome;
}): TopicsResult {
  const topics = options.wanted.map(({ name }) => {
    const last = options.last.find((topic) => topic.name === name);
    const { message: _message, reason: _reason, ...kept } = { partitions: 0, ...last };
    return { ...kept, name, ready: false, reason: options.outcome.reason };
  });
  return { outcome: options.outcome, topics };
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

/** A topic that asks for fewer in-sync copies than declared, because it does not have them; unless a move that is told of explains it. */
function inSyncProblems(
  wanted: readonly WantedTopic[],
  found: ReadonlyMap<string, TopicDescription>,
  told: readonly TopicProblem[],
): TopicProblem[] {
  return wanted.flatMap((spec) => {
    const topic = found.get(spec.name);
    if (topic === undefined || told.some((problem) => problem.topic === spec.name)) return [];
    const [now, declared] = [settingsNow(spec, topic)[IN_SYNC], spec.configs[IN_SYNC]];
    if (now === declared) return [];
    const message = `topic ${spec.name} accepts writes with ${now ?? ''} in-sync copies, ${declared ?? ''} are declared, and not every partition has them: bring brokers back`;
    return [{ topic: spec.name, reason: 'ReplicationBlocked', message }];
  });
}

/** A topic that was just created may not be described yet. */
function missingProblems(wanted: readonly WantedTopic[], known: readonly string[]): TopicProblem[] {
  return wanted
    .filter(({ name }) => !known.includes(name))
    .map(({ name }) => ({ topic: name, reason: 'Checking', message: `topic ${name} is being made` }));
}

function outcomeOf(problems: readonly TopicProblem[], wanted: readonly WantedTopic[]): Outcome {
  const worst = first(problems);
  if (worst === undefined) {
    const list = wanted
      .map(({ name, partitions }) => `${name} (${partitions} ${partitions === 1 ? 'partition' : 'partitions'})`)
      .join(', ');
    return done('TopicsAsDeclared', `${list} are as declared`);
  }
  const ordered = [worst, ...problems.filter((problem) => problem !== worst)];
  return outcomeFor(worst.reason, ordered.map(({ message }) => message).join('; '));
}

const severity = { stalled: 2, waiting: 1 } as const;
const weightOf = ({ reason }: TopicProblem): number => {
  const kind = reasonEntry(reason)?.kind;
  return kind === 'stalled' || kind === 'waiting' ? severity[kind] : 0;
};

/** The problem that explains most: one that somebody has to solve before one that passes, and that before what is only worth knowing. */
function first(problems: readonly TopicProblem[]): TopicProblem | undefined {
  return problems.toSorted((left, right) => weightOf(right) - weightOf(left))[0];
}

/** The outcome that fits a reason's kind. */
export function outcomeFor(reason: TopicProblem['reason'], message: string): Outcome {
  const kind = reasonEntry(reason)?.kind;
  if (kind === 'stalled') return stalled(reason as StalledReason, message);
  return kind === 'advisory' ? advisory(reason as AdvisoryReason, message) : waiting(reason as WaitingReason, message);
}
