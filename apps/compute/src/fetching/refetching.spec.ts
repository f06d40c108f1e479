import type { PageTags } from '@tagservice/contracts';
import type { FetchOptions, FetchResult } from '@tagservice/safe-fetch';
import { afterEach, describe, expect, it } from 'vitest';
import { failure, page, policy, requestFor, startTestCompute } from '../../test/compute-harness.ts';
import type { HarnessOptions, TestCompute } from '../../test/compute-harness.ts';
import type { DelayedMessage, MessageTimer } from '@tagservice/timers';

let test: TestCompute;
afterEach(() => test.close());

const bees = 'https://example.org/bees';
const validators = { etag: '"v1"', lastModified: 'Sun, 22 Nov 2026 12:00:00 GMT' };
const validated = { ...page, validators } as FetchResult;
const unchanged: FetchResult = { ok: false, unchanged: true };

async function start(web: NonNullable<HarnessOptions['web']>): Promise<void> {
  // What waits for longer than a moment waits in the timer: it, too, is over at once.
  const timer = (real: MessageTimer) => ({ schedule: (message: DelayedMessage) => real.schedule(message, 0) });
  test = await startTestCompute({ web, timer });
}

/** Sends a request for the page and waits for what becomes of it. */
async function outcomeOf(nth: number) {
  const request = requestFor(bees);
  await test.send(request);
  await expect.poll(() => test.heard.outcomes.length).toBe(nth);
  return { request, outcome: test.heard.outcomes.at(-1), record: await test.memory.readPage(request.urlHash) };
}

/** A record as an older version would have written it. */
function without(record: PageTags, field: keyof PageTags, jobId: string): PageTags {
  return { ...(Object.fromEntries(Object.entries(record).filter(([name]) => name !== field)) as PageTags), jobId };
}

describe('a page that is tagged again', () => {
  it('is asked for by what its host said of it, and renewed where it is what it was', async () => {
    const asked: FetchOptions['ifChanged'][] = [];
    await start((_url, nth, { ifChanged }) => {
      asked.push(ifChanged);
      return nth === 1 ? validated : unchanged;
    });
    const before = (await outcomeOf(1)).record!;
    expect(before.source).toMatchObject({ url: bees, ...validators });
    const { request, outcome, record } = await outcomeOf(2);
    const after = record!;
    expect(asked).toEqual([undefined, expect.objectContaining(validators)]);
    expect(outcome).toMatchObject({ outcome: 'done', jobId: request.jobId });
    expect(after).toEqual({ ...before, jobId: request.jobId, taggedAt: after.taggedAt });
    expect(Date.parse(after.taggedAt)).toBeGreaterThanOrEqual(Date.parse(before.taggedAt));
    const metrics = await test.registry.metrics();
    expect(metrics).toContain('tagservice_compute_unchanged_total 1');
    expect(metrics).toContain('tagservice_compute_stage_duration_seconds_count{stage="tag"} 1');
  });

  it('is made again where it has changed', async () => {
    await start((_url, nth) => (nth === 1 ? validated : { ...page, validators: { etag: '"v2"' } }) as FetchResult);
    await outcomeOf(1);
    const { record } = await outcomeOf(2);
    expect(record?.source).toMatchObject({ etag: '"v2"' });
    expect(record?.source).not.toHaveProperty('lastModified');
  });

  it('is asked for anew where another tagger, or a version that knew none, had made its tags', async () => {
    const asked: unknown[] = [];
    await start((_url, _nth, { ifChanged }) => {
      asked.push(ifChanged);
      return validated;
    });
    const { record, request } = await outcomeOf(1);
    const again = requestFor(bees);
    const source = { url: bees, etag: '"v1"', tagger: 'another' };
    await test.memory.apply({ ...again, page: { ...record!, jobId: again.jobId, source } });
    await outcomeOf(2);
    const third = requestFor(bees);
    await test.memory.apply({ ...third, page: without(record!, 'source', third.jobId) });
    await outcomeOf(3);
    expect(asked).toEqual([undefined, undefined, undefined]);
    expect(request.url).toBe(bees);
  });

  it('by a host that says unchanged without having been asked fails', async () => {
    await start(() => unchanged);
    const { outcome } = await outcomeOf(1);
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'FETCH_STATUS' } });
  });
});

describe('a page that is longer than the limit', () => {
  it('is tagged by its beginning, and its record says so', async () => {
    await start(() => ({ ...page, truncated: true }) as FetchResult);
    expect((await outcomeOf(1)).record).toMatchObject({ truncated: true });
  });
});

describe('a page whose host may not be asked now', () => {
  const busy = (reason: string, retryAfterMs: number): FetchResult => ({
    ...(failure('FETCH_HOST_BUSY', true) as Extract<FetchResult, { code: string }>),
    reason,
    retryAfterMs,
  });

  it('waits for it without that counting as attempts', async () => {
    const patient = 3 * policy.attempts;
    await start((_url, nth) => (nth <= patient ? busy('busy', 3_600_000) : page));
    const { request, outcome } = await outcomeOf(1);
    expect(outcome).toMatchObject({ outcome: 'done' });
    expect(test.fetched).toHaveLength(patient + 1);
    expect(await test.memory.readJob(request.jobId)).toMatchObject({ status: 'done', attempts: 1 });
  });

  it('is given up where the host itself wants to be left alone for longer than a job waits', async () => {
    await start(() => busy('resting', 3_600_000));
    const { outcome } = await outcomeOf(1);
    expect(outcome).toMatchObject({ outcome: 'failed', error: { code: 'FETCH_HOST_BUSY' } });
  });

  it('does not stand in line for ever', async () => {
    await start(() => busy('busy', 1_000));
    const request = requestFor(bees, { acceptedAt: new Date(Date.now() - 7 * 3_600_000).toISOString() });
    await test.send(request);
    await expect
      .poll(() => test.heard.letters)
      .toMatchObject([{ reason: { code: 'FETCH_HOST_BUSY' }, attempts: policy.attempts }]);
  });
});

describe('a page that is not at a public address', () => {
  it('is counted by what gave it away', async () => {
    await start(() => ({ ...(failure('FETCH_REFUSED', false) as object), reason: 'loopback' }) as FetchResult);
    expect((await outcomeOf(1)).outcome).toMatchObject({ outcome: 'failed', error: { code: 'FETCH_REFUSED' } });
    expect(await test.registry.metrics()).toContain('tagservice_compute_fetch_refusals_total{reason="loopback"} 1');
  });
});
