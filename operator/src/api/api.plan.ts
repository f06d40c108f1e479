import { apiEnvironment as names } from '@tagservice/contracts';
import { parseDuration, type TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { clusterService, disruptionBudget, serviceAccount } from '../workload/deployment.ts';
import { commonVariables } from '../workload/environment.ts';
import { METRICS_PORT, podTemplate, type PodTemplate } from '../workload/pod-template.ts';
import type { WorkloadPlan } from '../workload/workload.step.ts';
import { apiAccess } from './api.access.ts';

const HTTP_PORT = 8080;
/** Proxies of all nodes learn within a second or two that a pod leaves; until then it goes on answering. */
const DRAIN_SECONDS = 3;
const resources = { requests: { cpu: '100m', memory: '192Mi' }, limits: { memory: '512Mi' } };

/** The pod of the API: pure, so that an equal resource gives an equal template. */
export function apiTemplate(service: TagService, image: string): PodTemplate {
  const { api: name, redisAuth } = namesOf(service);
  const { deadline, cache, pod } = service.spec.api;
  const access = apiAccess(service);
  const environment = {
    ...commonVariables(service, 'api', DRAIN_SECONDS * 1_000),
    [names.httpPort]: String(HTTP_PORT),
    ...access.env,
    ...admissionVariables(service.spec.api),
    [names.deadlineMs]: String(parseDuration(deadline)),
    [names.freshMs]: String(parseDuration(cache.freshFor)),
    [names.staleMs]: String(parseDuration(cache.serveStaleFor)),
  };
  const ports = [
    { name: 'http', containerPort: HTTP_PORT },
    { name: 'metrics', containerPort: METRICS_PORT },
  ];
  return podTemplate({
    service,
    component: 'api',
    name,
    image,
    pod,
    environment,
    ports,
    resources,
    drainSeconds: DRAIN_SECONDS,
    passwordSecret: redisAuth,
    annotations: {},
    files: access,
  });
}

/** Requests a minute of each tenant where nothing is declared. */
const USUAL_RATE = 600;

function admissionVariables({
  auth,
  limits,
  trustedProxies,
  priorities,
  throttle,
  features,
}: TagService['spec']['api']) {
  // Without tokens callers are counted by address, which only who knows what stands before the API can want.
  const perMinute = limits.requestsPerMinute ?? (auth.mode === 'JWT' ? USUAL_RATE : undefined);
  return {
    ...(perMinute !== undefined && {
      [names.requestsPerMinute]: String(perMinute),
      [names.burst]: String(limits.burst),
    }),
    ...(trustedProxies.length > 0 && { [names.trustedProxies]: trustedProxies.join(',') }),
    [names.bodyBytes]: String(limits.bodyBytes),
    [names.priorities]: [priorities.critical, priorities.normal, priorities.bulk].join(','),
    [names.throttle]: String(throttle),
    [names.features]: Object.entries(features)
      .map(([name, isOn]) => `${name}=${String(isOn)}`)
      .join(','),
  };
}

/** What stands around the pods of the API, whatever their revision. `followed` is the revision whose pods the budget protects. */
export function planApi(service: TagService, followed: string | undefined): WorkloadPlan {
  const named = { service, component: 'api', name: namesOf(service).api } as const;
  return {
    account: serviceAccount(named),
    service: clusterService({
      ...named,
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'metrics', port: METRICS_PORT, targetPort: 'metrics' },
      ],
    }),
    budget: disruptionBudget(named, followed),
  };
}
