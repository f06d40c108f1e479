import type { KubeObject } from '@tagservice/controller-runtime';

/** The TagService whose children tests write. */
export const owner = {
  apiVersion: 'tagservice.dev/v1alpha1',
  kind: 'TagService',
  metadata: { uid: 'u1', name: 'demo', namespace: 'tags', resourceVersion: '1' },
} as KubeObject;
