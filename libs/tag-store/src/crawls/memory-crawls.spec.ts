import { beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { crawlsContract } from './crawls.contract.ts';
import { memoryCrawls, type MemoryCrawls } from './memory-crawls.ts';

describe('crawls in memory', () => {
  let crawls: MemoryCrawls;
  beforeEach(() => {
    crawls = memoryCrawls({ maxCrawls: 3 });
  });
  // Hooks run in the order of definition: each test has a store of its own, both of its clients the same one.
  crawlsContract(() => crawls);

  it('fail as those in Redis do when they are switched off', async () => {
    crawls.setAvailable(false);
    await expect(crawls.list('a')).rejects.toBeInstanceOf(StoreUnavailable);
  });
});
