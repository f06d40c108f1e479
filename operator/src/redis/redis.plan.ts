import { createHash } from 'node:crypto';
import {
  type Applied,
  type ConfigMap,
  type PodDisruptionBudget,
  type Secret,
  type Service,
  type ServiceAccount,
  type StatefulSet,
} from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { labels, selectorLabels } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import { encodeSecret } from '../children/own-secret.ts';
import { clusterService, disruptionBudget, serviceAccount } from '../workload/deployment.ts';
import { replicationConf, usersAcl, type RedisPasswords } from './redis.access.ts';
import { DATA_VOLUME } from './redis.claims.ts';
import { liveScript, readyScript, REDIS_PORT, redisConf, startScript } from './redis.config.ts';
import { redisPodTemplate } from './redis.pod.ts';

/** The children of the store, in the order in which they are applied. */
export type RedisPlan = {
  readonly access: Applied<Secret>;
  readonly config: Applied<ConfigMap>;
  readonly account: Applied<ServiceAccount>;
  readonly headless: Applied<Service>;
  readonly primary: Applied<Service>;
  readonly budget: Applied<PodDisruptionBudget>;
  readonly statefulSet: Applied<StatefulSet>;
};

/** The store as it shall be: pure, so that an equal resource and equal passwords give equal children. */
export function planRedis(service: TagService, passwords: RedisPasswords, image: string): RedisPlan {
  const names = namesOf(service);
  const named = { service, component: 'redis', name: names.redis } as const;
  const files = {
    'redis.conf': redisConf(service.spec.redis),
    'start.sh': startScript,
    'ready.sh': readyScript,
    'live.sh': liveScript,
  };
  const access = encodeSecret({ 'users.acl': usersAcl(passwords), 'replication.conf': replicationConf(passwords) });
  const ports = [{ name: 'redis', port: REDIS_PORT, targetPort: 'redis' }];
  return {
    access: { metadata: { name: names.redisAccess, labels: labels(service, 'redis') }, type: 'Opaque', data: access },
    config: { metadata: { name: names.redis, labels: labels(service, 'redis') }, data: files },
    account: serviceAccount(named),
    // Copies must find the primary before it is ready, or neither could ever become ready first.
    headless: clusterService({ ...named, ports, headless: true, publishNotReady: true }),
    primary: clusterService({
      ...named,
      name: names.redisPrimary,
      ports,
      selector: { 'statefulset.kubernetes.io/pod-name': names.redisPrimaryPod },
    }),
    budget: disruptionBudget(named),
    statefulSet: statefulSet(service, image, contentHash({ files, access })),
  };
}

function statefulSet(service: TagService, image: string, hash: string): Applied<StatefulSet> {
  const { redis: name } = namesOf(service);
  const { replicas, storage } = service.spec.redis;
  return {
    metadata: { name, labels: labels(service, 'redis', image) },
    spec: {
      replicas,
      serviceName: name,
      // All at once: a copy waits for its primary by itself, and the primary is ready without copies.
      podManagementPolicy: 'Parallel',
      revisionHistoryLimit: 5,
      updateStrategy: { type: 'RollingUpdate' },
      // Deleting the StatefulSet by accident must not delete data; the finalizer deletes claims when the resource says so.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      selector: { matchLabels: selectorLabels(service, 'redis') },
      template: redisPodTemplate(service, image, hash),
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          // These can never change, so they carry no version.
          metadata: { name: DATA_VOLUME, labels: selectorLabels(service, 'redis') },
          spec: {
            accessModes: ['ReadWriteOnce'],
            volumeMode: 'Filesystem',
            ...(storage.className !== undefined && { storageClassName: storage.className }),
            resources: { requests: { storage: storage.size } },
          },
        },
      ],
    },
  };
}

/** Pods are rolled when this changes, because Redis reads its files only at the start. */
function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}
