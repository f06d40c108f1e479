import { ApiError, type KubeObject } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { cacheOf, service } from '../../test/fixtures.ts';
import type { StepContext } from '../step/step.ts';
import { OwnWrites } from './own-writes.ts';
import { applyActions } from './rollout.apply.ts';
import type { ObserveContext } from './rollout.observe.ts';
import type { Action, View } from './world.ts';

const KEY = 'tags/demo';

const old = {
  apiVersion: 'tagservice.dev/v1alpha1',
  kind: 'TagServiceRevision',
  metadata: { name: 'demo-old', namespace: 'tags', uid: 'uid-of-old', resourceVersion: '7' },
} as KubeObject;
const other = { ...old, metadata: { ...old.metadata, name: 'demo-other', uid: 'uid-of-other' } } as KubeObject;

const forget = (revision: string): Action => ({ do: 'forget', revision });

/** Removes both revisions; `refusal` is what the API server answers to the first deletion. */
async function removeBoth(refusal?: ApiError) {
  const removed: string[] = [];
  const writes = new OwnWrites();
  const children = {
    remove: (_resource: unknown, name: string) => {
      if (refusal !== undefined) return Promise.reject(refusal);
      removed.push(name);
      return Promise.resolve(false);
    },
  };
  const context = {
    service: service(),
    cache: cacheOf([old, other]),
    children,
    rollouts: { writes },
  } as unknown as StepContext;
  const input = { context, observed: {} as ObserveContext, view: {} as View, snapshot: undefined };
  const through = applyActions(input, [forget('demo-old'), forget('demo-other')]);
  return { through, removed, isGone: (object: KubeObject) => writes.isRemoved(KEY, object) };
}

const refused = (code: number) => new ApiError({ code, message: 'refused' }, 'DELETE');

describe('the actions of a rollout', () => {
  it('are done in order, and what was removed is not looked at again while the cache still shows it', async () => {
    const { through, removed, isGone } = await removeBoth();
    expect(await through).toBe(true);
    expect(removed).toEqual(['demo-old', 'demo-other']);
    expect(isGone(old)).toBe(true);
  });

  it('wait for another look soon when the server knows a newer version, and take nothing for gone then', async () => {
    const { through, isGone } = await removeBoth(refused(409));
    expect(await through).toBe(false);
    expect([isGone(old), isGone(other)]).toEqual([false, false]);
  });

  it('fail with what the server has against them', async () => {
    const { through } = await removeBoth(refused(403));
    await expect(through).rejects.toMatchObject({ code: 403 });
  });
});
