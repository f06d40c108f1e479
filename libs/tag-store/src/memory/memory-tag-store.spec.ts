import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { tagStoreContract } from '../tag-store.contract.ts';
import { someJob } from '../tag-store.samples.ts';
import { memoryTagStore } from './memory-tag-store.ts';

describe('the in-memory tag store', () => {
  let shared = memoryTagStore();
  tagStoreContract((options) => {
    if (options !== undefined) return memoryTagStore(options);
    return shared;
  });

  it('behaves as if Redis were away when told so', async () => {
    shared = memoryTagStore();
    shared.setAvailable(false);
    await expect(shared.ping()).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(shared.readPage('0'.repeat(32))).rejects.toBeInstanceOf(StoreUnavailable);
    shared.setAvailable(true);
    await expect(shared.ping()).resolves.toBeUndefined();
  });

  it('refuses writes of an epoch that is over', async () => {
    const store = memoryTagStore();
    store.setEpoch(2);
    expect(await store.fail(someJob(), { code: 'PAGE_EMPTY', detail: '' }, { epoch: 1 })).toEqual({
      kind: 'stale-epoch',
      epoch: 2,
    });
  });
});
