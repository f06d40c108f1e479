import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dispatcher, type PartitionId } from './dispatcher.ts';
import type { IncomingMessage } from './port.ts';

const partitionCount = 3;
const bounds = { concurrency: 4, maxInFlightBytes: 400, maxSpan: 12 };
const mostPerFetch = { count: 6, bytes: 60 };

type Step =
  | { readonly kind: 'fetch'; readonly partition: number; readonly sizes: readonly number[]; readonly gap: number }
  | { readonly kind: 'end' | 'fail'; readonly which: number }
  | { readonly kind: 'lose' | 'gain'; readonly partition: number };

const partition = fc.nat({ max: partitionCount - 1 });
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fetchStep() },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'gain' as const), partition }) },
  ),
  { maxLength: 80 },
);

function fetchStep(): fc.Arbitrary<Step> {
  const sizes = fc.array(fc.nat({ max: mostPerFetch.bytes }), { minLength: 1, maxLength: mostPerFetch.count });
  return fc.record({ kind: fc.constant('fetch' as const), partition, sizes, gap: fc.nat({ max: 3 }) });
}

/** A message that was taken in. */
interface Taken {
  readonly bytes: number;
  done: boolean;
}

interface Running {
  readonly message: IncomingMessage;
  readonly signal: AbortSignal;
  readonly promise: PromiseWithResolvers<undefined>;
}

/** A consumer that does to a dispatcher what a broker and handlers would, and looks at it after every step. */
class World {
  readonly running: Running[] = [];
  readonly paused = new Set<number>();
  readonly #owned = new Set<number>();
  readonly #next = new Map<number, number>();
  /** Of each partition: what was taken in since it was gained, in order, and whether it is dealt with. */
  readonly #taken = new Map<number, Map<number, Taken>>();
  readonly #dispatcher = new Dispatcher({
    ...bounds,
    backOff: { initialMs: 0, maxMs: 0 },
    handle: async (message, { signal }) => {
      const promise = Promise.withResolvers<undefined>();
      this.running.push({ message, signal, promise });
      await promise.promise;
    },
    onRetry: () => undefined,
    onCommittable: () => undefined,
    onPressure: (id, paused) => void (paused ? this.paused.add(id.partition) : this.paused.delete(id.partition)),
  });

  constructor() {
    for (let n = 0; n < partitionCount; n += 1) this.#owned.add(n);
    this.#assign();
  }

  async do(step: Step): Promise<void> {
    if (step.kind === 'fetch') this.#fetch(step);
    else if ('which' in step) await this.#settle(step);
    else this.#move(step);
    this.#check();
  }

  /** Ends everything that runs until nothing runs any more; retries come back meanwhile. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 2_000 && (this.running.length > 0 || this.#dispatcher.inFlight > 0); turn += 1) {
      if (this.running.length > 0) await this.#settle({ kind: 'end', which: 0 });
      else await new Promise((resolve) => setTimeout(resolve, 1));
      this.#check();
    }
  }

  get inFlight(): number {
    return this.#dispatcher.inFlight;
  }

  #fetch({ partition, sizes, gap }: Extract<Step, { kind: 'fetch' }>): void {
    // A paused partition is not read, and one that is not ours is not either.
    if (this.paused.has(partition) || !this.#owned.has(partition)) return;
    let offset = (this.#next.get(partition) ?? 0) + gap;
    const id: PartitionId = { topic: 't', partition };
    const messages = sizes.map((size): IncomingMessage => {
      this.#taken.get(partition)?.set(offset, { bytes: size, done: false });
      return { ...id, offset: String(offset++), key: null, value: Buffer.alloc(size), headers: {}, timestamp: 0 };
    });
    this.#next.set(partition, offset);
    this.#dispatcher.admit(id, messages, BigInt(offset));
  }

  async #settle({ kind, which }: Extract<Step, { which: number }>): Promise<void> {
    if (this.running.length === 0) return;
    const [one] = this.running.splice(which % this.running.length, 1);
    const { message, signal, promise } = one!;
    const taken = this.#taken.get(message.partition)?.get(Number(message.offset));
    if (kind === 'end' && !signal.aborted) {
      expect(taken?.done, 'handled once it was dealt with').toBe(false);
      if (taken !== undefined) taken.done = true;
    }
    if (kind === 'end') promise.resolve(undefined);
    else promise.reject(new Error('not yet'));
    for (let n = 0; n < 6; n += 1) await Promise.resolve();
  }

  #move({ kind, partition }: Extract<Step, { kind: 'lose' | 'gain' }>): void {
    if (kind === 'gain') this.#owned.add(partition);
    else this.#owned.delete(partition);
    this.#assign();
  }

  #assign(): void {
    for (let n = 0; n < partitionCount; n += 1) {
      if (!this.#owned.has(n)) this.#taken.delete(n);
      else if (!this.#taken.has(n)) this.#taken.set(n, new Map());
    }
    this.#dispatcher.assign(Array.from(this.#owned, (n) => ({ topic: 't', partition: n })));
  }

  #check(): void {
    // What was lost may still run until it sees that; it holds its place.
    expect(this.running.length).toBeLessThanOrEqual(bounds.concurrency);
    const alive = this.running.filter(({ signal }) => !signal.aborted);
    const names = alive.map(({ message }) => `${String(message.partition)}/${message.offset}`);
    expect(new Set(names).size, 'handled twice at the same time').toBe(names.length);
    for (const { partition, offset } of this.#dispatcher.committable()) {
      for (const [taken, { done }] of this.#taken.get(partition) ?? [])
        if (BigInt(taken) < offset) expect(done, 'a commit passes what is not dealt with').toBe(true);
    }
    const open = Array.from(this.#taken.values(), (all) => [...all.values()].filter(({ done }) => !done)).flat();
    expect(this.#dispatcher.inFlight).toBe(open.length);
    // A partition that still reads may bring one more fetch; nothing beyond that.
    const most = bounds.maxInFlightBytes + partitionCount * mostPerFetch.count * mostPerFetch.bytes;
    expect(open.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(most);
    for (const all of this.#taken.values()) expect(spanOf(all)).toBeLessThan(bounds.maxSpan + mostPerFetch.count);
  }
}

/** Messages from the first that is not dealt with on. */
function spanOf(all: ReadonlyMap<number, Taken>): number {
  const done = Array.from(all.values(), (taken) => taken.done);
  const first = done.indexOf(false);
  return first === -1 ? 0 : done.length - first;
}

describe('whatever comes, ends, fails and is taken away', () => {
  it('bounds hold, nothing is handled twice at once or committed too early, and in the end nothing is left or paused', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const world = new World();
        for (const step of all) await world.do(step);
        await world.finish();
        expect(world.inFlight).toBe(0);
        expect([...world.paused]).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
