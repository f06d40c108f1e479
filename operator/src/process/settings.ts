import { LOG_LEVELS, parseEnvironment, variable, type Environment } from '@tagservice/service-kit';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

const schema = z.object({
  POD_NAMESPACE: variable(z.string().regex(NAME), { remedy: 'Set it to metadata.namespace by the downward API.' }),
  POD_NAME: variable(z.string().regex(NAME), { remedy: 'Set it to metadata.name by the downward API.' }),
  METRICS_API_PORT: variable(port.default(6_443), { remedy: 'Give a port from 1 to 65535.' }),
  METRICS_API_SERVICE: variable(z.string().regex(NAME).default('tagservice-operator'), {
    remedy: 'Give the name of the Service in front of the operator.',
  }),
  EXTERNAL_METRICS: variable(z.enum(['true', 'false']).default('true'), { remedy: 'Give true or false.' }),
  HEALTH_PORT: variable(port.default(8_080), { remedy: 'Give a port from 1 to 65535.' }),
  IMAGE_API: variable(z.string().default('tagservice/api:latest'), { remedy: 'Give an image reference.' }),
  IMAGE_COMPUTE: variable(z.string().default('tagservice/compute:latest'), { remedy: 'Give an image reference.' }),
  IMAGE_REDIS: variable(z.string().default('redis:7'), { remedy: 'Give an image reference.' }),
  WATCH_NAMESPACE: variable(z.string().regex(NAME).optional(), {
    remedy: 'Give one namespace, or leave it empty for all.',
  }),
  LOG_LEVEL: variable(z.enum(LOG_LEVELS).default('info'), { remedy: `Give one of ${LOG_LEVELS.join(', ')}.` }),
});

/** What the operator is told by its environment. */
export type Settings = z.output<typeof schema>;

/** Reads the environment; throws ConfigurationError, which names variable, value and remedy. */
export function readSettings(environment: Environment): Settings {
  return parseEnvironment(schema, environment);
}

export const HELP = `tagservice-operator: makes what TagServices declare, and keeps it

Takes no arguments. Settings come from the environment:
  POD_NAMESPACE        namespace of the operator; its Lease and certificate live there (required)
  POD_NAME             name of this pod, its identity in the election of the leader (required)
  WATCH_NAMESPACE      look after one namespace only (default: all)
  IMAGE_API, IMAGE_COMPUTE, IMAGE_REDIS
                       images for TagServices that name none
  METRICS_API_PORT     HTTPS port of external.metrics.k8s.io (default 6443)
  METRICS_API_SERVICE  Service in front of that port (default tagservice-operator)
  EXTERNAL_METRICS     false: serve no metrics API, for clusters where another provider does (default true)
  HEALTH_PORT          port of /healthz, /readyz and /metrics (default 8080)
  LOG_LEVEL            ${LOG_LEVELS.join(', ')} (default info)
  KUBECONFIG           path of a kubeconfig (default: the pod's service account)

Ends with 0 after SIGTERM, with 1 when the lease is lost, with 78 when a setting cannot be used.
`;
