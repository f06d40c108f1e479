import { keyOf, keyText, type Cache } from '@tagservice/controller-runtime';
import { TagServices } from '../resource.ts';

/**
 * Lets go of what was learnt of a TagService (`namespace/name`) when it is gone, on every replica: one that does not lead never reconciles, yet it
 * answers autoscalers, and would keep clients of Kafka and watches of Secrets for services that are long gone.
 */
export function forgetGone(
  cache: Pick<Cache, 'existing'>,
  memories: readonly { readonly forget: (key: string) => void }[],
): void {
  cache.existing(TagServices)?.addHandler({
    delete: (object) => {
      for (const memory of memories) memory.forget(keyText(keyOf(object)));
    },
  });
}
