import { describe, expect, it } from 'vitest';
import { environmentNames } from './environment.ts';
import { newJobId, urlHashOfJob } from './job-id.ts';
import { defaultTopicPrefix, topicNames } from './topics.ts';

describe('names', () => {
  it('of topics and group derive from the prefix', () => {
    expect(topicNames(defaultTopicPrefix('shop', 'demo'))).toEqual({
      requests: 'shop.demo.tag-requests',
      results: 'shop.demo.tag-results',
      deadLetters: 'shop.demo.tag-dead-letters',
      computeGroup: 'shop.demo.compute',
    });
  });

  it('of environment variables are all different', () => {
    const names = Object.values(environmentNames);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
  });
});

describe('a job id', () => {
  const hash = 'a'.repeat(32);

  it('leads back to its URL', () => {
    expect(urlHashOfJob(newJobId(hash))).toBe(hash);
  });

  it('is new every time', () => {
    expect(new Set(Array.from({ length: 1000 }, () => newJobId(hash))).size).toBe(1000);
  });

  it.each(['', hash, `${hash}-`, `${hash}-XYZ`, `${hash}-0123456789abcdef0`, `x${hash}-0123456789abcdef`])(
    'is not %j',
    (text) => {
      expect(urlHashOfJob(text)).toBeUndefined();
    },
  );
});
