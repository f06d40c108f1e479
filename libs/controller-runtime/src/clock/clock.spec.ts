import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { pause, systemClock } from './clock.ts';

/** Keeps the event loop busy, as the parsing of a huge answer would. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('the clock of the machine', () => {
  it('runs a task once, after its time, and none that was cancelled', async () => {
    const ran: string[] = [];
    const started = systemClock.monotonic();
    const cancel = systemClock.after(10, () => ran.push('cancelled'));
    systemClock.after(20, () => ran.push('ran'));
    cancel();
    await pause(systemClock, 40);
    expect(ran).toEqual(['ran']);
    expect(systemClock.monotonic() - started).toBeGreaterThanOrEqual(39);
  });

  it('can be cancelled even between being due and being run', async () => {
    const ran: string[] = [];
    const cancel = systemClock.after(10, () => ran.push('late'));
    systemClock.after(9, () => {
      cancel();
    });
    block(100);
    await pause(systemClock, 30);
    expect(ran).toEqual([]);
  });

  it('takes in what arrived while the event loop was blocked before it says that time is up', async () => {
    const server = createServer((socket) => socket.end('answer'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const order: string[] = [];
    const response = await fetchRaw((server.address() as AddressInfo).port, order);
    expect(response).toBe('answer');
    expect(order).toEqual(['answer', 'time is up']);
    server.close();
  });
});

/** Asks a server in this very process; blocks the event loop once the question is on its way. */
async function fetchRaw(port: number, order: string[]): Promise<string> {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  const answer = new Promise<string>((resolve) => {
    socket.once('data', (data) => {
      order.push('answer');
      resolve(data.toString());
    });
  });
  const timeUp = new Promise<void>((resolve) => {
    socket.once('connect', () => {
      systemClock.after(20, () => {
        order.push('time is up');
        resolve();
      });
      // In the check phase: timers come next, before the sockets are looked at.
      setImmediate(() => {
        block(200);
      });
    });
  });
  await timeUp;
  return await answer;
}
