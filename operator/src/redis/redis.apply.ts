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
import { labels } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import { ensureSecret } from '../children/own-secret.ts';
import { makePasswords, readPasswords } from './redis.access.ts';
import type { RedisPlan } from './redis.plan.ts';

/** The passwords, made at the first visit. */
export async function ensurePasswords(
  children: ChildWriter,
  service: TagService,
): Promise<ReturnType<typeof readPasswords>> {
  const { redisAuth: name } = namesOf(service);
  return readPasswords(await ensureSecret(children, { name, labels: labels(service, 'redis'), make: makePasswords }));
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
