import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostilePages } from '../../test/hostile-pages.ts';
import { TaggingPool } from './tagging-pool.ts';

/** What a page may take of a processor, in milliseconds, and of memory, in MiB. */
const allowed = { cpuMs: 250, memoryMb: 64 };
/** Other tests share the processors and their caches: the least of some runs is what the page takes. */
const runs = 4;

let pool: TaggingPool;
let took = 0;

beforeAll(async () => {
  pool = new TaggingPool({
    size: 1,
    // A hard stop would hide how much it was.
    limitMs: 20 * allowed.cpuMs,
    memoryMb: allowed.memoryMb,
    onPage: (cpuMs) => {
      took = cpuMs;
    },
  });
  // As in a process that has read pages before: code that runs often has been compiled.
  const html = `<html lang="en"><title>Bees</title><article><p>${'Honey bees pollinate orchards in spring. '.repeat(400)}</p></article></html>`;
  for (let n = 0; n < 5; n += 1) await pool.run({ url: 'https://example.org/', html });
});
afterAll(() => pool.close());

describe('a page that was made to cost more than it says', () => {
  it.each(hostilePages)('($name) stays within 250 ms of processor and 64 MiB', async ({ html }) => {
    const source = html();
    expect(source.length).toBeLessThanOrEqual(2_097_152);
    let least = Number.POSITIVE_INFINITY;
    for (let run = 0; run < runs && least > allowed.cpuMs; run += 1) {
      // Beyond the memory its worker would end, and the page be refused.
      const { tags } = await pool.run({ url: 'https://example.org/', html: source });
      expect(tags.length).toBeLessThanOrEqual(12);
      least = Math.min(least, took);
    }
    expect(least).toBeLessThanOrEqual(allowed.cpuMs);
  });

  it('are many kinds', () => {
    expect(hostilePages.length).toBeGreaterThanOrEqual(45);
    expect(new Set(hostilePages.map(({ name }) => name)).size).toBe(hostilePages.length);
  });
});
