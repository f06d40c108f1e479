import { setTimeout as sleep } from 'node:timers/promises';
import { isGone, type KubeClient, type KubeObject, type Resource } from '@tagservice/controller-runtime';

/** What happened to one object. `gone`: it was deleted, and this is its last state. */
export type Sight<T extends KubeObject> = { readonly object: T; readonly gone: boolean };

export type FollowOptions<T extends KubeObject> = {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly signal: AbortSignal;
  readonly see: (sight: Sight<T>) => void;
};

const RETRY_MS = 100;

/**
 * Sees every version of every object of a kind, in order: a list, then one watch after the other from where the former ended. Simpler than
 * the reflector on purpose, because it is the witness against it. Resolves after the first list; ends with the signal.
 */
export async function follow<T extends KubeObject>(options: FollowOptions<T>): Promise<void> {
  const { client, resource, signal, see } = options;
  const { items, resourceVersion } = await client.list(resource, { signal });
  for (const object of items) see({ object, gone: false });
  void keepWatching(options, resourceVersion);
}

async function keepWatching<T extends KubeObject>(options: FollowOptions<T>, from: string): Promise<void> {
  let version = from;
  while (!options.signal.aborted) {
    try {
      version = await watchOnce(options, version);
    } catch (error) {
      if (options.signal.aborted) return;
      // Versions between this one and a new list would be unseen, so that nothing could be said about them any more.
      if (isGone(error)) throw error;
      await sleep(RETRY_MS);
    }
  }
}

async function watchOnce<T extends KubeObject>(options: FollowOptions<T>, from: string): Promise<string> {
  const { client, resource, signal, see } = options;
  let version = from;
  const events = await client.watch(resource, { resourceVersion: from, timeoutSeconds: 3_000, signal });
  for await (const { type, object } of events) {
    version = object.metadata.resourceVersion;
    if (type !== 'BOOKMARK') see({ object, gone: type === 'DELETED' });
  }
  return version;
}
