import { expect, it, vi } from 'vitest';
import { Dispatcher } from './dispatcher.ts';
import type { HandlingContext, IncomingMessage } from './port.ts';

it('tells a handler how far its partition is dealt with, as of now and never beyond its own message', async () => {
  const id = { topic: 't', partition: 3 };
  const contexts = new Map<string, HandlingContext>();
  const ends = new Map<string, () => void>();
  const dispatcher = new Dispatcher({
    concurrency: 4,
    maxInFlightBytes: 1000,
    maxSpan: 100,
    backOff: { initialMs: 1, maxMs: 1 },
    handle: async ({ offset }, context) => {
      contexts.set(offset, context);
      await new Promise<void>((resolve) => ends.set(offset, resolve));
    },
    onRetry: () => undefined,
    onCommittable: () => undefined,
    onPressure: () => undefined,
  });
  const message = (offset: string): IncomingMessage => ({
    ...id,
    offset,
    key: null,
    value: null,
    headers: {},
    timestamp: 0,
  });
  dispatcher.assign([id]);
  dispatcher.admit(id, ['40', '41', '42'].map(message), 43n);
  const told = (): (string | undefined)[] => ['40', '41', '42'].map((offset) => contexts.get(offset)?.watermark());
  expect(told()).toEqual(['40', '40', '40']);
  ends.get('41')?.();
  await vi.waitFor(() => {
    expect(dispatcher.inFlight).toBe(2);
  });
  expect(told()).toEqual(['40', '40', '40']);
  ends.get('40')?.();
  await vi.waitFor(() => {
    expect(told()).toEqual(['42', '42', '42']);
  });
  ends.get('42')?.();
});
