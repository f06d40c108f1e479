import type { Pod } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { isRunning, needsOf, runningStatus, waitingStatus } from './pod-status.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'demo-api-1', namespace: 'tags', uid: 'one', resourceVersion: '1' },
  spec: {
    containers: [
      {
        name: 'api',
        image: 'tagservice/api:1',
        env: [
          { name: 'A', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'a' } } },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'env-config', key: 'b' } } },
          { name: 'C', valueFrom: { secretKeyRef: { name: 'optional', key: 'c', optional: true } } },
          { name: 'D', value: 'plain' },
        ],
        envFrom: [{ secretRef: { name: 'all-of-it' } }, { configMapRef: { name: 'all-config' } }],
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: {} },
      { name: 'secret', secret: { secretName: 'volume-secret' } },
      { name: 'config', configMap: { name: 'volume-config' } },
    ],
  },
} as unknown as Pod;
const now = '2026-11-21T12:00:00Z';
const withStatus = (status: object): Pod => ({ ...pod, status }) as Pod;

describe('a simulated kubelet', () => {
  it('knows what a pod cannot start without', () => {
    expect(needsOf(pod).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'secret volume-secret',
      'configmap volume-config',
      'secret env-secret',
      'configmap env-config',
      'secret all-of-it',
      'configmap all-config',
    ]);
  });

  it('reports a pod that runs as ready in every way others look at', () => {
    const running = withStatus(runningStatus(pod, now));
    expect(isRunning(running)).toBe(true);
    expect(running.status?.conditions?.every(({ status }) => status === 'True')).toBe(true);
    expect(running.status?.containerStatuses?.[0]).toMatchObject({
      name: 'api',
      image: 'tagservice/api:1',
      ready: true,
    });
  });

  it('reports a pod that cannot start with the reason of a kubelet', () => {
    const waiting = withStatus(waitingStatus(pod, { reason: 'ErrImagePull', message: 'no' }, now));
    expect(isRunning(waiting)).toBe(false);
    expect(waiting.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
    expect(waiting.status?.containerStatuses?.[0]?.state).toEqual({
      waiting: { reason: 'ErrImagePull', message: 'no' },
    });
  });

  it('has reported nothing about a new pod', () => {
    expect(isRunning(pod)).toBe(false);
  });
});
