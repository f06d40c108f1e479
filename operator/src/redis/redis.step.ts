import type { Step } from '../step/step.ts';
import { podsOf } from '../workload/pods.observe.ts';
import { applyRedis, ensurePasswords } from './redis.apply.ts';
import { planRedis } from './redis.plan.ts';
import { incompleteSecret, redisReport } from './redis.status.ts';

/** The store: passwords, configuration, Services, StatefulSet. */
export const redisStep: Step = {
  concern: 'redis',
  reports: ['RedisReady'],
  async run({ service, images, children, cache, now }) {
    const passwords = await ensurePasswords(children, service);
    if ('missing' in passwords) return incompleteSecret(service, passwords.missing);
    const plan = planRedis(service, passwords, service.spec.images.redis ?? images.redis);
    const live = await applyRedis(children, plan);
    return redisReport(service, { live, pods: podsOf(cache, service, 'redis'), now: now() });
  },
};
