import type { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { cacheOf, service } from '../../test/fixtures.ts';
import { heldAutoscaler } from './scaling.frozen.ts';
import { limitNotices } from './scaling.limited.ts';

const desired = {
  metadata: { name: 'demo-api' },
  spec: {
    minReplicas: 2,
    maxReplicas: 10,
    behavior: { scaleUp: { selectPolicy: 'Max', stabilizationWindowSeconds: 0 }, scaleDown: { selectPolicy: 'Max' } },
  },
};
const live = (more: object): HorizontalPodAutoscaler =>
  ({
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'demo-api', namespace: 'tags', uid: 'u', resourceVersion: '1' },
    ...more,
  }) as HorizontalPodAutoscaler;

describe('an autoscaler', () => {
  it('is as planned while nothing is frozen, or only something else', () => {
    for (const freeze of [[], ['Rollout', 'Topics'] as const])
      expect(heldAutoscaler(service({ freeze: [...freeze] }), desired, cacheOf([]))).toEqual({ desired, held: [] });
  });

  it('neither adds nor removes pods while scaling is frozen', () => {
    const { desired: held } = heldAutoscaler(service({ freeze: ['Scaling'] }), desired, cacheOf([]));
    expect(held.spec?.behavior).toEqual({
      scaleUp: { selectPolicy: 'Disabled', stabilizationWindowSeconds: 0 },
      scaleDown: { selectPolicy: 'Disabled' },
    });
    expect(held.spec).toMatchObject({ minReplicas: 2, maxReplicas: 10 });
  });

  it('keeps the bounds that it has, and says which are declared', () => {
    const cache = cacheOf([live({ spec: { minReplicas: 1, maxReplicas: 4 } })]);
    const { desired: held, held: told } = heldAutoscaler(service({ freeze: ['Scaling'] }), desired, cache);
    expect(held.spec).toMatchObject({ minReplicas: 1, maxReplicas: 4 });
    expect(told).toEqual(['HorizontalPodAutoscaler demo-api keeps 1 to 4 pods, 2 to 10 are declared']);
  });
});

describe('the notice of limited scaling', () => {
  const withCondition = (status: string, reason: string) =>
    live({ spec: { maxReplicas: 4 }, status: { conditions: [{ type: 'ScalingLimited', status, reason }] } });
  const of = (hpa: HorizontalPodAutoscaler | undefined) =>
    limitNotices([{ name: 'demo-api', live: hpa, field: 'spec.scaling.api.max' }]);

  it('names autoscaler, bound and field while more pods are wanted than allowed', () => {
    expect(of(withCondition('True', 'TooManyReplicas'))).toEqual([
      {
        type: 'ScalingLimited',
        reason: 'AtMaximum',
        message:
          'HorizontalPodAutoscaler demo-api wants more than its 4 pods: raise spec.scaling.api.max if the load is to be met',
      },
    ]);
  });

  it('is not there at the lower bound, within the bounds and before the first look', () => {
    expect(of(withCondition('True', 'TooFewReplicas'))).toEqual([]);
    expect(of(withCondition('False', 'DesiredWithinRange'))).toEqual([]);
    expect(of(undefined)).toEqual([]);
  });
});
