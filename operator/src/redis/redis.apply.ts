import {
  ConfigMap,
  PodDisruptionBudget,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
} from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import type { ChildWriter } from '../children/child-writer.ts';
import { isManaged, labels } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import { encodeSecret, makePasswords, readPasswords } from './redis.access.ts';
import type { RedisPlan } from './redis.plan.ts';

/**
 * The passwords, made at the first visit and never rewritten: pods that run would be locked out. Only labels that somebody took away are put back:
 * without them the cache does not show the Secret, and no revision could be made of it.
 */
export async function ensurePasswords(
  children: ChildWriter,
  service: TagService,
): Promise<ReturnType<typeof readPasswords>> {
  const { redisAuth: name } = namesOf(service);
  const metadata = { name, labels: labels(service, 'redis') };
  const secret = await children.createOnce(Secret, name, () => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: encodeSecret(makePasswords()),
  }));
  if (!isManaged(secret)) await children.patch(Secret, secret, { patch: { metadata: { labels: metadata.labels } } });
  return readPasswords(secret.data);
}

/** Applies a plan; answers the StatefulSet as the API server has it. */
export async function applyRedis(children: ChildWriter, plan: RedisPlan): Promise<StatefulSet | undefined> {
  await children.apply(Secret, plan.access);
  await children.apply(ConfigMap, plan.config);
  await children.apply(ServiceAccount, plan.account);
  await children.apply(Service, plan.headless);
  await children.apply(Service, plan.primary);
  await children.apply(PodDisruptionBudget, plan.budget);
  return children.apply(StatefulSet, plan.statefulSet);
}
