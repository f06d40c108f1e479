import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childrenOf, contentHash } from './widget-children.ts';
import type { Widget } from './widget.ts';

const widget: Widget = {
  apiVersion: 'bench.tagservice.dev/v1',
  kind: 'Widget',
  metadata: { name: 'w-1', namespace: 'bench', uid: 'u-1', resourceVersion: '7', generation: 3 },
  spec: { message: 'hello', replicas: 2, port: 8080 },
};

describe('the children of a widget', () => {
  const { configMap, service, deployment, status } = childrenOf(widget);

  it('belong to it, by uid, so that they go with it', () => {
    for (const child of [configMap, service, deployment]) {
      expect(child.metadata).toMatchObject({ name: 'w-1', namespace: 'bench' });
      expect(child.metadata.ownerReferences).toEqual([
        {
          apiVersion: 'bench.tagservice.dev/v1',
          kind: 'Widget',
          name: 'w-1',
          uid: 'u-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
  });

  it('say what it says', () => {
    expect(configMap.data).toEqual({ message: 'hello' });
    expect(service.spec?.ports).toEqual([{ name: 'http', port: 8080, targetPort: 'http' }]);
    expect(deployment.spec?.replicas).toBe(2);
    expect(deployment.spec?.selector).toEqual({ matchLabels: service.spec?.selector });
  });

  it('and its status names the generation that they are made of', () => {
    expect(status.status).toEqual({ observedGeneration: 3, hash: contentHash(widget.spec) });
  });

  it('change when any part of the spec does, and pods are made anew', () => {
    const specs = fc.record({ message: fc.string(), replicas: fc.nat(99), port: fc.integer({ min: 1, max: 65_535 }) });
    const annotation = (spec: Widget['spec']): unknown =>
      childrenOf({ ...widget, spec }).deployment.spec?.template?.metadata?.annotations;
    fc.assert(
      fc.property(specs, specs, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(JSON.stringify(annotation(one)) === JSON.stringify(annotation(other))).toBe(same);
      }),
    );
  });
});
