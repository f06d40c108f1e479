import { lagsOf } from '../../lag.ts';
import type { TopicEnds, TopicUse } from '../../topic-admin.port.ts';
import { Reader } from '../wire/bytes.ts';
import { describeGroups, listGroups } from '../wire/requests.ts';
import { legacyList, legacyText } from '../wire/types.ts';
import { check, type AdminClient } from './admin-client.ts';
import { readCommitted, readEnds } from './offsets.ts';

/** A group as the broker lists that looks after it. */
interface Group {
  readonly group: string;
  readonly state: string;
  readonly coordinator: number;
}

/** By topic, how many members of a group are subscribed to it. */
type Members = ReadonlyMap<string, number>;

/** Groups asked about at the same time, over one connection to each broker: a cluster may have thousands. */
const atOnce = 64;

/** Consumer groups of these topics: with members, or with committed offsets. */
export async function readUses(client: AdminClient, names: readonly string[]): Promise<TopicUse[]> {
  const topics = await readEnds(client, names);
  if (topics.length === 0) return [];
  const groups = await allGroups(client);
  const members = await membersByGroup(client, groups);
  const uses: TopicUse[] = [];
  for (let from = 0; from < groups.length; from += atOnce) {
    const some = groups.slice(from, from + atOnce);
    const found = some.map(async (group) =>
      usesOf(group, {
        topics,
        committed: await readCommitted(client, group, topics),
        members: members.get(group.group) ?? new Map<string, number>(),
      }),
    );
    uses.push(...(await Promise.all(found)).flat());
  }
  return uses;
}

/** Every broker knows only the groups that it looks after. */
async function allGroups({ cluster }: AdminClient): Promise<Group[]> {
  const { brokers } = await cluster.metadata([]);
  const answers = await Promise.all(
    brokers.map(async ({ id }) => ({ id, ...(await cluster.node(id, listGroups, { states: [] })) })),
  );
  return answers.flatMap(({ id, error, groups }) => {
    check(error);
    return groups.map(({ group, state }) => ({ group, state, coordinator: id }));
  });
}

async function membersByGroup(
  { cluster }: AdminClient,
  groups: readonly Group[],
): Promise<ReadonlyMap<string, Members>> {
  const byCoordinator = Map.groupBy(groups, ({ coordinator }) => coordinator);
  const answers = await Promise.all(
    Array.from(byCoordinator, ([coordinator, mine]) =>
      cluster.node(coordinator, describeGroups, { groups: mine.map(({ group }) => group), operations: false }),
    ),
  );
  return new Map(
    answers.flatMap((answer) =>
      answer.groups.map(({ error, group, members }) => {
        check(error);
        const names = members.flatMap(({ subscription }) => subscribedTopics(subscription));
        const counts = new Map(
          Array.from(
            Map.groupBy(names, (name) => name),
            ([name, all]) => [name, all.length],
          ),
        );
        return [group, counts] as const;
      }),
    ),
  );
}

/** States of a group without members. */
const idle: ReadonlySet<string> = new Set(['Empty', 'Dead', '']);

type Known = {
  readonly topics: readonly TopicEnds[];
  readonly committed: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
  readonly members: Members;
};

function usesOf({ group, state }: Group, { topics, committed, members }: Known): TopicUse[] {
  // Members of the newer group protocol (KIP-848) are not described to us: then the group counts as one where it has committed.
  const hidden = members.size === 0 && !idle.has(state) ? 1 : 0;
  return topics.flatMap((topic) => {
    const offsets = committed.get(topic.name) ?? new Map<number, bigint>();
    const subscribed = members.get(topic.name) ?? (offsets.size > 0 ? hidden : 0);
    if (offsets.size === 0 && subscribed === 0) return [];
    const lag = offsets.size === 0 ? 0 : lagsOf(topic, offsets).reduce((sum, part) => sum + part.lag, 0);
    return [{ group, topic: topic.name, members: subscribed, lag }];
  });
}

/**
 * Topics in a member's subscription: version, then names. While a group forms, and for other uses of Kafka's groups than consuming (Connect),
 * there is nothing there that we could read.
 */
export function subscribedTopics(subscription: Buffer): string[] {
  try {
    const reader = new Reader(subscription);
    reader.int16();
    return legacyList(legacyText)
      .read(reader)
      .filter((name) => name !== null);
  } catch {
    return [];
  }
}
