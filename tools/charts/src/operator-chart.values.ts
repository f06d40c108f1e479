import {
  choice,
  flag,
  kubernetesList,
  kubernetesObject,
  resources,
  section,
  text,
  textMap,
  texts,
  values,
  whole,
} from './values-kit.ts';

const imageReference = '^([a-zA-Z0-9][a-zA-Z0-9._\\-/:@]*)?$';
const namespaceName = '^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$';

export const operatorChartValues = values({
  replicas: whole(
    'Pods of the operator. One leads, the others wait to take over; with 1 a takeover needs a new pod.',
    2,
    { minimum: 1, maximum: 5 },
  ),
  image: section('The image of the operator.', {
    repository: text('Name without tag.', 'tagservice/operator', { pattern: '^[a-zA-Z0-9][a-zA-Z0-9._\\-/:]*$' }),
    tag: text("Tag. Empty: the chart's appVersion.", '', { pattern: '^([a-zA-Z0-9_][a-zA-Z0-9._\\-]{0,127})?$' }),
    digest: text('Digest (`sha256:...`); it wins over the tag.', '', { pattern: '^(sha256:[0-9a-f]{64})?$' }),
    pullPolicy: choice('When nodes pull.', 'IfNotPresent', ['Always', 'IfNotPresent', 'Never']),
    pullSecrets: texts('Names of Secrets of the release namespace with registry credentials.', []),
  }),
  serviceImages: section('Images that a TagService uses when it names none itself.', {
    api: text('HTTP service. Empty: `tagservice/api` with the tag of the operator.', '', { pattern: imageReference }),
    compute: text('Workers. Empty: `tagservice/compute` with the tag of the operator.', '', {
      pattern: imageReference,
    }),
    redis: text('Redis, version 7 or later.', 'redis:7', { pattern: imageReference }),
  }),
  crds: section('The definition of the TagService resource.', {
    enabled: flag('Install and upgrade it with this release. Turn off where another tool owns it.', true),
    keep: flag('Keep it on uninstall. Removing it removes every TagService in the cluster.', true),
  }),
  watchNamespace: text(
    'Reconcile TagServices of this namespace only, with rights in it alone. Empty: the whole cluster.',
    '',
    { pattern: namespaceName, maxLength: 63 },
  ),
  logLevel: choice('Least level that is logged.', 'info', ['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
  externalMetrics: section('The external metrics API that feeds the HorizontalPodAutoscalers.', {
    enabled: flag(
      'Serve it. A cluster has one such API: turn off where another program (KEDA, an adapter) must have it.',
      true,
    ),
  }),
  metrics: section('What Prometheus reads.', {
    serviceMonitor: section('A ServiceMonitor of the Prometheus Operator.', {
      enabled: flag('Make one. Needs the definition of `monitoring.coreos.com/v1` in the cluster.', false),
      interval: text('Time between two readings.', '30s', { pattern: '^[0-9]+(ms|s|m)$' }),
      labels: textMap('Labels by which a Prometheus selects it.'),
    }),
  }),
  serviceAccount: section('The identity of the operator.', {
    create: flag('Make it. Otherwise it must be there under `name`.', true),
    name: text('Name. Empty: the name of the release.', '', { maxLength: 253 }),
    annotations: textMap('Annotations, for identities of a cloud.'),
  }),
  rbac: section('The rights of the operator.', {
    create: flag('Make the roles and their bindings.', true),
  }),
  podDisruptionBudget: section('How many pods a drain leaves.', {
    enabled: flag('Make one that keeps one pod, if there are at least two.', true),
  }),
  resources: resources('Compute resources of a pod.', {
    requests: { cpu: '50m', memory: '128Mi' },
    limits: { memory: '512Mi' },
  }),
  priorityClassName: text('PriorityClass of the pods, which must exist. Empty: the default of the cluster.', '', {
    maxLength: 253,
  }),
  podAnnotations: textMap('Annotations of the pods.'),
  podLabels: textMap('Labels of the pods, beside our own.'),
  nodeSelector: textMap('Labels of the nodes on which pods may run.', { 'kubernetes.io/os': 'linux' }),
  tolerations: kubernetesList('Taints of nodes that the pods accept.'),
  affinity: kubernetesObject('Affinity of the pods. Empty: prefer different nodes.'),
  topologySpread: flag('Spread the pods over zones and nodes, as far as there are any.', true),
  fullnameOverride: text('Name of every object. Empty: made from the release.', '', {
    pattern: '^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$',
    maxLength: 63,
  }),
});
