import type { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { planScaling } from './scaling.plan.ts';
import { autoscalersOutcome, lagOutcome } from './scaling.status.ts';

const kafka = (partitions: number) => ({ brokers: ['k:1'], requests: { partitions } });

describe('the autoscalers', () => {
  const { compute, api } = planScaling(
    service({ kafka: kafka(6), scaling: { compute: { target: { lagPerReplica: 50 } } } }),
    { revision: '5d9c', maximum: 6 },
  );

  it('scale the workers by the messages that wait for each', () => {
    expect(compute.spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'demo-compute-5d9c' },
      minReplicas: 1,
      maxReplicas: 6,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: 'tagservice_queue_lag', selector: { matchLabels: { 'tagservice.dev/service': 'demo' } } },
            target: { type: 'AverageValue', averageValue: '50' },
          },
        },
      ],
    });
  });

  it('keep their names whatever they scale, and scale what an earlier release made until that is gone', () => {
    const legacy = planScaling(service(), { revision: undefined, maximum: 12 });
    expect([compute, api].map(({ metadata }) => metadata.name)).toEqual(['demo-compute', 'demo-api']);
    expect(api.spec?.scaleTargetRef?.name).toBe('demo-api-5d9c');
    expect(legacy.api.spec?.scaleTargetRef?.name).toBe('demo-api');
  });

  it('leave partitions to workers of another revision', () => {
    const declared = service({ scaling: { compute: { min: 4, max: 9 } } });
    const { spec } = planScaling(declared, { revision: '5d9c', maximum: 3 }).compute;
    expect(spec).toMatchObject({ minReplicas: 3, maxReplicas: 3 });
  });

  it('scale the API by how full its pods are together', () => {
    expect(api.spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        { external: { metric: { name: 'tagservice_api_utilization' }, target: { type: 'Value', value: '70' } } },
      ],
    });
  });

  it('go up at once and down only after some time without need', () => {
    for (const { spec } of [compute, api]) {
      expect(spec?.behavior?.scaleUp?.stabilizationWindowSeconds).toBe(0);
      expect(spec?.behavior?.scaleDown?.stabilizationWindowSeconds).toBeGreaterThanOrEqual(60);
    }
  });
});

describe('what status tells of scaling', () => {
  const hpa = (status: string, reason: string, message = ''): HorizontalPodAutoscaler =>
    ({ status: { conditions: [{ type: 'ScalingActive', status, reason, message }] } }) as HorizontalPodAutoscaler;
  const active = { name: 'demo-api', live: hpa('True', 'ValidMetricFound') };

  it('is that the queue is counted', () => {
    expect(lagOutcome({ kind: 'known', total: 0, partitions: [] }, 't')).toMatchObject({
      kind: 'done',
      reason: 'LagRead',
    });
  });

  it('is why the queue is not counted, and that the workers are held', () => {
    const outcome = lagOutcome({ kind: 'unknown', reason: 'ECONNREFUSED' }, 't');
    expect(outcome).toMatchObject({
      kind: 'advisory',
      reason: 'LagUnknown',
      message: expect.stringContaining('(ECONNREFUSED)'),
    });
    expect(outcome.message).toContain('held');
  });

  it('is that both autoscalers work', () => {
    expect(autoscalersOutcome([active, { ...active, name: 'demo-compute' }], undefined)).toMatchObject({
      kind: 'done',
    });
  });

  it('names the one that does not, with the cause and without the dump before it', () => {
    const message =
      'unable to get external metric a/b/&LabelSelector{X}: unable to fetch metrics from external metrics API: no API pod is ready';
    const outcome = autoscalersOutcome(
      [active, { name: 'demo-compute', live: hpa('False', 'FailedGetExternalMetric', message) }],
      undefined,
    );
    expect(outcome).toMatchObject({ reason: 'AutoscalersInactive' });
    expect(outcome.message).toContain('demo-compute is not active (FailedGetExternalMetric: no API pod is ready)');
  });

  it('is not known before an autoscaler has been looked at', () => {
    expect(autoscalersOutcome([{ name: 'demo-api', live: undefined }, active], undefined)).toMatchObject({
      kind: 'advisory',
      known: false,
    });
  });

  it('does not mind an autoscaler that somebody paused with zero replicas', () => {
    expect(autoscalersOutcome([{ name: 'demo-api', live: hpa('False', 'ScalingDisabled') }], undefined)).toMatchObject({
      kind: 'done',
    });
  });

  it('is that somebody else serves the metrics', () => {
    expect(autoscalersOutcome([active], 'APIService x belongs to keda')).toMatchObject({
      reason: 'MetricsApiTaken',
      message: 'APIService x belongs to keda',
    });
  });
});
