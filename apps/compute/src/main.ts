import { kafkaEventBus, securityFromFiles } from '@tagservice/event-bus';
import {
  Health,
  configureOrExit,
  createLogger,
  createRegistry,
  offerDiagnostics,
  offerLogLevelSwitch,
  startManagementServer,
  startTracing,
  superviseProcess,
} from '@tagservice/service-kit';
import { CRAWL_TIMER } from '@tagservice/crawls';
import { redisCrawls, redisHostGate, redisTagStore } from '@tagservice/tag-store';
import { observeBreakers } from './compute-metrics.ts';
import { createCompute } from './create-compute.ts';
import { hostLimits } from './fetching/host-turns.ts';
import { bullMqTimer } from '@tagservice/timers';
import { readComputeSettings } from './settings/compute-settings.ts';

const { common, policy, recordRetentionMs, diagnostics } = configureOrExit(readComputeSettings);
const base = { service: common.service, namespace: common.namespace, pod: common.pod, component: 'compute' };
const logger = createLogger({ level: common.logLevel, base });
offerDiagnostics({ ...diagnostics, logger });
offerLogLevelSwitch({ logger });
const tracing = startTracing({
  service: `${common.service}-compute`,
  ...common.tracing,
  attributes: { 'k8s.namespace.name': common.namespace, 'k8s.pod.name': common.pod },
});
const registry = createRegistry({ service: common.service, component: 'compute' });
const health = new Health();
const bus = kafkaEventBus({
  brokers: common.kafka.brokers,
  clientId: common.kafka.clientId,
  security: securityFromFiles(common.kafka),
  logger,
});
const store = redisTagStore({
  ...common.redis,
  ...(recordRetentionMs === undefined ? {} : { recordRetentionMs }),
  logger,
  onBreaker: observeBreakers(registry),
});
const { timeoutMs, perHost } = policy.fetch;
const hostGate =
  perHost === undefined
    ? undefined
    : redisHostGate({ ...common.redis, limits: hostLimits({ timeoutMs, perHost }), logger });
/** What waits takes about 1.5 KiB of Redis each. */
const MOST_RETRIES = 10_000;
/** Each delivery is one acknowledged message to Kafka. */
const RETRIES = { name: 'retries', most: MOST_RETRIES, deliveries: 16 };
/** Runs of crawls that are under way here. */
const CRAWL_RUNS = 2;
const retries = bullMqTimer({ ...common.redis, ...RETRIES, logger });
const crawls = redisCrawls({ ...common.redis, logger });
const crawlTimer = bullMqTimer({ ...common.redis, ...CRAWL_TIMER, deliveries: CRAWL_RUNS, logger });
const compute = await createCompute({
  store,
  bus,
  retries,
  crawls,
  crawlTimer,
  policy,
  logger,
  registry,
  instance: common.pod,
  ...(hostGate !== undefined && { hostGate }),
  // The rest of the grace is for leaving the group and closing connections.
  graceMs: common.shutdownGraceMs * 0.8,
  onCrash: (error) => {
    lifecycle.fail(error, 'the consumer does not recover; leaving so that a new process takes its place');
  },
});
for (const check of compute.checks) health.add(check);
const management = await startManagementServer({ port: common.metricsPort, health, registry });

const lifecycle = superviseProcess({
  logger,
  health,
  graceMs: common.shutdownGraceMs,
  // Nobody sends requests here: there are no endpoints to wait for.
  drainDelayMs: 0,
  async stop() {
    await compute.close();
    await bus.close();
    await hostGate?.close();
    await crawls.close();
    await store.close();
    await tracing.shutdown();
    await management.close();
  },
});

await compute.start();
logger.info({ metricsPort: management.port, startMs: Math.round(performance.now()) }, 'started');
