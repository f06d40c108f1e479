import type { KubeClient } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import type { ContentWatch } from '../revision/content-watch.ts';
import { serviceKey } from '../children/names.ts';
import { foreignReferences } from '../revision/references.ts';
import { OwnWrites } from './own-writes.ts';

/** What rollouts need beyond one reconcile; one for each process. */
export interface RolloutSupport {
  readonly contents: ContentWatch;
  readonly writes: OwnWrites;
  /** Reads an object as it is now, and not as the cache has it: the last look before something is removed. */
  readonly find: KubeClient['find'];
  /** Declares what the pods of a service read, and waits a moment for what is new of it. Before the steps, which then only read. */
  prepare(service: TagService, signal: AbortSignal): Promise<void>;
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
    async prepare(service, signal) {
      const key = serviceKey(service);
      contents.follow(key, service.metadata.namespace, foreignReferences(service));
      await contents.settled(key, signal);
    },
    forget(service) {
      contents.forget(service);
      writes.forget(service);
    },
  };
}
