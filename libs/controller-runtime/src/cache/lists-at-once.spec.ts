import { expect, it, vi } from 'vitest';
import { ConfigMap, Deployment, Pod, Secret, Service, StatefulSet } from '../api/builtin.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { KubeClient } from '../client/client.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { createCache } from './cache.ts';

it('lists four kinds at once and the others after them, whether they can be had or not', async () => {
  const waiting: PromiseWithResolvers<unknown>[] = [];
  const client: KubeClient = Object.assign(new MemoryClient(), {
    list: async () => {
      const answer = Promise.withResolvers<unknown>();
      waiting.push(answer);
      await answer.promise;
      return { items: [], resourceVersion: '1' };
    },
  });
  const cache = createCache({ client });
  for (const kind of [ConfigMap, Deployment, Pod, Secret, Service, StatefulSet])
    cache.informer(kind as unknown as Resource<KubeObject>);
  const started = cache.start();
  const asked = (count: number) =>
    vi.waitFor(() => {
      expect(waiting).toHaveLength(count);
    });
  await asked(4);
  waiting[2]?.reject(new Error('refused'));
  await asked(5);
  for (let next = 0; next < 4; next += 1) waiting[next]?.resolve(undefined);
  // The one that failed comes back after its pause, behind those that have not had their turn.
  await asked(7);
  for (const { resolve } of waiting) resolve(undefined);
  await started;
  expect(cache.waitingFor()).toEqual([]);
  await cache.stop();
});
