import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lease } from '../api/builtin.ts';
import type { Applied, KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { CallOptions } from '../client/client.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { ConnectionError } from '../client/errors.ts';
import { LeaderElector } from './leader-elector.ts';

const key = { namespace: 'system', name: 'operator' };

/** One process that takes part in the election. */
class Candidate {
  readonly identity: string;
  readonly elector: LeaderElector;
  readonly events: string[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(identity: string, client: MemoryClient, clock: FakeClock) {
    this.identity = identity;
    this.elector = new LeaderElector({
      client,
      election: { ...key, identity },
      clock,
      log: new RecordingLogger(),
      onLeading: () => this.events.push('leading'),
      onLost: (reason) => this.events.push(`lost: ${reason}`),
    });
    this.#running = this.elector.run(this.#stop.signal);
  }

  /** Ends without a word, as a killed process does. */
  crash(): void {
    this.#stop.abort();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.elector.release();
  }
}

let client: MemoryClient;
let clock: FakeClock;
let candidates: Candidate[];

beforeEach(() => {
  client = new MemoryClient();
  clock = new FakeClock();
  candidates = [];
});
afterEach(() => {
  for (const candidate of candidates) candidate.crash();
});

function join(identity: string): Candidate {
  const candidate = new Candidate(identity, client, clock);
  candidates.push(candidate);
  return candidate;
}

/** The next updates take effect, but nobody hears of it. */
function loseAnswers(times: number): void {
  const update = client.update.bind(client);
  let left = times;
  client.update = async (resource, object) => {
    const updated = await update(resource, object);
    if (left-- > 0) throw new ConnectionError('PUT lease', { cause: 'reset' });
    return updated;
  };
}

function holder(): string | undefined {
  return client.peek(Lease, key)?.spec?.holderIdentity;
}

describe('leader election', () => {
  it('makes the first candidate the leader and keeps the second standing by', async () => {
    const one = join('one');
    await clock.advance(0);
    const two = join('two');
    await clock.advance(60_000);
    expect(one.events).toEqual(['leading']);
    expect(two.events).toEqual([]);
    expect([one.elector.holds(), two.elector.holds()]).toEqual([true, false]);
    expect(client.peek(Lease, key)?.spec).toMatchObject({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
    });
  });

  it('writes times with six digits, as the API wants them', async () => {
    join('one');
    await clock.advance(0);
    expect(client.peek(Lease, key)?.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('renews every two seconds with one write and no read', async () => {
    join('one');
    await clock.advance(100);
    client.calls.length = 0;
    await clock.advance(20_000);
    expect(client.calls).toEqual(
      Array.from({ length: 10 }, () => 'update coordination.k8s.io/v1/leases system/operator'),
    );
  });

  it('hands over within one retry when the leader stops', async () => {
    const one = join('one');
    await clock.advance(0);
    const two = join('two');
    await clock.advance(10_000);
    await one.stop();
    expect(holder()).toBe('');
    await clock.advance(2_400);
    expect(two.events).toEqual(['leading']);
    expect(two.elector.epoch).toBe(1);
    expect(one.events).toEqual(['leading']);
  });

  it('takes over from a leader that crashed, 15 to 17.4 s after it was last seen to renew, never sooner', async () => {
    const one = join('one');
    await clock.advance(0);
    const two = join('two');
    await clock.advance(9_500);
    one.crash();
    const lastRenewal = 8_000;
    await clock.advance(lastRenewal + 15_000 - clock.monotonic() - 1);
    expect(two.events).toEqual([]);
    await clock.advance(2_400 * 2);
    expect(two.events).toEqual(['leading']);
    expect(client.peek(Lease, key)?.spec?.leaseTransitions).toBe(1);
  });

  it('judges by what it sees change, not by the times in the lease: a wrong clock of the leader does no harm', async () => {
    client.put(Lease, {
      metadata: key,
      spec: {
        holderIdentity: 'old',
        leaseDurationSeconds: 15,
        renewTime: '1999-01-01T00:00:00.000000Z',
        leaseTransitions: 4,
      },
    });
    const one = join('one');
    await clock.advance(14_900);
    expect(one.events).toEqual([]);
    clock.setWall(0);
    await clock.advance(2_500);
    expect(one.events).toEqual(['leading']);
    expect(one.elector.epoch).toBe(5);
  });

  it('respects a holder that promised to stay longer than we would', async () => {
    client.put(Lease, {
      metadata: key,
      spec: { holderIdentity: 'old', leaseDurationSeconds: 60, leaseTransitions: 0 },
    });
    const one = join('one');
    await clock.advance(59_000);
    expect(one.events).toEqual([]);
    await clock.advance(4_000);
    expect(one.events).toEqual(['leading']);
  });

  it('gives up 10 s after its last renewal, before anyone else may take over', async () => {
    const one = join('one');
    await clock.advance(4_500);
    client.before = () => {
      throw new ConnectionError('PUT lease', { cause: 'network is unreachable' });
    };
    await clock.advance(9_400);
    expect(one.elector.holds()).toBe(true);
    await clock.advance(200);
    expect(one.events).toEqual(['leading', 'lost: the lease could not be renewed within 10000 ms']);
    expect(one.elector.holds()).toBe(false);
  });

  it('survives trouble that ends before the deadline', async () => {
    const one = join('one');
    await clock.advance(4_500);
    client.before = () => {
      throw new ConnectionError('PUT lease', { cause: 'network is unreachable' });
    };
    await clock.advance(7_000);
    client.before = undefined;
    await clock.advance(60_000);
    expect(one.events).toEqual(['leading']);
    expect(one.elector.holds()).toBe(true);
  });

  it('gives up even while a renewal hangs without an answer', async () => {
    const one = join('one');
    await clock.advance(100);
    client.before = async () => new Promise(() => undefined);
    await clock.advance(10_000);
    expect(one.events).toEqual(['leading', 'lost: the lease could not be renewed within 10000 ms']);
  });

  it('is lost at once when somebody else has taken the lease', async () => {
    const one = join('one');
    await clock.advance(100);
    client.put(Lease, { metadata: key, spec: { holderIdentity: 'intruder', leaseDurationSeconds: 15 } });
    await clock.advance(2_000);
    expect(one.events).toEqual(['leading', 'lost: the lease is held by intruder']);
  });

  it('does not take itself for the leader after it was stopped past its deadline, before any timer has run', async () => {
    const one = join('one');
    await clock.advance(100);
    client.before = async () => new Promise(() => undefined);
    // What a resumed process sees: time has passed, nothing has run yet.
    Object.defineProperty(clock, 'monotonic', { value: () => 11_000 });
    expect(one.elector.holds()).toBe(false);
  });

  it('makes the lease again when somebody deletes it', async () => {
    const one = join('one');
    await clock.advance(100);
    client.drop(Lease, key);
    await clock.advance(6_000);
    expect(holder()).toBe('one');
    expect(one.events).toEqual(['leading']);
  });

  it('lets only one of many candidates win, and never two at a time', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) join(name);
    for (let round = 0; round < 40; round += 1) {
      await clock.advance(1_000);
      expect(candidates.filter((candidate) => candidate.elector.holds())).toHaveLength(1);
      if (round % 10 === 9) await candidates.find((candidate) => candidate.elector.holds())?.stop();
      if (round % 10 === 9) await clock.advance(3_000);
    }
    expect(client.peek(Lease, key)?.spec?.leaseTransitions).toBe(4);
  });

  it('renews at once what it had renewed already without hearing of it', async () => {
    const one = join('one');
    await clock.advance(0);
    loseAnswers(2);
    await clock.advance(6_000);
    expect(one.elector.holds()).toBe(true);
    expect(client.peek(Lease, key)?.spec?.leaseTransitions).toBe(0);
    await clock.advance(60_000);
    expect(one.events).toEqual(['leading']);
  });

  it('hands over even when its last renewal took effect unheard', async () => {
    const one = join('one');
    await clock.advance(0);
    loseAnswers(1);
    await clock.advance(2_000);
    await one.stop();
    expect(holder()).toBe('');
  });

  it('gives back a lease that it took without hearing of it', async () => {
    const create = client.create.bind(client);
    client.create = async (resource, object) => {
      await create(resource, object);
      throw new ConnectionError('POST leases', { cause: 'reset' });
    };
    const one = join('one');
    await clock.advance(0);
    expect(holder()).toBe('one');
    await one.stop();
    expect(holder()).toBe('');
  });

  it('gives back a lease whose taking was on the way when it was told to stop', async () => {
    const create = client.create.bind(client);
    // The server takes a second, and goes on when nobody waits any more.
    client.create = async <T extends KubeObject>(resource: Resource<T>, object: Applied<T>, call?: CallOptions) => {
      const made = new Promise<void>((resolve) => clock.after(1_000, resolve)).then(() => create(resource, object));
      const aborted = new Promise<never>((_resolve, reject) => {
        call?.signal?.addEventListener('abort', () => {
          reject(new ConnectionError('POST leases', { cause: 'aborted' }));
        });
      });
      return Promise.race([made, aborted]);
    };
    const one = join('one');
    await clock.advance(500);
    const stopped = one.stop();
    await clock.advance(5_000);
    await stopped;
    expect(holder()).toBe('');
    expect(one.events).toEqual([]);
  });

  it('asks again at once after a request that took as long as the pause between two', async () => {
    join('one');
    await clock.advance(0);
    const sent: number[] = [];
    client.before = async (call) => {
      if (!call.startsWith('update')) return;
      sent.push(clock.monotonic());
      await new Promise<void>((resolve) => clock.after(1_900, resolve));
    };
    await clock.advance(9_000);
    expect(sent).toEqual([2_000, 4_000, 6_000, 8_000]);
  });

  it('leaves a lease alone that it has lost when it is released', async () => {
    const one = join('one');
    await clock.advance(100);
    client.put(Lease, { metadata: key, spec: { holderIdentity: 'intruder', leaseDurationSeconds: 15 } });
    await clock.advance(2_000);
    await one.stop();
    expect(holder()).toBe('intruder');
  });
});
