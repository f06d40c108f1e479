import type { Deployment } from '@tagservice/controller-runtime';
import { parseDuration, parseQuantity, type PodSettings, type TagService } from '@tagservice/crd';
import { labels, selectorLabels, type Component } from '../children/labels.ts';
import { kafkaAccess } from '../kafka/kafka-access.ts';

export type PodTemplate = NonNullable<NonNullable<Deployment['spec']>['template']>;
export type PodSpec = NonNullable<PodTemplate['spec']>;
export type Container = PodSpec['containers'][number];

export const METRICS_PORT = 9090;
/** Any user but root; files that pods read are readable by this group. */
const USER = 10_001;

/** What is the same for every container of a restricted pod. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** What is the same for every restricted pod. */
export function restrictedPod(user: number) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Pods of one component keep away from each other, as far as nodes and zones allow. */
export function spread(service: TagService, component: Component): NonNullable<PodSpec['topologySpreadConstraints']> {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorLabels(service, component) },
  }));
}

/** Environment variables as a list in a fixed order, so that an equal resource makes an equal template. */
export function environmentList(values: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Volumes with where they are mounted. */
export type PodMounts = {
  readonly volumes: readonly NonNullable<PodSpec['volumes']>[number][];
  readonly mounts: readonly NonNullable<Container['volumeMounts']>[number][];
};

export type WorkloadOptions = {
  readonly service: TagService;
  readonly component: 'api' | 'compute';
  readonly name: string;
  readonly image: string;
  readonly pod: PodSettings;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: NonNullable<PodSettings['resources']>;
  /** Seconds between the request to stop and the first effect on the process, so that endpoints drop from all proxies first. */
  readonly drainSeconds?: number;
  /** Name of the Secret that holds the password of Redis under `password`. */
  readonly passwordSecret: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What only this component reads. */
  readonly files?: PodMounts;
};

/** Where the password of Redis is mounted. */
export const PASSWORD_FILE = '/etc/tagservice/redis/password';

/** The pod of the API or of the workers. */
export function podTemplate(options: WorkloadOptions): PodTemplate {
  const { service, component, pod } = options;
  const { pullSecrets } = service.spec.images;
  const spec: PodSpec = {
    serviceAccountName: options.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod(USER),
    terminationGracePeriodSeconds: graceSeconds(pod),
    topologySpreadConstraints: spread(service, component),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(Object.keys(pod.nodeSelector).length > 0 && { nodeSelector: pod.nodeSelector }),
    ...(pod.tolerations.length > 0 && { tolerations: pod.tolerations.map(withoutEmpty) }),
    containers: [mainContainer(options)],
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
      {
        name: 'redis-password',
        secret: {
          secretName: options.passwordSecret,
          defaultMode: 0o440,
          items: [{ key: 'password', path: 'password' }],
        },
      },
      ...kafkaAccess(service).volumes,
      ...(options.files?.volumes ?? []),
    ],
  };
  const annotations = { ...pod.annotations, ...options.annotations };
  return {
    metadata: {
      labels: labels(service, component, options.image),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec,
  };
}

function mainContainer(options: WorkloadOptions): Container {
  const { service, component, pod } = options;
  return {
    name: component,
    image: options.image,
    imagePullPolicy: service.spec.images.pullPolicy,
    ports: options.ports.map((port) => ({ ...port, protocol: 'TCP' })),
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      ...environmentList(options.environment),
      ...declaredVariables(options),
    ],
    resources: mergeResources(options.resources, pod.resources),
    securityContext: restrictedContainer,
    startupProbe: probe('startup', { periodSeconds: 1, failureThreshold: 120 }),
    readinessProbe: probe('ready', { periodSeconds: 2, failureThreshold: 2 }),
    livenessProbe: probe('live', { periodSeconds: 10, failureThreshold: 3 }),
    ...(options.drainSeconds !== undefined && { lifecycle: { preStop: { sleep: { seconds: options.drainSeconds } } } }),
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'redis-password', mountPath: PASSWORD_FILE.slice(0, PASSWORD_FILE.lastIndexOf('/')), readOnly: true },
      ...kafkaAccess(service).mounts,
      ...(options.files?.mounts ?? []),
    ],
  };
}

/** What the resource adds; what the operator itself sets wins. */
function declaredVariables({ pod, environment }: WorkloadOptions): NonNullable<Container['env']> {
  return pod.env
    .filter(({ name }) => name !== 'POD_NAME' && !Object.hasOwn(environment, name))
    .map(({ name, value, valueFrom }) => ({
      name,
      ...(value !== undefined && { value }),
      ...(valueFrom !== undefined && { valueFrom }),
    }));
}

function probe(kind: 'startup' | 'ready' | 'live', timing: { periodSeconds: number; failureThreshold: number }) {
  return {
    httpGet: { path: `/health/${kind}`, port: 'metrics', scheme: 'HTTP' },
    timeoutSeconds: 2,
    successThreshold: 1,
    ...timing,
  };
}

type Amounts = Readonly<Record<string, string | number>>;

/**
 * A declared part (requests, limits) adds to the default of that part, name by name. A default gives way to what is declared of the same name: a
 * request above the default limit raises that limit, a limit below the default request lowers that request.
 */
export function mergeResources(base: NonNullable<PodSettings['resources']>, declared: PodSettings['resources']) {
  const { requests = {}, limits = {} } = declared ?? {};
  return {
    requests: { ...fitting(base.requests, limits, Math.min), ...texts(requests) },
    limits: { ...fitting(base.limits, requests, Math.max), ...texts(limits) },
  };
}

/** Defaults that `choose` prefers to what is declared of the other part; else what is declared there. */
function fitting(
  defaults: Amounts = {},
  declared: Amounts,
  choose: (...amounts: number[]) => number,
): Record<string, string> {
  const entries = Object.entries(defaults).map(([name, amount]) => {
    const other = declared[name];
    const isFine = other === undefined || choose(parseQuantity(amount), parseQuantity(other)) === parseQuantity(amount);
    return [name, String(isFine ? amount : other)] as const;
  });
  return Object.fromEntries(entries);
}

const texts = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)]));

/** Whole seconds from the request to stop until the pod is killed. */
export function graceSeconds(pod: PodSettings): number {
  return Math.ceil(parseDuration(pod.terminationGracePeriod) / 1000);
}

/** The API server drops empty fields of a toleration; sending them would look like a difference for ever. */
function withoutEmpty(toleration: PodSettings['tolerations'][number]) {
  return Object.fromEntries(Object.entries(toleration).filter(([, value]) => value !== ''));
}
