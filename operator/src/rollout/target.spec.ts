import type { KubeObject } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { cacheOf, service } from '../../test/fixtures.ts';
import type { StepContext } from '../step/step.ts';
import { targetOf, type TargetContext } from './target.ts';

const images = { api: 'api:1', compute: 'compute:1', redis: 'redis:7' };

/** The Secret with the passwords of Redis, made for the TagService with this uid. */
function passwordsOf(uid: string): KubeObject {
  const controller = { apiVersion: 'tagservice.dev/v1alpha1', kind: 'TagService', name: 'demo', uid, controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: 'tags',
      name: 'demo-redis-auth',
      uid: `secret-of-${uid}`,
      resourceVersion: '1',
      ownerReferences: [controller],
    },
    data: { password: 'c2VjcmV0', 'probe-password': 'c2VjcmV0', 'replication-password': 'c2VjcmV0' },
  } as KubeObject;
}

function contextWith(objects: readonly KubeObject[]): TargetContext {
  const demo = service();
  const owner = { ...demo, metadata: { ...demo.metadata, resourceVersion: '1' } } as unknown as KubeObject;
  const rollouts = { contents: { read: () => ({ kind: 'absent' }) } };
  return { service: demo, owner, images, cache: cacheOf(objects), rollouts } as unknown as StepContext;
}

describe('the revision that a spec describes', () => {
  it('is told once the passwords are made', () => {
    expect(targetOf(contextWith([])).kind).toBe('missing');
    expect(targetOf(contextWith([passwordsOf('uid-of-demo')]))).toMatchObject({ kind: 'known' });
  });

  it('is not made of the passwords of a former TagService of this name, which are on their way out', () => {
    expect(targetOf(contextWith([passwordsOf('uid-of-the-former')])).kind).toBe('missing');
  });
});
