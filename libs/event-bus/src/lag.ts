import type { PartitionLag, TopicEnds } from './topic-admin.port.ts';

/** Lag by partition. Nothing committed: the whole log. */
export function lagsOf(
  { partitions }: Pick<TopicEnds, 'partitions'>,
  committed: ReadonlyMap<number, bigint>,
): PartitionLag[] {
  return partitions.map(({ start, end }, partition) => {
    const next = committed.get(partition) ?? start;
    // An offset beyond the end was committed to a former topic of this name: the group will be sent back to the start.
    const from = next > end || next < start ? start : next;
    return { partition, lag: Number(end - from) };
  });
}
