import { computeEnvironment as names } from '@tagservice/contracts';
import { parseDuration, parseQuantity, type TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { clusterService, deployment, disruptionBudget, serviceAccount } from '../workload/deployment.ts';
import { commonVariables } from '../workload/environment.ts';
import { METRICS_PORT, podTemplate } from '../workload/pod-template.ts';
import type { WorkloadPlan } from '../workload/workload.step.ts';

const resources = { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } };

/** The workers as they shall be. No traffic comes in, so a pod may stop at once: it leaves its group by itself. */
export function planCompute(service: TagService, image: string): WorkloadPlan {
  const { compute: name, redisAuth } = namesOf(service);
  const named = { service, component: 'compute', name } as const;
  const environment = { ...commonVariables(service, 'compute', 0), ...computeVariables(service.spec.compute) };
  const ports = [{ name: 'metrics', containerPort: METRICS_PORT }];
  const template = podTemplate({
    ...named,
    image,
    pod: service.spec.compute.pod,
    environment,
    ports,
    resources,
    passwordSecret: redisAuth,
    annotations: {},
  });
  return {
    account: serviceAccount(named),
    service: clusterService({
      ...named,
      headless: true,
      ports: [{ name: 'metrics', port: METRICS_PORT, targetPort: 'metrics' }],
    }),
    deployment: deployment({ ...named, template }),
    budget: disruptionBudget(named),
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
    [names.fetchBodyBytes]: String(parseQuantity(fetch.bodyBytes)),
    ...(fetch.userAgent !== undefined && { [names.fetchUserAgent]: fetch.userAgent }),
    ...(fetch.allowedNetworks.length > 0 && { [names.fetchAllowedNetworks]: fetch.allowedNetworks.join(',') }),
    [names.tagsMax]: String(tags.max),
    [names.tagsMinimumScore]: String(tags.minimumScore),
  };
}
