import { computeEnvironment as names } from '@tagservice/contracts';
import { parseDuration, parseQuantity, type TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { clusterService, disruptionBudget, serviceAccount } from '../workload/deployment.ts';
import { commonVariables } from '../workload/environment.ts';
import { METRICS_PORT, podTemplate, type PodTemplate } from '../workload/pod-template.ts';
import type { WorkloadPlan } from '../workload/workload.step.ts';

const resources = { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } };

/** The pod of the workers. No traffic comes in, so a pod may stop at once: it leaves its group by itself. */
export function computeTemplate(service: TagService, image: string): PodTemplate {
  const { compute: name, redisAuth } = namesOf(service);
  return podTemplate({
    service,
    component: 'compute',
    name,
    image,
    pod: service.spec.compute.pod,
    environment: computeEnvironmentOf(service),
    ports: [{ name: 'metrics', containerPort: METRICS_PORT }],
    resources,
    passwordSecret: redisAuth,
    annotations: {},
  });
}

/** What the workers are told by their environment. */
export function computeEnvironmentOf(service: TagService): Record<string, string> {
  return { ...commonVariables(service, 'compute', 0), ...computeVariables(service.spec.compute) };
}

/** What stands around the workers, whatever their revision. `followed` is the revision whose pods the budget protects. */
export function planCompute(service: TagService, followed: string | undefined): WorkloadPlan {
  const named = { service, component: 'compute', name: namesOf(service).compute } as const;
  return {
    account: serviceAccount(named),
    service: clusterService({
      ...named,
      headless: true,
      ports: [{ name: 'metrics', port: METRICS_PORT, targetPort: 'metrics' }],
    }),
    budget: disruptionBudget(named, followed),
  };
}

function computeVariables({
  concurrency,
  attempts,
  fetch,
  tags,
}: TagService['spec']['compute']): Record<string, string> {
  return {
    [names.concurrency]: String(concurrency),
    [names.attempts]: String(attempts),
    [names.fetchTimeoutMs]: String(parseDuration(fetch.timeout)),
    [names.fetchBodyBytes]: String(Math.floor(parseQuantity(fetch.bodyBytes))),
    ...(fetch.userAgent !== undefined && { [names.fetchUserAgent]: fetch.userAgent }),
    ...(fetch.allowedNetworks.length > 0 && { [names.fetchAllowedNetworks]: fetch.allowedNetworks.join(',') }),
    [names.fetchRobots]: fetch.robots,
    [names.fetchPerHostConcurrency]: String(fetch.perHostConcurrency),
    [names.fetchPerHostIntervalMs]: String(parseDuration(fetch.perHostInterval)),
    [names.tagsMax]: String(tags.max),
    [names.tagsMinimumScore]: String(tags.minimumScore),
    ...(tags.keepFor !== undefined && { [names.recordRetentionMs]: String(parseDuration(tags.keepFor)) }),
  };
}
