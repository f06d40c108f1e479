import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { connect } from '@tagservice/controller-runtime';
import { kafkaTopicAdmin } from '@tagservice/event-bus/topic-admin';
import { configureOrExit, createLogger, createRegistry, Health, superviseProcess } from '@tagservice/service-kit';
import { startHealthServer } from './process/health-server.ts';
import { createOperator, type Operator } from './process/operator.ts';
import { HELP, readSettings, type Settings } from './process/settings.ts';

const GRACE_MS = 20_000;
/** A pod that is slower than this says nothing useful about the load of now. */
const SCRAPE_LIMIT_MS = 1_500;

if (process.argv.includes('--help')) process.stdout.write(HELP);
else await main(configureOrExit(readSettings));

async function main(settings: Settings): Promise<void> {
  const log = createLogger({ level: settings.LOG_LEVEL, base: { component: 'operator', pod: settings.POD_NAME } });
  const registry = createRegistry({});
  const health = new Health();
  const lost: { handle?: (reason: string) => void } = {};
  const operator = build(settings, { log, registry, onLost: (reason) => lost.handle?.(reason) });
  addChecks(health, operator, settings.EXTERNAL_METRICS === 'true');
  const server = await startHealthServer({ port: settings.HEALTH_PORT, health, registry });
  const lifecycle = superviseProcess({
    logger: log,
    health,
    graceMs: GRACE_MS,
    // Nothing is drained: the API server asks another replica of the metrics API as soon as this one is not ready.
    drainDelayMs: 0,
    stop: () => operator.stop().then(() => server.close()),
  });
  lost.handle = (reason) => {
    // Another process may lead already: nothing of this one may act any more.
    log.error({ reason }, 'the lease is lost');
    process.exit(1);
  };
  await operator.start().catch((error: unknown) => {
    lifecycle.fail(error, 'the operator cannot start');
  });
  log.info({ namespace: settings.WATCH_NAMESPACE ?? 'all' }, 'watching');
}

type Parts = {
  log: ReturnType<typeof createLogger>;
  registry: ReturnType<typeof createRegistry>;
  onLost: (reason: string) => void;
};

function build(settings: Settings, { log, registry, onLost }: Parts): Operator {
  const namespace = settings.POD_NAMESPACE;
  return createOperator({
    client: connect({ userAgent: 'tagservice-operator' }),
    images: { api: settings.IMAGE_API, compute: settings.IMAGE_COMPUTE, redis: settings.IMAGE_REDIS },
    openTopicAdmin: (cluster) => kafkaTopicAdmin({ ...cluster, clientId: 'tagservice-operator' }),
    readText: async (url) => (await fetch(url, { signal: AbortSignal.timeout(SCRAPE_LIMIT_MS) })).text(),
    registry,
    log,
    // A restarted container has the same pod name, but must not believe that it still leads.
    leaderElection: { namespace, name: 'tagservice-operator', identity: `${settings.POD_NAME}_${randomUUID()}` },
    ...(settings.EXTERNAL_METRICS === 'true' && {
      metricsApi: { port: settings.METRICS_API_PORT, namespace, service: settings.METRICS_API_SERVICE },
    }),
    ...(settings.WATCH_NAMESPACE !== undefined && { watchNamespace: settings.WATCH_NAMESPACE }),
    onLost,
  });
}

function addChecks(health: Health, operator: Operator, servesMetrics: boolean): void {
  health.add({
    name: 'lease',
    kinds: ['live'],
    check: () => ({ ok: !operator.manager.health().lost }),
  });
  health.add({
    name: 'caches',
    kinds: ['ready'],
    check: () => {
      const { synced, waitingFor, problems } = operator.manager.health();
      if (!synced) return { ok: false, detail: `waiting for the first list of ${waitingFor.join(', ')}` };
      const kinds = problems.map(({ resource }) => resource).join(', ');
      return { ok: true, ...(kinds !== '' && { detail: `cannot be followed now: ${kinds}` }) };
    },
  });
  health.add({
    name: 'definition',
    kinds: ['ready'],
    // It keeps serving metrics whatever definition is installed; it only changes nothing.
    check: () => {
      const detail = operator.definition.detail();
      return { ok: true, ...(detail !== undefined && { detail }) };
    },
  });
  if (!servesMetrics) return;
  health.add({
    name: 'metrics-api',
    kinds: ['ready'],
    check: () => {
      if (operator.metricsApi?.serving() === true) return { ok: true };
      return { ok: false, detail: operator.metricsApi?.problem() ?? 'not started' };
    },
  });
}
