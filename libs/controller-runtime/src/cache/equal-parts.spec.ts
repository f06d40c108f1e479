import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EqualParts } from './equal-parts.ts';

const deployment = (name: string, image = 'api:1') => ({
  metadata: { name, uid: `uid-of-${name}`, labels: { app: 'api', 'app.kubernetes.io/part-of': 'tagservice' } },
  spec: { replicas: 2, template: { containers: [{ image, ports: [{ containerPort: 8080 }] }, { image: 'side:1' }] } },
});

describe('objects that are alike', () => {
  it('have their equal parts in memory once', () => {
    const parts = new EqualParts();
    const [one, other] = ['one', 'other'].map((name) => parts.share('api', deployment(name)));
    expect(other).toEqual(deployment('other'));
    expect(other?.spec).toBe(one?.spec);
    expect(other?.metadata.labels).toBe(one?.metadata.labels);
    expect(other?.metadata).not.toBe(one?.metadata);
  });

  it('share what lies beside a difference', () => {
    const parts = new EqualParts();
    const one = parts.share('api', deployment('one'));
    const other = parts.share('api', deployment('other', 'api:2'));
    expect(other).toEqual(deployment('other', 'api:2'));
    expect(other.spec.template.containers[1]).toBe(one.spec.template.containers[1]);
    expect(other.spec.template.containers[0]?.ports).toBe(one.spec.template.containers[0]?.ports);
    expect(one).toEqual(deployment('one'));
  });

  it('of different groups share nothing', () => {
    const parts = new EqualParts();
    const one = parts.share('api', deployment('one'));
    expect(parts.share('compute', deployment('other')).spec).not.toBe(one.spec);
  });

  it('keep their content, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.object({ withNullPrototype: false, maxDepth: 4 }), { maxLength: 8 }), (objects) => {
        const parts = new EqualParts();
        const kept = objects.map((object) => parts.share('any', structuredClone(object)));
        expect(kept).toEqual(objects);
      }),
    );
  });
});
