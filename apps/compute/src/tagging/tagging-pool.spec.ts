import { afterEach, describe, expect, it } from 'vitest';
import { PageTooComplex, PoolClosed, TaggingPool } from './tagging-pool.ts';
import type { TaggingPoolOptions } from './tagging-pool.ts';

const hostile = new URL('../../test/hostile.worker.ts', import.meta.url);
let pool: TaggingPool | undefined;
afterEach(() => pool?.close());

function start(over: Partial<TaggingPoolOptions> = {}): TaggingPool {
  pool = new TaggingPool({ size: 1, limitMs: 5_000, memoryMb: 64, entry: hostile, ...over });
  return pool;
}

const page = (html: string) => ({ url: 'https://example.org/', html });

async function limitOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof PageTooComplex ? error.limit : String(error)),
  );
}

describe('tagging in worker threads', () => {
  it('finds the tags of a page with the real tagger', async () => {
    pool = new TaggingPool({ size: 1, limitMs: 10_000, memoryMb: 192 });
    const html = `<html lang="en"><title>Honey bees in orchards</title><article><p>${'Honey bees pollinate orchards in spring. '.repeat(30)}</p></article></html>`;
    const findings = await pool.run({ url: 'https://example.org/honey-bees', html });
    expect(findings.title).toContain('Honey bees');
    expect(findings.tags.map(({ tag }) => tag.toLowerCase()).join()).toContain('honey bees');
    expect(findings).not.toHaveProperty('text');
  });

  it('gives each page its own answer, whatever the order', async () => {
    const tagger = start({ size: 2 });
    const titles = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map(async (html) => (await tagger.run(page(html))).title),
    );
    expect(titles).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(tagger.workers).toBe(2);
  });

  it('stops a page that does not come to an end, and goes on with the next', async () => {
    const tagger = start({ limitMs: 300 });
    const [spinning, next] = [tagger.run(page('spin')), tagger.run(page('next'))];
    expect(await limitOf(spinning)).toBe('time');
    expect((await next).title).toBe('next');
  });

  it('does not blame a page for a processor that it was not given', async () => {
    const tagger = start({ limitMs: 300 });
    expect((await tagger.run(page('wait 600'))).title).toBe('wait 600');
  });

  it('stops a page that uses no processor and does not come to an end either', async () => {
    const tagger = start({ limitMs: 400 });
    expect(await limitOf(tagger.run(page('wait 60000')))).toBe('time');
    expect((await tagger.run(page('next'))).title).toBe('next');
  });

  it('stops a page that needs too much memory, without harm to the process', async () => {
    const tagger = start({ memoryMb: 24 });
    expect(await limitOf(tagger.run(page('grow')))).toBe('memory');
    expect((await tagger.run(page('next'))).title).toBe('next');
  });

  it.each(['throw', 'exit'])('survives a page that ends its worker (%s)', async (how) => {
    const tagger = start();
    expect(await limitOf(tagger.run(page(how)))).toBe('crash');
    expect((await tagger.run(page('next'))).title).toBe('next');
  });

  it('replaces a worker that has read its share of pages, without losing one', async () => {
    const tagger = start({ size: 2, pagesPerWorker: 3 });
    const threads = await Promise.all(Array.from({ length: 20 }, async () => (await tagger.run(page('thread'))).title));
    expect(threads).toHaveLength(20);
    for (const thread of new Set(threads))
      expect(threads.filter((one) => one === thread).length).toBeLessThanOrEqual(3);
    expect(tagger.workers).toBeLessThanOrEqual(2);
  });

  it('tells what each page took of the processor', async () => {
    const told: number[] = [];
    const tagger = start({ onPage: (cpuMs) => told.push(cpuMs) });
    await Promise.all([tagger.run(page('a')), tagger.run(page('b'))]);
    expect(told).toEqual([1.5, 1.5]);
  });

  it('is ready before the first page when warmed up', () => {
    const tagger = start();
    tagger.warmUp();
    tagger.warmUp();
    expect(tagger.workers).toBe(1);
  });

  it('takes and keeps nothing once closed', async () => {
    const tagger = start();
    const pending = [tagger.run(page('spin')), tagger.run(page('waiting'))].map((work) =>
      work.catch((error: unknown) => error),
    );
    await tagger.close();
    expect(await Promise.all(pending)).toEqual([expect.any(PoolClosed), expect.any(PoolClosed)]);
    await expect(tagger.run(page('late'))).rejects.toThrow(PoolClosed);
    expect(tagger.workers).toBe(0);
  });
});
