import { topicNames } from '@tagservice/contracts';
import { kafkaEventBus, kafkaTopicAdmin, securityFromFiles } from '@tagservice/event-bus';
import {
  Health,
  configureOrExit,
  createLogger,
  createRegistry,
  offerLogLevelSwitch,
  startManagementServer,
  startTracing,
  superviseProcess,
} from '@tagservice/service-kit';
import { redisCrawls, redisQuota, redisSideStore, redisTagStore } from '@tagservice/tag-store';
import { CRAWL_TIMER } from '@tagservice/crawls';
import { bullMqTimer } from '@tagservice/timers';
import { queueReader } from './admission/read-queue.ts';
import { createApi } from './create-api.ts';
import { observeBreakers } from './http/api-metrics.ts';
import { readApiSettings } from './settings/api-settings.ts';

/** The time that endpoints need to leave all proxies after readiness went false (kube-proxy and gateways: 1 to 2 s). */
const DRAIN_DELAY_MS = 2_000;
/** Less than the lease of a claim, so that whoever gives up on the broker can still withdraw the claim. */
const PUBLISH_TIMEOUT_MS = 3_000;
/** A look at the queue that takes longer is none. */
const QUEUE_LOOK_MS = 2_000;

const { common, port, policy } = configureOrExit(readApiSettings);
const base = { service: common.service, namespace: common.namespace, pod: common.pod, component: 'api' };
const logger = createLogger({ level: common.logLevel, base });
offerLogLevelSwitch({ logger });
const tracing = startTracing({
  service: `${common.service}-api`,
  ...common.tracing,
  attributes: { 'k8s.namespace.name': common.namespace, 'k8s.pod.name': common.pod },
});
const registry = createRegistry({ service: common.service, component: 'api' });
const health = new Health();
const bus = kafkaEventBus({
  brokers: common.kafka.brokers,
  clientId: common.kafka.clientId,
  security: securityFromFiles(common.kafka),
  logger,
  publishTimeoutMs: PUBLISH_TIMEOUT_MS,
});
const store = redisTagStore({ ...common.redis, logger, onBreaker: observeBreakers(registry) });
const side = redisSideStore({ ...common.redis, logger });
const crawls = redisCrawls({ ...common.redis, logger });
const crawlTimer = bullMqTimer({ ...common.redis, ...CRAWL_TIMER, deliveries: 1, logger });
const quota = redisQuota({ ...common.redis, logger });
const admin = kafkaTopicAdmin({
  brokers: common.kafka.brokers,
  clientId: common.kafka.clientId,
  security: securityFromFiles(common.kafka),
  timeoutMs: QUEUE_LOOK_MS,
});
const topics = topicNames(policy.topicPrefix);
const readQueue = queueReader(admin, { topic: topics.requests, group: topics.computeGroup });
const api = await createApi({ store, side, crawls, crawlTimer, bus, quota, readQueue, policy, logger, registry });
for (const check of api.checks) health.add(check);
const management = await startManagementServer({ port: common.metricsPort, health, registry });

superviseProcess({
  logger,
  health,
  graceMs: common.shutdownGraceMs,
  drainDelayMs: Math.min(DRAIN_DELAY_MS, common.shutdownGraceMs / 4),
  async stop() {
    await api.close();
    await bus.close();
    await store.close();
    await side.close();
    await crawls.close();
    await crawlTimer.close();
    await quota.close();
    await admin.close();
    await tracing.shutdown();
    await management.close();
  },
});

const listening = await api.listen(port);
const startMs = Math.round(performance.now());
logger.info({ port: listening, metricsPort: management.port, startMs }, 'listening');
