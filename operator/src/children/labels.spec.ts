import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { labels, selectorLabels, versionOf } from './labels.ts';
import { namesOf } from './names.ts';

describe('labels', () => {
  it.each([
    ['tagservice/api:1.2.3', '1.2.3'],
    ['registry:5000/tagservice/api', undefined],
    ['registry:5000/tagservice/api:v1', 'v1'],
    ['tagservice/api@sha256:abcdef', 'sha256-abcdef'],
    ['tagservice/api:1@sha256:abcdef', '1'],
  ])('tell the version of %s', (image, version) => {
    expect(versionOf(image)).toBe(version);
  });

  it('are valid whatever the image is called', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,8}:[A-Za-z0-9_][A-Za-z0-9._-]{0,80}$/), (image) => {
        expect(labels(service(), 'api', image)['app.kubernetes.io/version'] ?? 'none').toMatch(
          /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
        );
      }),
    );
  });

  it('are valid for every image that can be declared', () => {
    const images = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._\-/:@]{0,80}$/);
    fc.assert(
      fc.property(images, (image) => {
        expect(labels(service(), 'redis', image)['app.kubernetes.io/version'] ?? 'none').toMatch(
          /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
        );
      }),
      { examples: [['name@:9/.-a'], ['name@sha:1/2:3']] },
    );
  });

  it('contain the ones that select', () => {
    expect(labels(service(), 'redis')).toMatchObject(selectorLabels(service(), 'redis'));
  });
});

describe('names', () => {
  it('of all children fit into 63 characters for the longest service name', () => {
    const { topics: _topics, topicPrefix: _prefix, ...names } = namesOf(service({}, 'a'.repeat(40)));
    for (const name of Object.values(names)) expect(name.length).toBeLessThanOrEqual(63);
    // Pods of a StatefulSet carry its name and a hash in a label.
    expect(names.redis.length).toBeLessThanOrEqual(52);
  });

  it('of topics begin with namespace and name unless a prefix is declared', () => {
    expect(namesOf(service()).topics.requests).toBe('tags.demo.tag-requests');
    expect(namesOf(service({ kafka: { brokers: ['k:1'], topicPrefix: 'team' } })).topics.computeGroup).toBe(
      'team.compute',
    );
  });
});
