import type { TopicAdmin } from '@tagservice/event-bus';
import type { ReadQueue } from './queue-wait.ts';

/** Looks at the topic of requests: what its group has not finished yet, and what it has. */
export function queueReader(
  admin: Pick<TopicAdmin, 'lag' | 'ends'>,
  { topic, group }: { readonly topic: string; readonly group: string },
): ReadQueue {
  return async () => {
    const [lag, [ends]] = await Promise.all([admin.lag(topic, group), admin.ends([topic])]);
    if (lag.kind === 'unknown' || ends === undefined) return undefined;
    const written = ends.partitions.reduce((sum, { end }) => sum + Number(end), 0);
    return { lag: lag.total, done: written - lag.total };
  };
}
