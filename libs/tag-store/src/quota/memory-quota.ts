import { StoreUnavailable } from '../errors.ts';
import { TokenBucket } from './bucket.ts';
import { PRESENT_MS, type Quota } from './port.ts';

/** The quota in this process, for tests and for a service in one process. */
export type MemoryQuota = Quota & {
  /** While it is away every call fails. */
  setAvailable(available: boolean): void;
};

/** Buckets in this process. */
export function memoryQuota({ now = Date.now }: { readonly now?: () => number } = {}): MemoryQuota {
  const buckets = new Map<string, TokenBucket>();
  const instances = new Map<string, number>();
  let isAvailable = true;
  const check = (): void => {
    if (!isAvailable) throw new StoreUnavailable('memory', 'it is set so');
  };
  return {
    async take(key, wanted, limits) {
      check();
      const bucket = buckets.get(key) ?? new TokenBucket(limits, now());
      buckets.set(key, bucket);
      return Promise.resolve(bucket.take(wanted, limits, now()));
    },
    async present(instance) {
      check();
      instances.set(instance, now());
      return Promise.resolve([...instances.values()].filter((at) => now() - at < PRESENT_MS).length);
    },
    close: () => Promise.resolve(),
    setAvailable(available) {
      isAvailable = available;
    },
  };
}
