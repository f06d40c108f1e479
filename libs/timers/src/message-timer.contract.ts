import { afterEach, expect, it, vi } from 'vitest';
import { TimerUnavailable } from './message-timer.port.ts';
import type { DelayedMessage, MessageTimer } from './message-timer.port.ts';

/** What the suite needs of an adapter. */
export interface RetryTimerHarness {
  /** Timers of one test share what they keep, as processes do; each test begins with nothing kept. */
  timer(over?: { readonly most?: number }): MessageTimer;
  fresh(): Promise<void>;
}

const deadline = { timeout: 10_000, interval: 5 };
let ids = 0;

function message(over: Partial<DelayedMessage> = {}): DelayedMessage {
  ids += 1;
  return {
    id: `job-${String(ids)}`,
    key: 'a-kéy',
    value: Buffer.from([0, 255, 128]),
    headers: { trace: 'tést' },
    ...over,
  };
}

/** The behaviour of every retry timer. */
export function messageTimerContract(harness: () => RetryTimerHarness): void {
  const open: MessageTimer[] = [];
  const newTimer = async (over?: { readonly most?: number }): Promise<MessageTimer> => {
    if (open.length === 0) await harness().fresh();
    const timer = harness().timer(over);
    open.push(timer);
    return timer;
  };
  const collect = (timer: MessageTimer): DelayedMessage[] => {
    const seen: DelayedMessage[] = [];
    timer.start((one) => Promise.resolve(void seen.push(one)));
    return seen;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((timer) => timer.close()));
  });

  it('brings a message again as it came, not before it is due, and once', async () => {
    const timer = await newTimer();
    const seen = collect(timer);
    const sent = message();
    const began = Date.now();
    expect(await timer.schedule(sent, 300)).toBe('kept');
    expect(await timer.waiting()).toBe(1);
    await vi.waitFor(() => {
      expect(seen).toHaveLength(1);
    }, deadline);
    expect(Date.now() - began).toBeGreaterThanOrEqual(295);
    expect({ ...seen[0], value: Buffer.from(seen[0]!.value) }).toEqual(sent);
    await vi.waitFor(async () => {
      expect(await timer.waiting()).toBe(0);
    }, deadline);
    expect(seen).toHaveLength(1);
  });

  it('keeps what has no key', async () => {
    const timer = await newTimer();
    const seen = collect(timer);
    await timer.schedule(message({ key: null, value: new Uint8Array(0), headers: {} }), 0);
    await vi.waitFor(() => {
      expect(seen).toMatchObject([{ key: null, headers: {} }]);
    }, deadline);
  });

  it('brings what is due first, first', async () => {
    const timer = await newTimer();
    const seen = collect(timer);
    await timer.schedule(message({ id: 'later' }), 400);
    await timer.schedule(message({ id: 'sooner' }), 50);
    await vi.waitFor(() => {
      expect(seen.map(({ id }) => id)).toEqual(['sooner', 'later']);
    }, deadline);
  });

  it('brings a message once that was scheduled twice under one id', async () => {
    const timer = await newTimer();
    const seen = collect(timer);
    const sent = message();
    await timer.schedule(sent, 100);
    await timer.schedule(sent, 100);
    await timer.schedule(message({ id: 'last' }), 150);
    await vi.waitFor(() => {
      expect(seen.map(({ id }) => id)).toContain('last');
    }, deadline);
    expect(seen.map(({ id }) => id)).toEqual([sent.id, 'last']);
  });

  it('brings a message again when it could not be handed over', async () => {
    const timer = await newTimer();
    let tries = 0;
    timer.start(() => ((tries += 1) < 3 ? Promise.reject(new Error('Kafka is away')) : Promise.resolve()));
    await timer.schedule(message(), 0);
    await vi.waitFor(() => {
      expect(tries).toBe(3);
    }, deadline);
    await vi.waitFor(async () => {
      expect(await timer.waiting()).toBe(0);
    }, deadline);
  });

  it('keeps what waits when the process that scheduled it is gone: another one brings it', async () => {
    const first = await newTimer();
    const second = await newTimer();
    await first.schedule(message({ id: 'left-behind' }), 200);
    await first.close();
    const seen = collect(second);
    await vi.waitFor(() => {
      expect(seen.map(({ id }) => id)).toEqual(['left-behind']);
    }, deadline);
  });

  it('hands a message to one of several processes', async () => {
    const [one, two] = [await newTimer(), await newTimer()];
    const seen = [collect(one), collect(two)];
    for (let n = 0; n < 40; n += 1) await one.schedule(message(), 50);
    await vi.waitFor(() => {
      expect(seen.flat()).toHaveLength(40);
    }, deadline);
    await vi.waitFor(async () => {
      expect(await two.waiting()).toBe(0);
    }, deadline);
    expect(new Set(seen.flat().map(({ id }) => id)).size).toBe(40);
    expect(seen.flat()).toHaveLength(40);
  });

  it('takes no more than may wait, says so, and has room again afterwards', async () => {
    const timer = await newTimer({ most: 2 });
    expect(await timer.schedule(message(), 300)).toBe('kept');
    expect(await timer.schedule(message(), 300)).toBe('kept');
    expect(await timer.schedule(message(), 300)).toBe('full');
    const seen = collect(timer);
    await vi.waitFor(async () => {
      expect(seen).toHaveLength(2);
      expect(await timer.schedule(message({ id: 'again' }), 0)).toBe('kept');
    }, deadline);
  });

  it('waits for deliveries under way when it is closed, and takes nothing afterwards', async () => {
    const timer = await newTimer();
    const gate = Promise.withResolvers<undefined>();
    let state = 'waiting';
    timer.start(async () => {
      state = 'handing over';
      await gate.promise;
      state = 'handed over';
    });
    await timer.schedule(message(), 0);
    await vi.waitFor(() => {
      expect(state).toBe('handing over');
    }, deadline);
    const closing = timer.close();
    gate.resolve(undefined);
    await closing;
    expect(state).toBe('handed over');
    await expect(timer.schedule(message(), 0)).rejects.toBeInstanceOf(TimerUnavailable);
  });
}
