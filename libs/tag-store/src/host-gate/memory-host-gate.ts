import { HostState } from './host-state.ts';
import type { Decider } from './decider.ts';
import type { HostGate, HostLimits } from './port.ts';
import { QueuedGate } from './queued-gate.ts';

/** Hosts of which something is remembered before those are looked for that can be forgotten. */
const SWEEP_FROM = 1_000;

/** A gate for one process: in tests, where everything runs in one process, and while the shared one cannot be reached. */
export function memoryHostGate(limits: HostLimits, now: () => number = Date.now): HostGate {
  return new QueuedGate({ decider: new MemoryDecider(limits, now), limits, instance: 'memory' });
}

class MemoryDecider implements Decider {
  private readonly hosts = new Map<string, HostState>();
  private readonly limits: HostLimits;
  private readonly now: () => number;
  private wake: (token: string) => void = () => undefined;
  private sweepAt = SWEEP_FROM;

  constructor(limits: HostLimits, now: () => number) {
    this.limits = limits;
    this.now = now;
  }

  enter: Decider['enter'] = ({ host, token }, patienceMs) =>
    Promise.resolve(this.stateOf(host).enter(token, this.now(), patienceMs));

  giveUp: Decider['giveUp'] = ({ host, token }) => {
    this.hosts.get(host)?.giveUp(token);
    return Promise.resolve();
  };

  leave: Decider['leave'] = ({ host, token }, outcome, random) => {
    const state = this.stateOf(host);
    state.leave(token, outcome, { now: this.now(), random });
    for (const next of state.next()) this.wake(next);
    return Promise.resolve();
  };

  onWake: Decider['onWake'] = (wake) => {
    this.wake = wake;
    return Promise.resolve();
  };

  close: Decider['close'] = () => Promise.resolve();

  private stateOf(host: string): HostState {
    const known = this.hosts.get(host);
    if (known !== undefined) return known;
    if (this.hosts.size >= this.sweepAt) this.sweep();
    const state = new HostState(this.limits);
    this.hosts.set(host, state);
    return state;
  }

  /** Forgets what would not be missed; looks again only after as many more, so that each host is looked at a bounded number of times. */
  private sweep(): void {
    const now = this.now();
    for (const [host, state] of this.hosts) if (state.isForgettable(now)) this.hosts.delete(host);
    this.sweepAt = Math.max(SWEEP_FROM, 2 * this.hosts.size);
  }
}
