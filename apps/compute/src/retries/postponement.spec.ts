import { afterEach, describe, expect, it } from 'vitest';
import { failure, page, requestFor, startTestCompute } from '../../test/compute-harness.ts';
import type { HarnessOptions, TestCompute } from '../../test/compute-harness.ts';
import { POSTPONED_HEADER } from './postponement.ts';
import { TimerUnavailable } from '@tagservice/timers';

let test: TestCompute;
afterEach(() => test.close());

const bees = 'https://example.org/bees';
/** A host that asks to be left alone for a while. */
const busy = (retryAfterMs: number) => ({ ...failure('FETCH_STATUS', true), retryAfterMs });
/** Busy for the first attempts, then there. */
const busyFor = (attempts: number, retryAfterMs: number): HarnessOptions => ({
  web: (_url, nth) => (nth <= attempts ? busy(retryAfterMs) : page),
});
const patient = { timeout: 10_000 };

async function start(options?: HarnessOptions): Promise<void> {
  test = await startTestCompute(options);
}

const statusOf = async (jobId: string) => test.memory.readJob(jobId);
const settled = () => expect.poll(() => test.compute.progress(), patient).toMatchObject({ lag: 0, inFlight: 0 });

describe('a job that must wait longer than a moment', () => {
  it('holds up nobody: its message is committed while it waits, and comes back with its key and headers', async () => {
    await start(busyFor(1, 1_200));
    const request = requestFor(bees);
    await test.send(request, { 'x-tenant': 'blue' });
    await settled();
    expect(await statusOf(request.jobId)).toMatchObject({ status: 'running', attempts: 1 });
    expect([...test.schedule.due.values()]).toMatchObject([
      {
        message: {
          id: `${request.jobId}-1`,
          key: request.urlHash,
          headers: { 'x-tenant': 'blue', [POSTPONED_HEADER]: '1' },
        },
      },
    ]);
    expect(await test.registry.metrics()).toContain('tagservice_compute_postponed 1');
    await expect.poll(() => statusOf(request.jobId), patient).toMatchObject({ status: 'done', attempts: 2 });
    await settled();
    const metrics = await test.registry.metrics();
    expect(metrics).toContain('tagservice_compute_postponed_total{outcome="kept"} 1');
    expect(metrics).toContain('tagservice_compute_postponed_total{outcome="returned"} 1');
    expect(metrics).toContain('tagservice_compute_postponed 0');
    // Its age is the time until a worker had it, which the wait is no part of.
    expect(metrics).toContain('tagservice_compute_queue_age_seconds_count 1');
  });

  it('counts its attempts over all deliveries, and is given up after the last', async () => {
    await start({ web: () => busy(1_010) });
    const request = requestFor(bees);
    await test.send(request, { 'x-tenant': 'blue' });
    await expect
      .poll(() => test.heard.letters, patient)
      .toMatchObject([{ reason: { code: 'FETCH_STATUS' }, attempts: 3, headers: { 'x-tenant': 'blue' } }]);
    expect(await statusOf(request.jobId)).toMatchObject({ status: 'failed', attempts: 3 });
    expect(test.fetched).toHaveLength(3);
    expect(test.schedule.due.size).toBe(0);
  });

  it('waits once although its worker died between scheduling it and committing, so that it is given twice', async () => {
    await start(busyFor(2, 1_100));
    const request = requestFor(bees);
    // As the broker gives it again to whoever takes over.
    await test.send(request);
    await test.send(request);
    await settled();
    expect([...test.schedule.due.keys()]).toEqual([`${request.jobId}-1`]);
    await expect.poll(() => statusOf(request.jobId), patient).toMatchObject({ status: 'done', attempts: 3 });
    await settled();
    expect(test.heard.outcomes).toHaveLength(1);
  });

  it('is not committed while it is not known to be kept', async () => {
    let refusals = 0;
    await start({
      ...busyFor(3, 1_100),
      timer: (timer) => ({
        schedule: (message, delayMs) => {
          if (refusals < 2) return Promise.reject(new TimerUnavailable(`no answer ${String((refusals += 1))}`));
          return timer.schedule(message, delayMs);
        },
      }),
    });
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(() => refusals).toBe(1);
    expect(test.compute.progress()).toMatchObject({ lag: 1 });
    await expect.poll(() => statusOf(request.jobId), patient).toMatchObject({ status: 'failed' });
    await settled();
    expect(refusals).toBe(2);
  });

  it('waits where it is while as many wait elsewhere as may: intake slows down, nothing is lost', async () => {
    await start({ ...busyFor(1, 3_000), mostRetries: 0 });
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(() => statusOf(request.jobId)).toMatchObject({ status: 'done', attempts: 2 });
    expect(await test.registry.metrics()).toContain('tagservice_compute_postponed_total{outcome="full"} 1');
  });

  it.each(['-1', '1e9', '99999', 'x', ''])(
    'is put off whatever a stranger wrote into its header (%s)',
    async (header) => {
      await start(busyFor(1, 2_000));
      const request = requestFor(bees);
      await test.send(request, { [POSTPONED_HEADER]: header });
      await expect.poll(() => [...test.schedule.due.keys()]).toEqual([`${request.jobId}-1`]);
    },
  );

  it('is given up when nobody can wait so long: there is no room elsewhere, or its answer is not wanted any more by then', async () => {
    await start({ web: () => busy(60_000), mostRetries: 0 });
    const crowded = requestFor(bees);
    await test.send(crowded);
    await expect.poll(() => test.heard.letters).toMatchObject([{ reason: { code: 'FETCH_STATUS' }, attempts: 1 }]);
    const expiring = requestFor('https://example.org/soon', { expiresAt: new Date(Date.now() + 20_000).toISOString() });
    await test.send(expiring);
    await expect
      .poll(() => statusOf(expiring.jobId))
      .toMatchObject({ status: 'failed', error: { code: 'FETCH_STATUS' } });
    expect(test.heard.letters).toHaveLength(1);
    expect(test.fetched).toHaveLength(2);
  });
});
