import { describe, expect, it, vi } from 'vitest';
import { Dispatcher, type DispatcherOptions, type PartitionId } from './dispatcher.ts';
import type { IncomingMessage } from './port.ts';

const zero: PartitionId = { topic: 't', partition: 0 };
const one: PartitionId = { topic: 't', partition: 1 };

function messages(id: PartitionId, from: number, count: number): IncomingMessage[] {
  return sized(id, { from, count, bytes: 1 });
}

function sized(
  id: PartitionId,
  { from, count, bytes }: { from: number; count: number; bytes: number },
): IncomingMessage[] {
  return Array.from({ length: count }, (_, n) => ({
    ...id,
    offset: String(from + n),
    key: null,
    value: Buffer.alloc(bytes),
    headers: {},
    timestamp: 0,
  }));
}

/** A dispatcher whose handlers end when they are told to. */
function dispatcher(options: Partial<DispatcherOptions> = {}) {
  const running = new Map<string, PromiseWithResolvers<undefined> & { signal: AbortSignal }>();
  const pressure: string[] = [];
  const made = new Dispatcher({
    concurrency: 4,
    maxInFlightBytes: 1000,
    maxSpan: 100,
    backOff: { initialMs: 1, maxMs: 1 },
    handle: async ({ partition, offset }, { signal }) => {
      const deferred = Promise.withResolvers<undefined>();
      running.set(`${String(partition)}/${offset}`, { ...deferred, signal });
      await deferred.promise;
    },
    onRetry: () => undefined,
    onCommittable: () => undefined,
    onPressure: ({ partition }, paused) => pressure.push(`${paused ? 'pause' : 'resume'} ${String(partition)}`),
    ...options,
  });
  const end = async (key: string): Promise<void> => {
    running.get(key)!.resolve(undefined);
    running.delete(key);
    await Promise.resolve();
    await vi.waitFor(() => undefined);
  };
  return { dispatcher: made, running, pressure, end };
}

describe('the dispatcher', () => {
  it('takes turns between partitions, so that a long queue in one does not starve the other', () => {
    const { dispatcher: made, running } = dispatcher();
    made.assign([zero, one]);
    made.admit(zero, messages(zero, 0, 2), 50n);
    made.admit(zero, messages(zero, 2, 48), 50n);
    made.admit(one, messages(one, 0, 1), 1n);
    expect(Array.from(running.keys())).toEqual(['0/0', '0/1', '0/2', '0/3']);
  });

  it('hands a freed place to the partition that waits longest', async () => {
    const { dispatcher: made, running, end } = dispatcher();
    made.assign([zero, one]);
    made.admit(zero, messages(zero, 0, 50), 50n);
    made.admit(one, messages(one, 0, 50), 50n);
    await end('0/0');
    await end('0/1');
    expect(Array.from(running.keys()).filter((key) => key.startsWith('1/'))).toHaveLength(1);
  });

  it('pauses a partition at its bound and resumes it at half of it', async () => {
    const { dispatcher: made, pressure, end } = dispatcher({ maxSpan: 4 });
    made.assign([zero]);
    made.admit(zero, messages(zero, 0, 4), 4n);
    expect(pressure).toEqual(['pause 0']);
    await end('0/0');
    await end('0/1');
    expect(pressure).toEqual(['pause 0']);
    await end('0/2');
    expect(pressure).toEqual(['pause 0', 'resume 0']);
  });

  it('pauses for bytes, and resumes the partitions that waited for those of others', async () => {
    const { dispatcher: made, pressure, end } = dispatcher({ maxInFlightBytes: 100 });
    made.assign([zero, one]);
    made.admit(zero, sized(zero, { from: 0, count: 1, bytes: 90 }), 1n);
    made.admit(one, sized(one, { from: 0, count: 1, bytes: 20 }), 1n);
    expect(pressure).toEqual(['pause 1']);
    await end('0/0');
    expect(pressure).toEqual(['pause 1', 'resume 1']);
  });

  it('aborts the handlers of a partition that is lost, forgets what they did, and lets go of its pause', async () => {
    const { dispatcher: made, running, pressure, end } = dispatcher({ maxSpan: 1 });
    made.assign([zero, one]);
    made.admit(zero, messages(zero, 0, 1), 1n);
    made.admit(one, messages(one, 0, 1), 1n);
    const { signal } = running.get('0/0')!;
    made.assign([one]);
    expect(signal.aborted).toBe(true);
    expect(running.get('1/0')!.signal.aborted).toBe(false);
    expect(pressure).toEqual(['pause 0', 'pause 1', 'resume 0']);
    await end('0/0');
    expect(made.committable()).toEqual([]);
    expect(made.inFlight).toBe(1);
  });

  it('keeps what is in flight over a rebalance that leaves the partition here, and handles nothing twice', async () => {
    const { dispatcher: made, running, end } = dispatcher();
    made.assign([zero]);
    made.admit(zero, messages(zero, 0, 3), 3n);
    await end('0/0');
    made.assign([zero, one]);
    made.admit(zero, messages(zero, 0, 4), 4n);
    expect(Array.from(running.keys())).toEqual(['0/1', '0/2', '0/3']);
    expect(made.committable()).toEqual([{ ...zero, offset: 1n }]);
  });

  it('drops messages of partitions that are not ours', () => {
    const { dispatcher: made, running } = dispatcher();
    made.admit(zero, messages(zero, 0, 1), 1n);
    expect(running.size).toBe(0);
    expect(made.lag).toBeUndefined();
  });

  it('counts as lag what is behind the end of the log, done or not until it is contiguous', async () => {
    const { dispatcher: made, end } = dispatcher();
    made.assign([zero]);
    made.admit(zero, messages(zero, 0, 3), 10n);
    expect(made.lag).toBe(10);
    await end('0/1');
    expect(made.lag).toBe(10);
    await end('0/0');
    expect(made.lag).toBe(8);
  });

  it('begins nothing new while it drains, and tells whether all ended in time', async () => {
    const { dispatcher: made, running, end } = dispatcher({ concurrency: 1 });
    made.assign([zero]);
    made.admit(zero, messages(zero, 0, 5), 5n);
    const drained = made.drain(10_000);
    await end('0/0');
    expect(await drained).toBe(true);
    expect(running.size).toBe(0);
    expect(made.committable()).toEqual([{ ...zero, offset: 1n }]);
  });
});
