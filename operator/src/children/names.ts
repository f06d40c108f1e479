import { defaultTopicPrefix, topicNames } from '@tagservice/contracts';
import type { TagService } from '@tagservice/crd';

/** The key of a service in memories: `namespace/name`. */
export const serviceKey = ({ metadata: { namespace, name } }: Pick<TagService, 'metadata'>): string =>
  `${namespace}/${name}`;

/** Names of everything that belongs to a TagService. */
export function namesOf({ metadata: { name, namespace }, spec }: TagService) {
  const prefix = spec.kafka.topicPrefix ?? defaultTopicPrefix(namespace, name);
  return {
    api: `${name}-api`,
    compute: `${name}-compute`,
    redis: `${name}-redis`,
    redisPrimary: `${name}-redis-primary`,
    redisPrimaryPod: `${name}-redis-0`,
    /** Passwords, made once. */
    redisAuth: `${name}-redis-auth`,
    /** The key pair of the API's tokens, made once. */
    apiKeys: `${name}-api-keys`,
    /** What follows from the passwords: access list and replication login. */
    redisAccess: `${name}-redis-access`,
    topicPrefix: prefix,
    topics: topicNames(prefix),
  };
}

export type Names = ReturnType<typeof namesOf>;
