import fc from 'fast-check';
import { NAME_LIMIT } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { deploymentName } from '../workload/deployment.ts';
import { namesOf } from './names.ts';

const SUFFIXES = ['-api', '-compute', '-redis', '-redis-primary', '-redis-auth', '-redis-access', '-api-keys'];
/** Names that come close to those of children of others. */
const aName = fc
  .tuple(fc.constantFrom('a', 'demo', 'a-api'), fc.array(fc.constantFrom(...SUFFIXES, '-x'), { maxLength: 2 }))
  .map(([stem, parts]) => `${stem}${parts.join('')}`.slice(0, NAME_LIMIT));
const aRevision = fc.stringMatching(/^[0-9a-f]{10}$/);

/** All names in which the children of a service stand in the way of others. */
function childrenOf(name: string, revision: string): Set<string> {
  const owner = service({}, name);
  const { topics: _topics, topicPrefix: _prefix, redisPrimaryPod: _pod, ...names } = namesOf(owner);
  const deployments = (['api', 'compute'] as const).map((component) => deploymentName(owner, component, revision));
  return new Set([...Object.values(names), ...deployments]);
}

describe('names of children', () => {
  it('of two TagServices in one namespace are never the same, however alike their own names are', () => {
    fc.assert(
      fc.property(fc.tuple(aName, aRevision), fc.tuple(aName, aRevision), (one, other) => {
        fc.pre(one[0] !== other[0]);
        const theirs = childrenOf(...other);
        expect([...childrenOf(...one)].filter((name) => theirs.has(name))).toEqual([]);
      }),
    );
  });

  it('are names that Services may have, also of the longest name', () => {
    for (const name of childrenOf('a'.repeat(NAME_LIMIT), '0123456789')) {
      expect(name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
      expect(name.length).toBeLessThanOrEqual(63);
    }
  });
});
