import { acknowledgingFewerThanReplicas, sizeBetween, storageFixed } from '../rules.ts';
import { OBJECT_NAME, section, size, text, whole } from '../schema-kit.ts';

export const redisSchema = section(
  'The store of tags and jobs: a StatefulSet whose pod 0 takes the writes and whose other pods copy it.',
  {
    replicas: whole(
      'Pods, the primary included. Default 3. With 1 there is no copy: tags are made again from new requests if its volume is lost.',
      {
        min: 1,
        max: 9,
      },
    ).default(3),
    storage: section(
      'Volume of each pod. Immutable. Volumes outlive the resource unless kafka.deletionPolicy is Delete.',
      {
        size: size(
          'Size of each volume. Default 8Gi. Keep it at twice maxMemory or more, because the log is rewritten beside the old one.',
          {
            rule: sizeBetween('redis.storage.size', '64Mi', '16Ti'),
          },
        ).default('8Gi'),
        className: text(
          "StorageClass of the volumes. Default: the cluster's. With none the pods stay Pending and RedisReady says so.",
          {
            max: 253,
            pattern: OBJECT_NAME,
          },
        ).exactOptional(),
      },
      { rules: [storageFixed] },
    ),
    maxMemory: size(
      'Memory for data in each pod. Default 1Gi. When it is full, writes are refused and nothing is evicted. The pod requests a quarter more and may use twice as much, because saving copies pages.',
      {
        rule: sizeBetween('redis.maxMemory', '16Mi', '512Gi'),
      },
    ).default('1Gi'),
    durability: section('When a write counts as safe.', {
      acknowledgingReplicas: whole(
        'Copies beside the primary that must have a result before its job is done. Default 1, or 0 where replicas is 1. With fewer in reach for 2 s the primary refuses writes.',
        { min: 0, max: 8 },
      ).exactOptional(),
    }),
  },
  { rules: [acknowledgingFewerThanReplicas] },
);
