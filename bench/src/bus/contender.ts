import process from 'node:process';
import { BenchFailure } from '../errors.ts';
import { serveCommands } from '../process/serve-commands.ts';

/** Where a contender works. */
export interface BusPlace {
  readonly broker: string;
  readonly topic: string;
  readonly group: string;
}

/** A client that produces and consumes. */
export interface Contender {
  /** Resolves when all replicas have acknowledged all of them. */
  produce(messages: readonly { readonly key: string; readonly value: Buffer }[]): Promise<void>;
}

/** Makes a contender whose consumer calls `handled` for each message, as an asynchronous handler would, and commits. */
export type MakeContender = (place: BusPlace, handle: () => Promise<void>) => Promise<Contender>;

const valueBytes = 200;
/** Messages of one call: what an API that gathers for a few milliseconds has together under load. */
const callMessages = 1_000;
/** Calls under way at the same time. */
const callers = 2;

/** Runs a contender as a measured process: `run N` produces and consumes N messages at the same time. */
export async function serveContender(make: MakeContender): Promise<void> {
  const place = placeOf(process.argv.slice(2));
  const handled = new Counter();
  const contender = await make(place, () => {
    handled.add();
    return Promise.resolve();
  });
  await serveCommands({
    run: async (count) => {
      const began = performance.now();
      const target = handled.value + count;
      await Promise.all(shares(count).map(async (share) => await produce(contender, share)));
      const producedMs = performance.now() - began;
      await handled.reached(target);
      return { producedMs, ms: performance.now() - began };
    },
  });
}

async function produce(contender: Contender, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += callMessages) {
    const messages = Array.from({ length: Math.min(callMessages, count - sent) }, (_, n) => ({
      key: `key-${String(sent + n)}`,
      value: Buffer.alloc(valueBytes, 0x61),
    }));
    await contender.produce(messages);
  }
}

function shares(count: number): number[] {
  return Array.from({ length: callers }, (_, n) => Math.floor(count / callers) + (n < count % callers ? 1 : 0));
}

function placeOf(args: readonly string[]): BusPlace {
  const [broker, topic, group] = args;
  if (broker === undefined || topic === undefined || group === undefined)
    throw new BenchFailure('A contender takes a broker, a topic and a group.');
  return { broker, topic, group };
}

/** Counts what was handled, and wakes who waits for a count. */
class Counter {
  value = 0;
  #target = Number.POSITIVE_INFINITY;
  #wake: () => void = () => undefined;

  add(): void {
    this.value += 1;
    if (this.value >= this.#target) this.#wake();
  }

  async reached(target: number): Promise<void> {
    if (this.value >= target) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => {
      resolve(undefined);
    };
    this.#target = target;
    await promise;
    this.#target = Number.POSITIVE_INFINITY;
  }
}
