import type { Cache, KubeObject } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { Revisions } from '../revision/revision.resource.ts';
import { OwnWrites } from './own-writes.ts';

const object = (resourceVersion: string, name = 'demo-1'): KubeObject => ({
  apiVersion: Revisions.apiVersion,
  kind: Revisions.kind,
  metadata: { namespace: 'tags', name, uid: `uid of ${name}`, resourceVersion },
});

/** A cache that has seen everything up to a version, and holds these objects. */
function cacheAt(version: string, objects: readonly KubeObject[] = []): Cache {
  const store = {
    get: ({ name }: { name: string }) => objects.find(({ metadata }) => metadata.name === name),
    resourceVersion: () => version,
  };
  return { store: () => store } as unknown as Cache;
}

describe('own writes', () => {
  it('are behind until the cache shows them', () => {
    const writes = new OwnWrites();
    writes.note('tags/demo', Revisions, object('20'));
    expect(writes.isBehind('tags/demo', cacheAt('30', [object('19')]))).toBe(true);
    expect(writes.isBehind('tags/demo', cacheAt('30', [object('20')]))).toBe(false);
  });

  it('of objects that were removed since are not waited for', () => {
    const writes = new OwnWrites();
    writes.note('tags/demo', Revisions, object('20'));
    expect(writes.isBehind('tags/demo', cacheAt('19'))).toBe(true);
    expect(writes.isBehind('tags/demo', cacheAt('21'))).toBe(false);
  });

  it('are compared as numbers, and concern one service alone', () => {
    const writes = new OwnWrites();
    writes.note('tags/demo', Revisions, object('100'));
    expect(writes.isBehind('tags/demo', cacheAt('99', [object('99')]))).toBe(true);
    expect(writes.isBehind('tags/other', cacheAt('99'))).toBe(false);
  });

  it('know what was removed although the cache still shows it, and not what was made anew', () => {
    const writes = new OwnWrites();
    writes.noteRemoval('tags/demo', object('5').metadata.uid);
    expect(writes.isRemoved('tags/demo', object('5'))).toBe(true);
    expect(writes.isRemoved('tags/demo', object('9', 'demo-2'))).toBe(false);
  });

  it('are forgotten with their service', () => {
    const writes = new OwnWrites();
    writes.note('tags/demo', Revisions, object('20'));
    writes.noteRemoval('tags/demo', object('20').metadata.uid);
    writes.forget('tags/demo');
    expect(writes.isBehind('tags/demo', cacheAt('1'))).toBe(false);
    expect(writes.isRemoved('tags/demo', object('20'))).toBe(false);
  });
});
