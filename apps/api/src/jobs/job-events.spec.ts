import { jobAnswerSchema } from '@tagservice/contracts';
import type { JobAnswer } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

let test: TestApi;
let url: string;
beforeEach(async () => {
  test = await startTestApi();
  url = `http://127.0.0.1:${String(await test.api.listen(0, '127.0.0.1'))}`;
});
afterEach(() => test.close());

const bees = 'https://example.org/bees';

async function accepted(page = bees): Promise<string> {
  return String((await test.tagsOf(page, { prefer: 'respond-async' })).headers['location']);
}

interface Event {
  readonly id: string;
  readonly job: JobAnswer;
}

/** A caller who reads a stream; `text` is everything so far. */
async function connect(location: string, headers: Record<string, string> = {}) {
  const caller = new AbortController();
  const response = await fetch(`${url}${location}/events`, { headers, signal: caller.signal });
  let text = '';
  const read = async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  };
  const ended = read();
  ended.catch(() => undefined);
  return {
    response,
    ended,
    hangUp: () => {
      caller.abort();
    },
    text: () => text,
    events: () =>
      [...text.matchAll(/^id: (.*)\nevent: status\ndata: (.*)\n\n/gm)].map(([, id = '', data = '']): Event => ({
        id,
        job: jobAnswerSchema.parse(JSON.parse(data)),
      })),
  };
}

const open = async () => Number(/^tagservice_api_streams (\d+)$/m.exec(await test.registry.metrics())?.[1]);

describe('the events of a job', () => {
  it('tell each state once, and end after the last with the place of the result', async () => {
    const location = await accepted();
    const stream = await connect(location);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('cache-control')).toBe('no-store');
    expect(stream.response.headers.get('x-content-type-options')).toBe('nosniff');
    await expect.poll(() => stream.events().map(({ job }) => job.status)).toEqual(['queued']);
    await test.compute(async (request) => {
      await test.store.startAttempt(request);
      await expect.poll(() => stream.events().at(-1)?.job.status, { timeout: 5_000 }).toBe('running');
      await test.succeed(request);
      await test.store.wake(request.replyTo, request.jobId);
    });
    await stream.ended;
    expect(stream.events().map(({ job }) => job.status)).toEqual(['queued', 'running', 'done']);
    expect(stream.events().at(-1)?.job.result).toBe(`/v1/tags?url=${encodeURIComponent(bees)}`);
    expect(stream.text()).toMatch(/^retry: 2000\n\n/);
    await expect.poll(open).toBe(0);
  });

  it('of a job that failed end with why', async () => {
    const location = await accepted();
    await test.compute((request) => test.fail(request, { code: 'FETCH_DNS', detail: 'No address.' }));
    const stream = await connect(location);
    await stream.ended;
    expect(stream.events().at(-1)?.job).toMatchObject({ status: 'failed', error: { code: 'FETCH_DNS' } });
  });

  it('go on after the last one that the caller has, at any instance, without telling it again', async () => {
    const location = await accepted();
    const first = await connect(location);
    await expect.poll(() => first.events().length).toBe(1);
    const { id } = first.events()[0]!;
    first.hangUp();
    const second = await connect(location, { 'last-event-id': id });
    await expect.poll(open).toBe(1);
    await test.compute(test.succeed);
    await second.ended;
    expect(second.events().map(({ job }) => job.status)).toEqual(['done']);
    // Who has the last one is told not to come back.
    const third = await connect(location, { 'last-event-id': second.events()[0]!.id });
    expect(third.response.status).toBe(204);
    // Who has something that never was is told where things stand.
    const lost = await connect(location, { 'last-event-id': 'nonsense' });
    await lost.ended;
    expect(lost.events().map(({ job }) => job.status)).toEqual(['done']);
  });

  it('are kept alive by comments while nothing happens, and ended after five minutes', async () => {
    const stream = await connect(await accepted());
    await expect.poll(() => stream.events().length).toBe(1);
    test.at(15_000);
    await expect.poll(() => stream.text(), { timeout: 5_000 }).toMatch(/\n: still under way\n\n$/);
    test.at(300_001);
    await stream.ended;
    expect(stream.events()).toHaveLength(1);
  });

  it('leave nothing behind when the caller hangs up', async () => {
    const stream = await connect(await accepted());
    await expect.poll(open).toBe(1);
    stream.hangUp();
    await expect.poll(open).toBe(0);
    await expect.poll(() => test.registry.metrics()).toContain('tagservice_api_in_flight 0');
  });

  it('go on when the store was away for a while', async () => {
    const stream = await connect(await accepted());
    await expect.poll(() => stream.events().length).toBe(1);
    test.store.setAvailable(false);
    const read = test.store.readJob.bind(test.store);
    const tried = Promise.withResolvers<undefined>();
    test.store.readJob = (jobId) => {
      tried.resolve(undefined);
      return read(jobId);
    };
    await tried.promise;
    test.store.setAvailable(true);
    await test.compute(test.succeed);
    await stream.ended;
    expect(stream.events().at(-1)?.job.status).toBe('done');
  });

  it('are given to a bounded number of callers, a quarter of all places', async () => {
    const location = await accepted();
    const streams = [await connect(location), await connect(location)];
    const refused = await test.get(`${location}/events`);
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(problemIn(refused).code).toBe('TOO_MANY_STREAMS');
    streams[0]!.hangUp();
    await expect.poll(open).toBe(1);
    expect((await connect(location)).response.status).toBe(200);
  });

  it('end at once when the instance stops', async () => {
    const stream = await connect(await accepted());
    await expect.poll(() => stream.events().length).toBe(1);
    await test.api.close();
    await stream.ended;
  });

  it('of a job that never was are not found', async () => {
    const answer = await test.get(`/v1/jobs/${'0'.repeat(32)}-${'0'.repeat(16)}/events`);
    expect(answer.statusCode).toBe(404);
    expect(problemIn(answer).code).toBe('JOB_NOT_FOUND');
  });
});
