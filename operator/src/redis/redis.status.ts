import type { Pod, StatefulSet } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { done, stalled, type Outcome } from '../step/outcome.ts';
import type { StepReport } from '../step/step.ts';
import { isReady } from '../workload/pods.observe.ts';
import { rolloutOutcome } from '../workload/rollout.status.ts';

/** What of the store was found. */
export type RedisView = { readonly live: StatefulSet | undefined; readonly pods: readonly Pod[]; readonly now: number };

/** Condition and status of the store. */
export function redisReport(service: TagService, { live, pods, now }: RedisView): StepReport {
  const { redis: name, redisPrimaryPod } = namesOf(service);
  const rollout = rolloutOutcome({ kind: 'StatefulSet', name, least: service.spec.redis.replicas, live, pods, now });
  const primary = pods.find((pod) => pod.metadata.name === redisPrimaryPod);
  return {
    outcomes: { RedisReady: rollout.kind === 'done' ? running(service, rollout.message) : rollout },
    status: { redis: primary !== undefined && isReady(primary) ? { primary: { pod: redisPrimaryPod } } : {} },
  };
}

function running(service: TagService, message: string): Outcome {
  const { redisPrimaryPod } = namesOf(service);
  const copies = service.spec.redis.replicas - 1;
  const role =
    copies === 0 ? `${redisPrimaryPod} has no copy (spec.redis.replicas is 1)` : `${redisPrimaryPod} takes writes`;
  return done('RedisRunning', `${message}; ${role}`);
}

/** The Secret with the passwords lacks keys; it is never rewritten, so a person has to decide. */
export function incompleteSecret(service: TagService, missing: readonly string[]): StepReport {
  const { redisAuth } = namesOf(service);
  const message = `Secret ${redisAuth} lacks usable values of ${missing.join(', ')}: put them back, or delete the Secret to get new passwords (all pods are then restarted)`;
  return { outcomes: { RedisReady: stalled('SecretIncomplete', message) } };
}
