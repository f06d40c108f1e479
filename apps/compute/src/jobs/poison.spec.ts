import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeTagRequest } from '@tagservice/contracts';
import { TopicRefused } from '@tagservice/event-bus';
import { requestFor, startTestCompute, topics } from '../../test/compute-harness.ts';
import type { TestCompute } from '../../test/compute-harness.ts';
import { poisons } from '../../test/poison.ts';

const bees = 'https://example.org/bees';
const headersOf = (name: string) => ({
  'x-poison': name,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});

describe('what nobody can work on', () => {
  let test: TestCompute;
  let letters: Map<string, TestCompute['heard']['letters'][number]>;

  beforeAll(async () => {
    test = await startTestCompute();
    for (const { name, value } of poisons)
      await test.bus.publish(topics.requests, [
        { key: `key of ${name}`, value: value ?? '', headers: headersOf(name) },
      ]);
    await test.send(requestFor(bees));
    const told = () => {
      expect(test.heard.letters).toHaveLength(poisons.length);
    };
    await vi.waitFor(told, { timeout: 10_000, interval: 20 });
    letters = new Map(
      test.heard.letters.map((letter) => [(letter.headers as Record<string, string>)['x-poison'] ?? '', letter]),
    );
  });
  afterAll(() => test.close());

  it.each(poisons)('($name) is in the dead letters with its reason, as it came', ({ name, value, code }) => {
    const letter = letters.get(name);
    expect(letter).toMatchObject({
      reason: { code },
      attempts: 0,
      key: `key of ${name}`,
      headers: { 'x-poison': name },
      source: { topic: topics.requests },
      valueBytes: value?.byteLength,
    });
    expect(letter!.headers).toHaveProperty('traceparent', expect.stringContaining('0af7651916cd43dd8448eb211c80319c'));
    expect(letter!.reason.detail.length).toBeLessThanOrEqual(1_000);
    const kept = Buffer.from(letter!.value ?? '', 'base64');
    expect(kept.equals(value!.subarray(0, 600_000))).toBe(true);
  });

  it('holds nothing up, counts in the metrics and changes nothing', async () => {
    await expect.poll(() => test.heard.outcomes.length).toBe(1);
    await expect.poll(() => test.compute.progress()).toMatchObject({ lag: 0, inFlight: 0 });
    expect(test.fetched).toEqual([bees]);
    const metrics = await test.registry.metrics();
    for (const code of new Set(poisons.map((one) => one.code))) {
      const count = poisons.filter((one) => one.code === code).length;
      expect(metrics).toContain(`tagservice_compute_jobs_total{outcome="dead",reason="${code}"} ${String(count)}`);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each(poisons)('($name) costs less than 20 ms of processor', ({ value }) => {
    decodeTagRequest(value);
    const before = process.cpuUsage();
    decodeTagRequest(value);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(20);
  });
});

describe('a dead letter', () => {
  let test: TestCompute;
  beforeEach(async () => {
    test = await startTestCompute();
  });
  afterEach(() => test.close());

  const refuse = (limit: number): void => {
    const publish = test.bus.publish.bind(test.bus);
    test.bus.publish = (topic, messages) => {
      const size = messages.reduce(
        (sum, { key, value, headers }) => sum + key.length + value.length + JSON.stringify(headers ?? {}).length,
        0,
      );
      if (topic === topics.deadLetters && size > limit)
        return Promise.reject(new TopicRefused(topic, 'MESSAGE_TOO_LARGE', { detail: 'too large' }));
      return publish(topic, messages);
    };
  };

  it('of a message that is all headers and key still fits into a message, so that it cannot block its partition', async () => {
    refuse(1_000_000);
    const headers = { small: 'kept', huge: 'ÿ'.repeat(400_000), 'small-too': 'kept' };
    await test.bus.publish(topics.requests, [{ key: 'k'.repeat(300_000), value: 'x'.repeat(700_000), headers }]);
    await expect.poll(() => test.heard.letters.length).toBe(1);
    const [letter] = test.heard.letters;
    expect(letter).toMatchObject({ reason: { code: 'MESSAGE_TOO_LARGE' }, valueBytes: 700_000 });
    expect(letter!.headers).toMatchObject({ small: 'kept', 'small-too': 'kept' });
    expect(letter!.headers).not.toHaveProperty('huge');
    expect(letter!.key).toHaveLength(1_024);
  });

  it('that the broker does not take for its size is written with the reason and the place alone', async () => {
    refuse(5_000);
    await test.bus.publish(topics.requests, [{ key: 'k', value: 'x'.repeat(100_000), headers: { small: 'kept' } }]);
    await expect.poll(() => test.heard.letters.length).toBe(1);
    expect(test.heard.letters).toMatchObject([
      { reason: { code: 'MESSAGE_TOO_LARGE' }, value: '', valueBytes: 100_000, headers: { small: 'kept' } },
    ]);
  });
});
