import { describe, expect, it } from 'vitest';
import { specFieldOf } from './spec-field.ts';

const pod = 'spec.template.spec';
const cases: [concern: string, path: string, field: string][] = [
  ['api', `${pod}.containers[0].resources.requests`, 'spec.api.pod.resources'],
  ['compute', `${pod}.containers[0].env[3].name`, 'spec.compute.pod.env'],
  ['compute', `${pod}.tolerations[0].operator`, 'spec.compute.pod.tolerations'],
  ['api', `${pod}.nodeSelector`, 'spec.api.pod.nodeSelector'],
  ['api', 'spec.template.annotations', 'spec.api.pod.annotations'],
  ['api', `${pod}.containers[0].image`, 'spec.images.api'],
  ['api', `${pod}.imagePullSecrets[0].name`, 'spec.images.pullSecrets'],
  ['api', `${pod}.containers[0].lifecycle.preStop.sleep.seconds`, 'spec.api.pod.terminationGracePeriod'],
  ['api', 'spec.strategy', 'spec.api'],
  ['redis', `${pod}.containers[0].resources.limits`, 'spec.redis.maxMemory'],
  ['redis', 'spec.volumeClaimTemplates[0].spec.resources', 'spec.redis.storage'],
  ['redis', 'metadata.name', 'metadata.name'],
  ['scaling', 'spec.minReplicas', 'spec.scaling'],
  ['topics', 'anything', 'spec.kafka'],
];

describe('a field that the API server refuses in a child', () => {
  it.each(cases)('of %s at %s comes from %s', (concern, path, field) => {
    expect(specFieldOf(concern, path)).toBe(field);
  });
});
