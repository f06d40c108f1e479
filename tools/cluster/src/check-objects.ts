import { stringify } from 'yaml';
import { pauseImage } from './images.ts';

const restricted = {
  runAsNonRoot: true,
  runAsUser: 65_535,
  seccompProfile: { type: 'RuntimeDefault' },
};

function container(name: string, args: readonly string[], more: object = {}): object {
  return {
    name,
    image: pauseImage(),
    imagePullPolicy: 'Never',
    args,
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
    ...more,
  };
}

const served = { ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } };

const podOf = (app: string, spec: object): object => ({
  metadata: { labels: { app } },
  spec: { securityContext: restricted, automountServiceAccountToken: false, ...spec },
});

const service = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
});

const onePerNode = (app: string): object[] => [
  {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app } },
  },
];

const web = (nodes: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: nodes,
    selector: { matchLabels: { app: 'web' } },
    template: podOf('web', {
      topologySpreadConstraints: onePerNode('web'),
      containers: [container('web', ['serve', ':8080'], served)],
    }),
  },
});

const ask = (nodes: number, address: string): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'ask' },
  spec: {
    parallelism: nodes,
    completions: nodes,
    backoffLimit: 20,
    template: podOf('ask', {
      restartPolicy: 'OnFailure',
      topologySpreadConstraints: onePerNode('ask'),
      containers: [
        container('ask', ['probe', address, '/']),
        container('api', ['probe', 'kubernetes.default.svc.cluster.local:443']),
      ],
    }),
  },
});

const keep = (): object => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'keep' },
  spec: {
    serviceName: 'keep',
    replicas: 1,
    selector: { matchLabels: { app: 'keep' } },
    template: podOf('keep', {
      terminationGracePeriodSeconds: 1,
      containers: [
        container('keep', ['serve', ':8080', '/data'], {
          ...served,
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        }),
      ],
    }),
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
      },
    ],
  },
});

/** Objects of the check: a web Deployment with a pod a node, a Job that asks it from every node, a StatefulSet with a volume. */
export function checkObjects(namespace: string, nodes: number): string {
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const address = `web.${namespace}.svc.cluster.local:80`;
  const inside = [service('web'), service('keep'), web(nodes), ask(nodes, address), keep()].map((object) => {
    const { metadata } = object as { metadata: object };
    return { ...object, metadata: { ...metadata, namespace } };
  });
  return [home, ...inside].map((object) => stringify(object)).join('---\n');
}
