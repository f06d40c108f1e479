import { describe, expect, it } from 'vitest';
import { APIService, ConfigMap, Deployment } from './builtin.ts';
import { controllerReference, isControlledBy, keyText, parseKey, type KubeObject } from './object.ts';
import { collectionPath, groupOf, objectPath, resourceId } from './resource.ts';

const object = (uid: string, owner?: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'x',
    namespace: 'n',
    uid,
    resourceVersion: '1',
    ...(owner && { ownerReferences: [controllerReference(owner)] }),
  },
});

describe('paths of the API', () => {
  it.each([
    [collectionPath(ConfigMap), '/api/v1/configmaps'],
    [collectionPath(ConfigMap, 'n'), '/api/v1/namespaces/n/configmaps'],
    [collectionPath(Deployment, 'n'), '/apis/apps/v1/namespaces/n/deployments'],
    [
      objectPath(Deployment, { namespace: 'n', name: 'a' }, 'status'),
      '/apis/apps/v1/namespaces/n/deployments/a/status',
    ],
    [objectPath(APIService, { namespace: '', name: 'v1.apps' }), '/apis/apiregistration.k8s.io/v1/apiservices/v1.apps'],
    [objectPath(APIService, { namespace: 'ignored', name: 'x' }), '/apis/apiregistration.k8s.io/v1/apiservices/x'],
    [objectPath(ConfigMap, { namespace: '../..', name: 'a/b?c' }), '/api/v1/namespaces/..%2F../configmaps/a%2Fb%3Fc'],
  ])('%s', (path, expected) => {
    expect(path).toBe(expected);
  });

  it('tell groups and resources apart', () => {
    expect([groupOf('v1'), groupOf('apps/v1')]).toEqual(['', 'apps']);
    expect([resourceId(ConfigMap), resourceId(Deployment)]).toEqual(['v1/configmaps', 'apps/v1/deployments']);
  });
});

describe('keys and owners', () => {
  it('turn into text and back', () => {
    for (const key of [
      { namespace: 'n', name: 'a' },
      { namespace: '', name: 'a' },
    ])
      expect(parseKey(keyText(key))).toEqual(key);
  });

  it('knows an owner by its uid: one made anew under the same name owns nothing', () => {
    const owner = object('u1');
    expect(isControlledBy(object('c', owner), owner)).toBe(true);
    expect(isControlledBy(object('c', owner), object('u2'))).toBe(false);
    expect(isControlledBy(object('c'), owner)).toBe(false);
  });
});
