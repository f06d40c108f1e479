import { describe, expect, it } from 'vitest';
import { BusUnavailable } from '../errors.ts';
import { eventBusContract, type BusHarness } from '../event-bus.contract.ts';
import { rewindContract } from '../rewind.contract.ts';
import { topicAdminContract } from '../topic-admin.contract.ts';
import { MemoryBroker } from './broker.ts';
import { memoryEventBus, memoryTopicAdmin } from './memory-event-bus.ts';

const broker = new MemoryBroker();
const harness: BusHarness = {
  bus: () => memoryEventBus({ broker, backOff: { initialMs: 1, maxMs: 5 } }),
  admin: memoryTopicAdmin(broker),
};

describe('the in-memory event bus', () => {
  eventBusContract(() => harness);
  rewindContract(() => harness);

  it('behaves as if the broker were away when told so, and goes on when it is back', async () => {
    const own = new MemoryBroker();
    const bus = memoryEventBus({ broker: own, topics: ['t'] });
    own.setAvailable(false);
    await expect(bus.publish('t', [{ key: 'a', value: '1' }])).rejects.toBeInstanceOf(BusUnavailable);
    await expect(bus.ping()).rejects.toBeInstanceOf(BusUnavailable);
    expect(await memoryTopicAdmin(own).lag('t', 'g')).toMatchObject({ kind: 'unknown' });
    own.setAvailable(true);
    await expect(bus.publish('t', [{ key: 'a', value: '1' }])).resolves.toBeUndefined();
    await bus.close();
  });
});

describe('the in-memory topic admin', () => {
  topicAdminContract(() => harness);
});
