import { randomUUID } from 'node:crypto';
import { Event } from '../api/builtin.ts';
import { microTime } from '../api/micro-time.ts';
import type { KubeObject } from '../api/object.ts';
import type { KubeClient } from '../client/client.ts';
import { isNotFound } from '../client/errors.ts';
import { pause, systemClock, type Clock } from '../clock/clock.ts';
import { silentLogger, type Logger } from '../logger.ts';
import { cutNote } from './note.ts';
import type { EventNote, EventRecorder } from './types.ts';

export interface EventRecorderOptions {
  client: KubeClient;
  /** Who reports, as a qualified name: `example.dev/operator`. */
  controller: string;
  /** Which instance reports: the pod name. */
  instance: string;
  clock?: Clock;
  log?: Logger;
}

/** One event and its repeats. */
type Series = {
  namespace: string;
  name: string | undefined;
  body: Record<string, unknown>;
  count: number;
  written: number;
  lastAt: number;
  lastWall: number;
  busy: boolean;
  cancel: () => void;
};

/** Repeats of an event are written at most this often (10 s). */
const seriesIntervalMs = 10_000;
/** An event that has not come again for so long (6 min, as client-go) is a new one next time. */
const forgetAfterMs = 360_000;
/** Most different events remembered at a time; the one that came longest ago goes first. */
const mostSeries = 1_000;
/** Events are written by so few requests at a time that reconciles never wait behind them for a connection. */
const writesAtOnce = 2;
/** More events than this do not wait to be written: while the server is away, the newest are worth more than the oldest. */
const mostWaiting = 500;
/** Stopping does not wait longer than this (5 s) for a server that takes no events. */
const longestFlushMs = 5_000;

/** Makes a recorder. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new AccumulatingRecorder(options);
}

class AccumulatingRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #series = new Map<string, Series>();
  readonly #writing = new Set<Promise<void>>();
  readonly #waiting = new Set<Series>();
  #dropped = 0;
  #stopped = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLogger;
  }

  record(regarding: KubeObject, note: EventNote): void {
    if (this.#stopped) return;
    try {
      const key = JSON.stringify([regarding.metadata.uid, note.type, note.reason, note.action, note.note]);
      const known = this.#recent(key);
      const series = known ?? this.#begin(regarding, note);
      series.count += known === undefined ? 0 : 1;
      series.lastAt = this.#clock.monotonic();
      series.lastWall = this.#clock.now();
      // Most recently used last, so that the oldest is the first to be forgotten.
      this.#series.delete(key);
      this.#series.set(key, series);
      this.#trim();
      if (known === undefined) this.#write(series);
      else this.#writeLater(series);
    } catch (error) {
      this.#log.warn({ err: error, reason: note.reason }, 'an event could not be recorded');
    }
  }

  async flush(): Promise<void> {
    await this.#settled();
    for (const series of this.#series.values()) if (series.written < series.count) this.#write(series);
    await this.#settled();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const limit = new AbortController();
    await Promise.race([this.flush(), pause(this.#clock, longestFlushMs, limit.signal)]);
    limit.abort();
    this.#waiting.clear();
    for (const series of this.#series.values()) series.cancel();
    this.#series.clear();
  }

  async #settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  #recent(key: string): Series | undefined {
    const known = this.#series.get(key);
    return known !== undefined && this.#clock.monotonic() - known.lastAt < forgetAfterMs ? known : undefined;
  }

  #begin(regarding: KubeObject, note: EventNote): Series {
    const now = this.#clock.now();
    // Events of cluster-scoped objects live in `default`, as everywhere.
    const namespace = regarding.metadata.namespace ?? 'default';
    const body = {
      eventTime: microTime(now),
      type: note.type,
      reason: note.reason.slice(0, 128),
      action: (note.action ?? note.reason).slice(0, 128),
      note: cutNote(note.note),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance.slice(0, 128),
      regarding: referenceTo(regarding),
      ...(note.related === undefined ? {} : { related: referenceTo(note.related) }),
    };
    // What precedes a dot must end in a letter or digit.
    const about = regarding.metadata.name.slice(0, 200).replace(/[.-]+$/, '');
    const name = `${about}.${randomUUID().slice(0, 13)}`;
    return {
      namespace,
      name,
      body,
      count: 1,
      written: 0,
      lastAt: 0,
      lastWall: now,
      busy: false,
      cancel: () => undefined,
    };
  }

  #trim(): void {
    for (const [key, series] of this.#series) {
      if (this.#series.size <= mostSeries) return;
      series.cancel();
      this.#series.delete(key);
    }
  }

  #writeLater(series: Series): void {
    // A pending timer or a running write will take the new count along.
    if (series.busy) return;
    series.busy = true;
    series.cancel = this.#clock.after(seriesIntervalMs, () => {
      this.#write(series);
    });
  }

  #write(series: Series): void {
    series.cancel();
    series.busy = true;
    this.#waiting.add(series);
    for (const oldest of this.#waiting) {
      if (this.#waiting.size <= mostWaiting) break;
      this.#waiting.delete(oldest);
      oldest.busy = false;
      this.#drop();
    }
    this.#writeNext();
  }

  #writeNext(): void {
    for (const series of this.#waiting) {
      if (this.#writing.size >= writesAtOnce) return;
      this.#waiting.delete(series);
      const writing = this.#send(series)
        .catch((error: unknown) => {
          this.#log.warn({ err: error, reason: series.body['reason'] }, 'an event could not be written');
        })
        .finally(() => {
          series.busy = false;
          this.#writing.delete(writing);
          if (series.written > 0 && series.written < series.count && !this.#stopped) this.#writeLater(series);
          this.#writeNext();
        });
      this.#writing.add(writing);
    }
  }

  /** Says so for the 1st, 2nd, 4th, 8th, ... event that was dropped. */
  #drop(): void {
    this.#dropped += 1;
    if (Number.isInteger(Math.log2(this.#dropped)))
      this.#log.warn({ dropped: this.#dropped }, 'events were dropped: the server is not taking them');
  }

  async #send(series: Series): Promise<void> {
    const { client } = this.#options;
    const { namespace, count, lastWall } = series;
    const repeats = count === 1 ? undefined : { count, lastObservedTime: microTime(lastWall) };
    // Events are no part of what the lease protects: standbys may report too.
    const call = { unfenced: true, timeoutMs: 5_000 };
    const key = { namespace, name: series.name ?? '' };
    if (series.written > 0 && repeats !== undefined) {
      try {
        await client.patch(Event, key, { ...call, patch: { series: repeats } });
        series.written = count;
        return;
      } catch (error) {
        // The server forgets events after an hour: begin again.
        if (!isNotFound(error)) throw error;
      }
    }
    const metadata = { namespace, name: key.name };
    await client.create(
      Event,
      { metadata, ...series.body, ...(repeats === undefined ? {} : { series: repeats }) },
      call,
    );
    series.written = count;
  }
}

function referenceTo(object: KubeObject): Record<string, string | undefined> {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion };
}
