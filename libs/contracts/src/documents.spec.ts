import { describe, expect, it } from 'vitest';
import { pageTagsSchema } from './documents.ts';
import { newJobId } from './job-id.ts';

const urlHash = 'a'.repeat(32);
/** A record as the version before wrote it. */
const former = {
  url: 'https://example.org/bees',
  urlHash,
  title: 'Bees',
  language: 'en',
  tags: [{ tag: 'bees', score: 1, evidence: ['title'] }],
  taggedAt: '2026-11-22T12:00:00.000Z',
  jobId: newJobId(urlHash),
};
const source = { url: 'https://example.org/bees.html', etag: '"v1"', tagger: '1' };

describe('the record of a page', () => {
  it('of the version before is read as it is', () => {
    expect(pageTagsSchema.parse(former)).toEqual(former);
  });

  it('remembers what the page was made from, and whether it was cut', () => {
    const record = { ...former, truncated: true, source };
    expect(pageTagsSchema.parse(record)).toEqual(record);
  });

  it('of a version after this one is read without what nobody here knows', () => {
    expect(pageTagsSchema.parse({ ...former, source: { ...source, digest: 'x' }, mood: 'calm' })).toEqual({
      ...former,
      source,
    });
  });

  it.each([{ etag: 'x'.repeat(2_000) }, { lastModified: 'x'.repeat(100) }, { tagger: undefined }, { url: '' }])(
    'is none with a source like %j',
    (wrong) => {
      expect(pageTagsSchema.safeParse({ ...former, source: { ...source, ...wrong } }).success).toBe(false);
    },
  );
});
