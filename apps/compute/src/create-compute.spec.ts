import { afterEach, describe, expect, it } from 'vitest';
import { failure, page, requestFor, startTestCompute, topics } from '../test/compute-harness.ts';
import type { HarnessOptions, TestCompute } from '../test/compute-harness.ts';

let test: TestCompute;
afterEach(() => test.close());

async function start(options?: HarnessOptions): Promise<void> {
  test = await startTestCompute(options);
}

const bees = 'https://example.org/bees';

/** Everything that was read has been committed. */
async function settled(): Promise<void> {
  await expect.poll(() => test.compute.progress()).toMatchObject({ lag: 0, inFlight: 0 });
}

describe('a request for tags', () => {
  it('ends in a durable record, a wake-up, a result and a commit', async () => {
    await start();
    const request = requestFor(bees);
    await test.send(request);
    await expect
      .poll(() => test.heard.outcomes)
      .toMatchObject([
        { outcome: 'done', jobId: request.jobId, page: { url: bees, title: 'Honey bees', language: 'en' } },
      ]);
    expect(test.heard.wakes).toEqual([request.jobId]);
    const record = await test.memory.readPage(request.urlHash);
    expect(record?.tags[0]).toMatchObject({ score: 1 });
    expect(record?.tags.map(({ tag }) => tag.toLowerCase()).join()).toContain('honey bees');
    expect(await test.memory.readJob(request.jobId)).toMatchObject({ status: 'done', attempts: 1 });
    await settled();
  });

  it('leaves beside its result how far its partition was dealt with', async () => {
    await start();
    for (let nth = 0; nth < 3; nth += 1) {
      await test.send(requestFor(bees));
      await expect.poll(() => test.heard.outcomes.length).toBe(nth + 1);
      await settled();
    }
    const watermarks = await test.memory.readWatermarks(topics.requests);
    // The message of a write is not dealt with while it is written: the last of three has seen two before it.
    expect(Array.from(watermarks.values())).toEqual(['2']);
  });

  it('is done again when the store has lost its result, although it was committed', async () => {
    let lost = false;
    await start({
      store: (store) => ({
        // As if everything were gone: nothing is known, and the job is new again.
        readWatermarks: async (topic) => (lost ? new Map() : await store.readWatermarks(topic)),
        startAttempt: async (job) => (lost ? { kind: 'started', attempts: 1 } : await store.startAttempt(job)),
        apply: async (result, options) => {
          const applied = await store.apply(result, options);
          return lost && test.fetched.length === 2 ? { kind: 'applied', thrownBack: true } : applied;
        },
      }),
    });
    await test.send(requestFor(bees));
    await expect.poll(() => test.heard.outcomes.length).toBe(1);
    await settled();
    lost = true;
    await test.send(requestFor(bees));
    // The second message notices; then both are done again.
    await expect.poll(() => test.fetched.length).toBe(4);
    await settled();
  });

  it('that nobody can work on moves the watermark, and is buried once though the store is away', async () => {
    await start();
    await test.bus.publish(topics.requests, [{ key: 'poison', value: 'no request' }]);
    await settled();
    const watermarks = await test.memory.readWatermarks(topics.requests);
    expect(Array.from(watermarks.values())).toEqual(['0']);
    test.memory.setAvailable(false);
    await test.bus.publish(topics.requests, [{ key: 'poison', value: 'no request' }]);
    await expect.poll(() => test.heard.letters.length).toBe(2);
    await settled();
    expect(test.heard.letters).toHaveLength(2);
  });

  it('given twice has one effect, and both tellings get an answer', async () => {
    await start();
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(() => test.heard.outcomes.length).toBe(1);
    await test.send(request);
    await expect.poll(() => test.heard.outcomes.length).toBe(2);
    await settled();
    expect(test.fetched).toHaveLength(1);
    expect(await test.memory.readJob(request.jobId)).toMatchObject({ status: 'done', attempts: 1 });
  });

  it("logs under the caller's trace", async () => {
    await start();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await test.send(requestFor(bees), { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    await expect
      .poll(() => test.log().find((line) => line['msg'] === 'job ended'))
      .toMatchObject({ trace_id: traceId, outcome: 'done', fetchMs: expect.any(Number), tagMs: expect.any(Number) });
  });

  it.each([
    ['/story', 'https://example.org/story'],
    ['https://elsewhere.example/story', undefined],
  ])('of a page that names %s as its own address keeps %s as a pointer', async (link, canonical) => {
    const html = page.ok ? page.html.replace('<title>', `<link rel="canonical" href="${link}"><title>`) : '';
    await start({ web: () => ({ ...page, html }) as typeof page });
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(() => test.heard.outcomes.length).toBe(1);
    const record = await test.memory.readPage(request.urlHash);
    expect(record).toMatchObject({ url: bees, urlHash: request.urlHash });
    expect(record?.canonical).toBe(canonical);
  });

  it('is measured, stage by stage', async () => {
    await start();
    await test.send(requestFor(bees));
    await expect
      .poll(() => test.registry.metrics())
      .toContain('tagservice_compute_jobs_total{outcome="done",reason="ok"} 1');
    const metrics = await test.registry.metrics();
    for (const stage of ['fetch', 'tag', 'apply', 'publish']) {
      expect(metrics).toContain(`tagservice_compute_stage_duration_seconds_count{stage="${stage}"} 1`);
    }
    expect(metrics).toContain('tagservice_compute_queue_age_seconds_count 1');
    expect(metrics).toMatch(/tagservice_compute_assigned_partitions [1-9]/);
  });

  it('that nobody wants any more is not worked on', async () => {
    await start();
    const request = requestFor(bees, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
    await test.send(request);
    await expect
      .poll(() => test.memory.readJob(request.jobId))
      .toMatchObject({ status: 'failed', error: { code: 'JOB_EXPIRED' } });
    expect(test.fetched).toEqual([]);
  });
});

describe('a page that cannot be fetched', () => {
  it('for a reason that stays fails at the first attempt, without a dead letter', async () => {
    await start({ web: () => failure('FETCH_CONTENT_TYPE', false) });
    const request = requestFor(bees);
    await test.send(request);
    await expect
      .poll(() => test.heard.outcomes)
      .toMatchObject([
        { outcome: 'failed', error: { code: 'FETCH_CONTENT_TYPE', detail: 'It failed: FETCH_CONTENT_TYPE.' } },
      ]);
    await settled();
    expect(test.fetched).toHaveLength(1);
    expect(test.heard.letters).toEqual([]);
    expect(test.heard.wakes).toEqual([request.jobId]);
  });

  it('for a reason that passes is tried again', async () => {
    await start({ web: (_url, nth) => (nth < 3 ? failure('FETCH_TIMEOUT', true) : page) });
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(() => test.memory.readJob(request.jobId)).toMatchObject({ status: 'done', attempts: 3 });
  });

  it('after the last attempt fails with its reason, and the message is in the dead letters', async () => {
    await start({ web: () => failure('FETCH_CONNECT', true) });
    const request = requestFor(bees);
    await test.send(request, { 'x-tenant': 'blue' });
    await expect
      .poll(() => test.heard.outcomes)
      .toMatchObject([{ outcome: 'failed', error: { code: 'FETCH_CONNECT' } }]);
    await expect
      .poll(() => test.heard.letters)
      .toMatchObject([
        {
          reason: { code: 'FETCH_CONNECT' },
          attempts: 3,
          source: { topic: topics.requests },
          headers: { 'x-tenant': 'blue' },
        },
      ]);
    await settled();
    expect(test.fetched).toHaveLength(3);
  });

  it('and asks for more patience than a job has is given up at once', async () => {
    await start({
      web: () => ({
        ok: false,
        code: 'FETCH_STATUS',
        detail: 'Busy.',
        reason: '503',
        retriable: true,
        retryAfterMs: 600_000,
      }),
    });
    await test.send(requestFor(bees));
    await expect.poll(() => test.heard.outcomes.length).toBe(1);
    expect(test.fetched).toHaveLength(1);
  });

  it('that ended workers before is bounded by the attempts that the store has counted', async () => {
    await start();
    const request = requestFor(bees);
    for (let attempt = 1; attempt <= 3; attempt += 1) await test.memory.startAttempt(request);
    await test.send(request);
    await expect.poll(() => test.heard.letters).toMatchObject([{ reason: { code: 'ATTEMPTS_EXHAUSTED' } }]);
    await expect.poll(() => test.memory.readJob(request.jobId)).toMatchObject({ status: 'failed' });
    expect(test.fetched).toEqual([]);
  });
});

describe('a page that says nothing', () => {
  it('fails as empty', async () => {
    await start({
      web: () => ({ ...page, html: '<html><body><script>render()</script></body></html>' }) as typeof page,
    });
    const request = requestFor('https://example.org/');
    await test.send(request);
    await expect
      .poll(() => test.memory.readJob(request.jobId))
      .toMatchObject({ status: 'failed', error: { code: 'PAGE_EMPTY' } });
  });
});

describe('poison', () => {
  it.each([
    ['nothing', '', 'MESSAGE_EMPTY'],
    ['no JSON', '{"version":1,', 'MESSAGE_NOT_JSON'],
    ['a version of the future', '{"version":99}', 'MESSAGE_VERSION'],
    ['another shape', '{"version":1,"url":5}', 'MESSAGE_SHAPE'],
    ['too much', `{"version":1,"x":"${'a'.repeat(700_000)}"}`, 'MESSAGE_TOO_LARGE'],
    ['deep JSON', '['.repeat(10_000), 'MESSAGE_NOT_JSON'],
    [
      'a URL that was not accepted',
      JSON.stringify(requestFor(bees, { url: 'http://169.254.169.254/' })),
      'MESSAGE_SHAPE',
    ],
  ])('(%s) goes to the dead letters with its headers and holds nothing up', async (_what, value, code) => {
    await start();
    await test.bus.publish(topics.requests, [{ key: 'k', value, headers: { 'x-from': 'nobody' } }]);
    await test.send(requestFor(bees));
    await expect
      .poll(() => test.heard.letters)
      .toMatchObject([
        {
          reason: { code },
          key: 'k',
          headers: { 'x-from': 'nobody' },
          source: { topic: topics.requests, offset: '0' },
        },
      ]);
    await expect.poll(() => test.heard.outcomes.length).toBe(1);
    await settled();
    const kept = test.heard.letters[0]?.value;
    if (value.length > 0 && value.length < 600_000) expect(Buffer.from(kept ?? '', 'base64').toString()).toBe(value);
  });

  it('is not committed before it is in the dead letters', async () => {
    await start();
    const publish = test.bus.publish.bind(test.bus);
    let refusals = 0;
    test.bus.publish = (topic, messages) => {
      if (topic !== topics.deadLetters || refusals >= 2) return publish(topic, messages);
      refusals += 1;
      return Promise.reject(new Error('broker away'));
    };
    await publish(topics.requests, [{ key: 'k', value: 'poison' }]);
    await expect.poll(() => test.heard.letters.length, { timeout: 5_000 }).toBe(1);
    expect(refusals).toBe(2);
    await settled();
  });
});

describe('a result that may be lost with the primary', () => {
  it('is written again until enough replicas have it, and only then told', async () => {
    let writes = 0;
    await start({
      store: (memory) => ({
        apply: async (result) => {
          writes += 1;
          const applied = await memory.apply(result);
          return writes < 3 ? { kind: 'unknown', acknowledged: 0, wanted: 1 } : applied;
        },
      }),
    });
    await test.send(requestFor(bees));
    await expect.poll(() => test.heard.outcomes.length).toBe(1);
    expect(writes).toBe(3);
    expect(test.fetched).toHaveLength(1);
    expect(await test.registry.metrics()).toContain('tagservice_compute_retries_total{reason="unknown"} 2');
  });
});

describe('work that is taken away', () => {
  it('does not count against the page', async () => {
    const held = Promise.withResolvers<ReturnType<typeof failure>>();
    await start({ web: () => held.promise });
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(async () => (await test.memory.readJob(request.jobId))?.attempts).toBe(1);
    await test.compute.close();
    held.resolve(failure('FETCH_TIMEOUT', true));
    await expect.poll(async () => (await test.memory.readJob(request.jobId))?.attempts).toBe(0);
  });
});

describe('while Redis is away', () => {
  it('nothing is committed, and the work is done when it is back', async () => {
    await start();
    test.memory.setAvailable(false);
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(() => test.log().some((line) => line['msg'] === 'message is tried again')).toBe(true);
    expect(test.compute.progress()?.lag).toBe(1);
    expect(test.heard.outcomes).toEqual([]);
    test.memory.setAvailable(true);
    await expect.poll(() => test.heard.outcomes.length, { timeout: 5_000 }).toBe(1);
    await settled();
  });
});

describe('stopping', () => {
  it('finishes what is in flight and leaves the rest to others', async () => {
    const gate = Promise.withResolvers<undefined>();
    await start({
      web: async () => {
        await gate.promise;
        return page;
      },
    });
    const request = requestFor(bees);
    await test.send(request);
    await expect.poll(() => test.fetched.length).toBe(1);
    const closing = test.compute.close();
    gate.resolve(undefined);
    await closing;
    expect(await test.memory.readJob(request.jobId)).toMatchObject({ status: 'done' });
  });
});
