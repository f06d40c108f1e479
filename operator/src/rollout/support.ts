import type { KubeClient } from '@tagservice/controller-runtime';
import type { ContentWatch } from '../revision/content-watch.ts';
import { OwnWrites } from './own-writes.ts';

/** What rollouts need beyond one reconcile; one for each process. */
export interface RolloutSupport {
  readonly contents: ContentWatch;
  readonly writes: OwnWrites;
  /** Reads an object as it is now, and not as the cache has it: the last look before something is removed. */
  readonly find: KubeClient['find'];
  /** A service (`namespace/name`) is gone. */
  forget(service: string): void;
}

export type RolloutSupportOptions = { readonly client: Pick<KubeClient, 'find'>; readonly contents: ContentWatch };

/** Makes it; nothing is asked of the cluster yet. */
export function rolloutSupport({ client, contents }: RolloutSupportOptions): RolloutSupport {
  const writes = new OwnWrites();
  return {
    contents,
    writes,
    find: async (resource, key, more) => client.find(resource, key, more),
    forget(service) {
      contents.forget(service);
      writes.forget(service);
    },
  };
}
