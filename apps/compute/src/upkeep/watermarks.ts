import type { AssignedPartition, PartitionOffset } from '@tagservice/event-bus';
import type { TagStore } from '@tagservice/tag-store';
import type { ComputeMetrics } from '../compute-metrics.ts';

/** What is asked and told. */
export interface WatermarksOptions {
  readonly store: Pick<TagStore, 'readWatermarks'>;
  readonly metrics: ComputeMetrics;
}

/**
 * From where partitions are read. What Kafka has committed was durable in the store once; where the store has lost some since, it says so by
 * its watermark. Nothing there beside something committed: everything was lost.
 */
export function startsOf({ store, metrics }: WatermarksOptions) {
  return async (partitions: readonly AssignedPartition[]): Promise<readonly PartitionOffset[]> => {
    const topics = new Set(partitions.map(({ topic }) => topic));
    const known = new Map<string, ReadonlyMap<number, string>>();
    for (const topic of topics) known.set(topic, await store.readWatermarks(topic));
    return partitions.flatMap(({ topic, partition, committed }) => {
      const offset = known.get(topic)?.get(partition) ?? '0';
      const behind = committed === undefined ? 0n : BigInt(committed) - BigInt(offset);
      if (behind <= 0n) return [];
      metrics.reread.inc(Number(behind));
      return [{ topic, partition, offset }];
    });
  };
}
