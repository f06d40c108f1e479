import { FakeClock, type Cache, type InformerHandler, type KubeClient } from '@tagservice/controller-runtime';
import { MemoryBroker, memoryTopicAdmin } from '@tagservice/event-bus';
import { describe, expect, it } from 'vitest';
import { cacheOf, pod, service } from '../../test/fixtures.ts';
import { kafkaSupport } from '../kafka/kafka-support.ts';
import { utilizationReader } from '../metrics-api/utilization.ts';
import type { TagServiceObject } from '../resource.ts';
import { forgetGone } from './gone.ts';

describe('a TagService that is gone', () => {
  it('leaves no client of Kafka and no reading behind on a replica that does not lead', async () => {
    const demo = service();
    const clock = new FakeClock();
    let open = 0;
    let asked = 0;
    const kafka = kafkaSupport({
      client: {} as KubeClient,
      clock,
      contents: {
        follow: () => undefined,
        settled: () => Promise.resolve(),
        read: () => ({ kind: 'absent' }),
        forget: () => undefined,
      },
      answered: () => undefined,
      open: () => {
        open += 1;
        return { ...memoryTopicAdmin(new MemoryBroker()), close: () => Promise.resolve(void (open -= 1)) };
      },
    });
    const readText = () => {
      asked += 1;
      return Promise.resolve('tagservice_api_in_flight 1\ntagservice_api_in_flight_limit 10\n');
    };
    const utilization = utilizationReader({ cache: cacheOf([pod()]), clock, readText });
    const handlers: InformerHandler<TagServiceObject>[] = [];
    const cache = { existing: () => ({ addHandler: (handler: never) => handlers.push(handler) }) };
    forgetGone(cache as unknown as Cache, [kafka, utilization]);
    // What an autoscaler asks.
    await kafka.lag.read(demo);
    await utilization.read(demo);
    await utilization.read(demo);
    expect([open, asked]).toEqual([1, 1]);

    for (const handler of handlers) handler.delete?.(demo as unknown as TagServiceObject);
    await expect.poll(() => open).toBe(0);
    await utilization.read(demo);
    expect(asked).toBe(2);
  });
});
