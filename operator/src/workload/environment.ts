import { commonEnvironment as names } from '@tagservice/contracts';
import { acknowledgingReplicas, parseDuration, type TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { kafkaAccess } from '../kafka/kafka-access.ts';
import { METRICS_PORT, PASSWORD_FILE } from './pod-template.ts';

/** Time kept between the end of the process's own grace and its killing, so that it can say what it left undone. */
const MARGIN_MS = 2_000;

/** The variables that the API and the workers have in common. POD_NAME comes from the pod itself. */
export function commonVariables(
  service: TagService,
  component: 'api' | 'compute',
  drainMs: number,
): Record<string, string> {
  const { name, namespace } = service.metadata;
  const { kafka, redis, observability } = service.spec;
  const { topicPrefix, redisPrimary } = namesOf(service);
  const { otlpEndpoint, sampleRatio } = observability.tracing;
  const grace = parseDuration(service.spec[component].pod.terminationGracePeriod);
  return {
    [names.serviceName]: name,
    [names.serviceNamespace]: namespace,
    [names.metricsPort]: String(METRICS_PORT),
    [names.kafkaBrokers]: kafka.brokers.join(','),
    [names.kafkaTopicPrefix]: topicPrefix,
    [names.kafkaClientId]: `${namespace}.${name}.${component}`,
    ...kafkaAccess(service).env,
    [names.redisUrl]: `redis://${redisPrimary}.${namespace}.svc:6379`,
    [names.redisUsername]: 'app',
    [names.redisPasswordFile]: PASSWORD_FILE,
    [names.redisAcknowledgingReplicas]: String(acknowledgingReplicas(redis)),
    [names.logLevel]: observability.logLevel,
    ...(otlpEndpoint !== undefined && { [names.otlpEndpoint]: otlpEndpoint }),
    [names.otelSampleRatio]: String(sampleRatio),
    [names.shutdownGraceMs]: String(Math.max(1_000, grace - drainMs - MARGIN_MS)),
  };
}
