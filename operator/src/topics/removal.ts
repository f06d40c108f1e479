import type { TagService } from '@tagservice/crd';
import type { TopicAdmin, TopicEnds, TopicUse } from '@tagservice/event-bus/topic-admin';
import { namesOf } from '../children/names.ts';
import { waiting, type Outcome } from '../step/outcome.ts';
import { shorten } from '../service/conditions.ts';
import { wantedTopics, type TopicRecord } from './topics.plan.ts';

/** What keeps the topics from being deleted; undefined when nothing does. */
export type Obstacle = Outcome | undefined;

/** How far the deletion of topics has come. */
export type Removal =
  | { readonly kind: 'gone' }
  | { readonly kind: 'waits'; readonly outcome: Outcome; readonly topics?: readonly TopicRecord[] };

const RETAIN = 'or set spec.kafka.deletionPolicy to Retain to leave the topics';

/** What waits in the topics, or reads them: deleting would lose work, or pull the ground from under somebody else. */
export async function obstacleTo(admin: TopicAdmin, service: TagService): Promise<Obstacle> {
  const { topics } = namesOf(service);
  const names = wantedTopics(service.spec.kafka, topics).map(({ name }) => name);
  const present = (await admin.describe(names, { configs: [] })).map(({ name }) => name);
  if (present.length === 0) return undefined;
  const own = present.includes(topics.requests) ? await ownLag(admin, topics) : undefined;
  const others = (await admin.uses(present)).filter(
    ({ group, members, lag }) => group !== topics.computeGroup && (members > 0 || lag > 0),
  );
  const found = [...(own === undefined ? [] : [own]), ...othersText(others)];
  return found.length === 0 ? undefined : waiting('DeletionBlocked', `${found.join('; ')}; ${RETAIN}`);
}

async function ownLag(
  admin: TopicAdmin,
  { requests, computeGroup }: { requests: string; computeGroup: string },
): Promise<string | undefined> {
  const lag = await admin.lag(requests, computeGroup);
  if (lag.kind === 'unknown') return `how much work waits in topic ${requests} is not known (${lag.reason})`;
  if (lag.total === 0) return undefined;
  return `${lag.total} messages of topic ${requests} wait for group ${computeGroup}: wait until the workers have done them`;
}

const GROUPS_TOLD = 3;

function othersText(others: readonly TopicUse[]): string[] {
  if (others.length === 0) return [];
  const told = others
    .slice(0, GROUPS_TOLD)
    .map(
      ({ group, topic, members, lag }) => `group ${group} has ${members} members and a lag of ${lag} on topic ${topic}`,
    );
  const more = others.length > GROUPS_TOLD ? [`${others.length - GROUPS_TOLD} more`] : [];
  return [`${[...told, ...more].join(', ')}: stop those consumers and delete their groups`];
}

/**
 * Deletes the topics in two looks. The first records in status which topics (by identity) will go, and their end offsets; the second deletes
 * exactly those. A topic that somebody made anew in between has another identity and stays.
 */
export async function removeTopics(admin: TopicAdmin, service: TagService): Promise<Removal> {
  const last = service.status?.topics ?? [];
  const names = wantedTopics(service.spec.kafka, namesOf(service).topics).map(({ name }) => name);
  const present = await admin.ends(names);
  const unrecorded = present.filter(({ name }) => last.find((topic) => topic.name === name)?.ends === undefined);
  if (unrecorded.length > 0) {
    const obstacle = await obstacleTo(admin, service);
    if (obstacle !== undefined) return { kind: 'waits', outcome: obstacle };
    const topics = last.filter(({ name }) => !unrecorded.some((topic) => topic.name === name));
    const records = unrecorded.map((topic) => recordOf(topic, last));
    return {
      kind: 'waits',
      outcome: waiting('TopicsBeingDeleted', deletionText(present)),
      topics: [...topics, ...records],
    };
  }
  const doomed = present.filter((topic) => last.some(({ name, id }) => name === topic.name && id === topic.id));
  for (const { name, id } of doomed) await admin.delete(name, { id });
  const left = await admin.describe(
    doomed.map(({ name }) => name),
    { configs: [] },
  );
  const still = left.filter((topic) => doomed.some(({ id }) => id === topic.id)).map(({ name }) => name);
  if (still.length === 0) return { kind: 'gone' };
  return { kind: 'waits', outcome: waiting('Deleting', `waiting for Kafka to delete ${still.join(', ')}`) };
}

function recordOf({ name, id, partitions }: TopicEnds, last: readonly TopicRecord[]): TopicRecord {
  const before = last.find((topic) => topic.name === name);
  const kept = before ?? { name, partitions: partitions.length, ready: false };
  return { ...kept, id, ready: false, ends: endsText(partitions) };
}

/** Longest list of offsets in status and in an event, in bytes. */
const LIST_BYTES = 900;

/** `partition:next offset` for each partition, and the number of messages ever written where the list is too long. */
export function endsText(partitions: TopicEnds['partitions']): string {
  const total = partitions.reduce((sum, { end }) => sum + end, 0n);
  const list = partitions.map(({ end }, partition) => `${partition}:${end}`).join(' ');
  if (Buffer.byteLength(list) <= LIST_BYTES) return list;
  return `${shorten(list, LIST_BYTES)} (${partitions.length} partitions, ${total} messages in all)`;
}

function deletionText(topics: readonly TopicEnds[]): string {
  const share = Math.floor(LIST_BYTES / topics.length) - 100;
  const told = topics.map(
    ({ name, id, partitions }) => `${name} (${id}) ends at ${shorten(endsText(partitions), Math.max(50, share))}`,
  );
  return `nothing waits in the topics and nobody else reads them; they are deleted now: ${told.join('; ')}`;
}
