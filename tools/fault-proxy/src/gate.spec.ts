import { describe, expect, it } from 'vitest';
import { ConnectionEnded } from './errors.ts';
import { Gate } from './gate.ts';

const never = new Promise<never>(() => undefined);

describe('the gate of an entrance', () => {
  it('lets pass without a wait while it is open', () => {
    expect(new Gate().pass(never)).toBeUndefined();
  });

  it('holds back while partitioned, also when that begins anew, and lets go once it is open', async () => {
    const gate = new Gate();
    gate.turn('partitioned');
    let passed = false;
    const passing = gate.pass(never)?.then(() => (passed = true));
    gate.turn('partitioned');
    await Promise.resolve();
    expect(passed).toBe(false);
    gate.turn('open');
    await passing;
    expect(passed).toBe(true);
  });

  it('refuses when cut, those too who waited', async () => {
    const gate = new Gate();
    gate.turn('partitioned');
    const waiting = gate.pass(never);
    gate.turn('cut');
    await expect(waiting).rejects.toThrow(ConnectionEnded);
    await expect(gate.pass(never)).rejects.toThrow(ConnectionEnded);
  });

  it('forgets who has left', async () => {
    const gate = new Gate();
    gate.turn('partitioned');
    await expect(gate.pass(Promise.reject(new ConnectionEnded('left')))).rejects.toThrow('left');
  });
});
