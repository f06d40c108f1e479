import { parseQuantity, type TagService } from '@tagservice/crd';
import { labels } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import {
  restrictedContainer,
  restrictedPod,
  spread,
  type Container,
  type PodTemplate,
} from '../workload/pod-template.ts';
import { DATA_VOLUME } from './redis.claims.ts';
import { ACCESS_PATH, CONFIG_PATH, DATA_PATH, REDIS_PORT } from './redis.config.ts';

/** The user `redis` of the public image. */
const USER = 999;
const MEBIBYTE = 2 ** 20;

/** A pod of the store. */
export function redisPodTemplate(service: TagService, image: string, hash: string): PodTemplate {
  const names = namesOf(service);
  const { pullSecrets } = service.spec.images;
  return {
    metadata: { labels: labels(service, 'redis', image), annotations: { 'tagservice.dev/config-hash': hash } },
    spec: {
      serviceAccountName: names.redis,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { ...restrictedPod(USER), fsGroupChangePolicy: 'OnRootMismatch' },
      // Long enough to hand the last writes over and to write the log to disk.
      terminationGracePeriodSeconds: 30,
      topologySpreadConstraints: spread(service, 'redis'),
      ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
      containers: [redisContainer(service, image)],
      volumes: [
        { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
        { name: 'config', configMap: { name: names.redis, defaultMode: 0o444 } },
        { name: 'access', secret: { secretName: names.redisAccess, defaultMode: 0o440 } },
      ],
    },
  };
}

function redisContainer(service: TagService, image: string): Container {
  const names = namesOf(service);
  return {
    name: 'redis',
    image,
    imagePullPolicy: service.spec.images.pullPolicy,
    command: ['/bin/sh', `${CONFIG_PATH}/start.sh`],
    ports: [{ name: 'redis', containerPort: REDIS_PORT, protocol: 'TCP' }],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'PRIMARY_HOST', value: `${names.redisPrimaryPod}.${names.redis}.${service.metadata.namespace}.svc` },
      // redis-cli reads this: a password on the command line could be seen by every process.
      { name: 'REDISCLI_AUTH', valueFrom: { secretKeyRef: { name: names.redisAuth, key: 'probe-password' } } },
    ],
    resources: redisResources(parseQuantity(service.spec.redis.maxMemory)),
    securityContext: restrictedContainer,
    // Loading a large log takes minutes; until then nothing else is asked.
    startupProbe: scriptProbe('live', { periodSeconds: 1, failureThreshold: 60 }),
    readinessProbe: scriptProbe('ready', { periodSeconds: 2, failureThreshold: 3 }),
    livenessProbe: scriptProbe('live', { periodSeconds: 10, failureThreshold: 6 }),
    volumeMounts: [
      { name: DATA_VOLUME, mountPath: DATA_PATH },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'config', mountPath: CONFIG_PATH, readOnly: true },
      { name: 'access', mountPath: ACCESS_PATH, readOnly: true },
    ],
  };
}

function scriptProbe(script: 'ready' | 'live', timing: { periodSeconds: number; failureThreshold: number }) {
  return {
    exec: { command: ['/bin/sh', `${CONFIG_PATH}/${script}.sh`] },
    timeoutSeconds: 5,
    successThreshold: 1,
    ...timing,
  };
}

/** A quarter more than the data for buffers and the program; up to twice the data while a save copies pages. */
function redisResources(maxMemory: number) {
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE)}Mi`;
  return {
    requests: { cpu: '100m', memory: mebibytes(maxMemory * 1.25) },
    limits: { memory: mebibytes(maxMemory * 2 + 64 * MEBIBYTE) },
  };
}
