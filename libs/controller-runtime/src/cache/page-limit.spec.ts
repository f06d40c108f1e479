import { expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import type { KubeClient, ListOptions } from '../client/client.ts';
import { ApiError, ConnectionError } from '../client/errors.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { silentLogger } from '../logger.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { Reflector } from './reflector.ts';

it('gives a page that does not come twice the time, up to a minute, and the usual time once one has come', async () => {
  const clock = new FakeClock();
  const limits: (number | undefined)[] = [];
  let answers = false;
  const client: KubeClient = Object.assign(new MemoryClient(), {
    list: async (_resource: unknown, { timeoutMs }: ListOptions) => {
      limits.push(timeoutMs);
      if (!answers) throw new ConnectionError('GET', { cause: 'none', timedOut: true });
      return Promise.resolve({ items: [], resourceVersion: '10' });
    },
    watch: async () => Promise.reject(new ApiError({ code: 410 }, 'GET')),
  });
  const nothing = (): void => undefined;
  const sink = { replace: nothing, change: nothing, reset: nothing };
  const reflector = new Reflector({ client, resource: ConfigMap, selection: {}, sink, clock, log: silentLogger });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  for (let i = 0; i < 4; i += 1) await clock.advance(clock.untilNext ?? 0);
  answers = true;
  for (let i = 0; i < 2; i += 1) await clock.advance(clock.untilNext ?? 0);
  stop.abort();
  await running;
  expect(limits.slice(0, 6)).toEqual([8_000, 16_000, 32_000, 60_000, 60_000, 8_000]);
});
