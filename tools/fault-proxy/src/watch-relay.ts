import type { IncomingMessage } from 'node:http';
import { linesOf } from './bodies.ts';
import type { Exchange } from './exchange.ts';
import { isNewer, noteFault } from './history.ts';
import type { RuleInUse } from './rules.ts';
import { writeSlowly } from './slow.ts';
import { goneEvent } from './status.ts';
import type { Fault, FaultKind, Subject, WatchEventType } from './types.ts';
import { collectionOf } from './unobserved.ts';

/** One line, and what it says. */
type Line = {
  readonly bytes: Buffer;
  readonly type: WatchEventType;
  readonly version: string | undefined;
  readonly subject: Subject;
};
type Done = 'goes on' | 'ended';

/** Hands the lines of a watch on, one after the other, with the faults that fall on them. */
export class WatchRelay {
  readonly collection: string;
  readonly #exchange: Exchange;
  readonly #upstream: IncomingMessage;
  #woken = Promise.withResolvers<'woken'>();
  #wake = false;
  #expired = false;
  #reordered: Line[] = [];
  #flushTimer: NodeJS.Timeout | undefined;
  #flushDue = false;

  constructor(exchange: Exchange, upstream: IncomingMessage) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.collection = collectionOf(exchange.entry);
    exchange.entry.events = 0;
  }

  /** Ends when the stream does. */
  async run(): Promise<void> {
    const { watches } = this.#exchange.passage.unobserved;
    watches.add(this);
    try {
      await this.#relay();
    } finally {
      watches.delete(this);
      clearTimeout(this.#flushTimer);
      this.#upstream.destroy();
    }
  }

  /** Something else than a line wants attention: the rules have changed. */
  wake(): void {
    this.#wake = true;
    this.#woken.resolve('woken');
  }

  /** The client must list anew. */
  expire(): void {
    this.#expired = true;
    this.wake();
  }

  async #relay(): Promise<void> {
    const lines = linesOf(this.#upstream);
    const ask = (): Promise<IteratorResult<Buffer>> => {
      const line = lines.next();
      // Nobody may be left to hear that the stream broke.
      line.catch(() => undefined);
      return line;
    };
    let next = ask();
    for (;;) {
      if (this.#wake && (await this.#attend()) === 'ended') break;
      const turn = await Promise.race([next, this.#woken.promise]);
      if (turn === 'woken') continue;
      if (turn.done === true) {
        await this.#flush();
        break;
      }
      // Asked for only now: a client that does not read must slow the server down.
      const done = await this.#handle(turn.value);
      if (done === 'ended') break;
      next = ask();
    }
    this.#exchange.end();
  }

  /** New rules, an expiry or the end of a reordering. */
  async #attend(): Promise<Done> {
    this.#wake = false;
    this.#woken = Promise.withResolvers();
    if (this.#flushDue) await this.#flush();
    const rule = this.#take(this.#exchange.entry, ({ rule: { fault } }) => fault.kind === 'gone');
    if (rule === undefined && !this.#expired) return 'goes on';
    await this.#exchange.write(goneEvent(this.#exchange.entry));
    return 'ended';
  }

  async #handle(bytes: Buffer): Promise<Done> {
    const line = this.#read(bytes);
    if (line === undefined) {
      await this.#exchange.write(bytes);
      return 'goes on';
    }
    if (line.version !== undefined) {
      this.#exchange.passage.history.saw(line.version);
      this.#exchange.passage.unobserved.saw(this.collection, line.version);
    }
    for (;;) {
      const rule = this.#take(line.subject, (candidate) => falls(candidate, line));
      if (rule === undefined) break;
      const done = await this.#suffer(rule, line);
      if (done !== 'waited') return done;
    }
    await this.#flush();
    await this.#deliver(line);
    return 'goes on';
  }

  async #suffer(rule: RuleInUse, line: Line): Promise<Done | 'waited'> {
    const { fault } = rule.rule;
    if (fault.kind === 'hold' || fault.kind === 'stale') {
      await this.#exchange.until(rule.removal);
      return 'waited';
    }
    if (fault.kind === 'reorder') {
      this.#collect(line, fault.windowMs);
      return 'goes on';
    }
    await this.#flush();
    return await endings[fault.kind]({ relay: this, exchange: this.#exchange, rule, line, fault });
  }

  async deliver(line: Line): Promise<void> {
    await this.#deliver(line);
  }

  async #deliver(line: Line): Promise<void> {
    await this.#exchange.write(line.bytes);
    this.counted();
  }

  /** One more line has reached the client. */
  counted(): void {
    const { entry } = this.#exchange;
    entry.events = (entry.events ?? 0) + 1;
  }

  #collect(line: Line, windowMs: number): void {
    this.#reordered.push(line);
    this.#flushTimer ??= setTimeout(() => {
      this.#flushDue = true;
      this.wake();
    }, windowMs);
  }

  /** Delivers what was collected: the objects in reversed order, the events of each in their own. */
  async #flush(): Promise<void> {
    if (this.#reordered.length === 0) return;
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    this.#flushDue = false;
    const byObject = Map.groupBy(
      this.#reordered.splice(0),
      ({ subject }) => `${subject.namespace ?? ''}/${subject.name ?? ''}`,
    );
    for (const lines of [...byObject.values()].reverse()) for (const line of lines) await this.#deliver(line);
  }

  #take(subject: Subject, wanted: (rule: RuleInUse) => boolean): RuleInUse | undefined {
    const rule = this.#exchange.passage.take(subject, wanted, this.#exchange);
    if (rule !== undefined) noteFault(this.#exchange.entry, rule.rule.fault);
    return rule;
  }

  /** Undefined for what is no whole event: the server broke off. */
  #read(bytes: Buffer): Line | undefined {
    try {
      const { type, object } = JSON.parse(bytes.toString('utf8')) as { type: WatchEventType; object: EventObject };
      const { name, namespace, resourceVersion: version } = object.metadata ?? {};
      const subject: Subject = {
        ...this.#exchange.entry,
        ...(name === undefined || name === '' ? {} : { name }),
        ...(namespace === undefined ? {} : { namespace }),
        event: type,
        object,
      };
      return { bytes, type, version, subject };
    } catch {
      return undefined;
    }
  }
}

type EventObject = { metadata?: { name?: string; namespace?: string; resourceVersion?: string } };
type Suffering = { relay: WatchRelay; exchange: Exchange; rule: RuleInUse; line: Line; fault: Fault };
type Ending = (at: Suffering) => Promise<Done>;

/** Which faults fall on the events of a watch under way. */
function falls(rule: RuleInUse, line: Line): boolean {
  const { fault } = rule.rule;
  if (fault.kind === 'stale') return line.version !== undefined && isNewer(line.version, rule.version);
  if (fault.kind === 'delay') return fault.on === 'answer';
  if (line.type === 'BOOKMARK' && (fault.kind === 'hide' || fault.kind === 'reorder')) return false;
  return underWay.has(fault.kind);
}

const underWay: ReadonlySet<FaultKind> = new Set([
  ...(['hold', 'slow', 'truncate', 'hide', 'duplicate', 'reorder', 'drop'] as const),
]);

const goesOn: Ending = async ({ relay, line }) => {
  await relay.deliver(line);
  return 'goes on';
};

const endings: Record<Exclude<FaultKind, 'hold' | 'stale' | 'reorder'>, Ending> = {
  delay: async ({ relay, exchange, line, fault }) => {
    await exchange.pause(fault.kind === 'delay' ? fault.ms : 0);
    await relay.deliver(line);
    return 'goes on';
  },
  drop: ({ exchange }) => {
    exchange.reset('dropped by a fault');
    return Promise.resolve('ended');
  },
  duplicate: async ({ relay, line }) => {
    await relay.deliver(line);
    await relay.deliver(line);
    return 'goes on';
  },
  hide: ({ relay, exchange, rule }) => {
    exchange.passage.unobserved.hid(rule, relay.collection);
    return Promise.resolve('goes on');
  },
  slow: async ({ relay, exchange, rule, line }) => {
    await writeSlowly(exchange, rule, line.bytes);
    relay.counted();
    return 'goes on';
  },
  truncate: async ({ exchange, line, fault }) => {
    if (fault.kind !== 'truncate') return 'goes on';
    await exchange.write(line.bytes.subarray(0, fault.bytes ?? Math.floor(line.bytes.length / 2)));
    if (fault.end === 'reset') exchange.breakOff('truncated by a fault');
    return 'ended';
  },
  // Done to whole requests only: see request-faults.ts.
  crash: goesOn,
  answer: goesOn,
  'lose-response': goesOn,
  gone: goesOn,
};
