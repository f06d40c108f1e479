import { SECONDS_BUCKETS, SeriesHistogram, breakerGauge } from '@tagservice/service-kit';
import type { Series } from '@tagservice/service-kit';
import { STORE_CONNECTIONS } from '@tagservice/tag-store';
import type { BreakerState, StoreConnection } from '@tagservice/tag-store';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { PriorityClass } from '../identity/caller.ts';

/** Where the tags of an answer came from. */
export type AnswerSource = 'memory' | 'store' | 'computed' | 'stale' | 'accepted' | 'failed';

/** What is told apart about requests that were answered. */
export interface Answered {
  readonly method: string;
  /** The pattern of its route. */
  readonly route: string;
  readonly status: number;
  /** Of the caller; `none` where nobody was asked for a token, or none was accepted. */
  readonly class: PriorityClass | 'none';
}

/** A gauge of the breakers before Redis. */
export function observeBreakers(registry: Registry): (connection: StoreConnection, state: BreakerState) => void {
  return breakerGauge({ registry, name: 'tagservice_api_store_breaker', connections: STORE_CONNECTIONS });
}

/** Metrics of the API. Labels are bounded: routes, methods, statuses, codes; never a URL, a tag or a caller. */
export class ApiMetrics {
  readonly refused: Counter<'reason'>;
  readonly waited: Histogram;
  readonly streams: Gauge;
  readonly verdicts: Counter<'verdict'>;
  private readonly requests: SeriesHistogram<keyof Answered>;
  private readonly seriesOf = new Map<string, Series>();
  private readonly answersOf = new Map<AnswerSource, number>();

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.requests = new SeriesHistogram({
      name: 'tagservice_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status', 'class'],
      buckets: SECONDS_BUCKETS,
      registry,
    });
    this.refused = new Counter({
      name: 'tagservice_api_refused_total',
      help: 'Requests refused before any work, by problem code.',
      labelNames: ['reason'],
      registers,
    });
    const { answersOf } = this;
    new Counter({
      name: 'tagservice_api_answers_total',
      help: 'Answers about a URL by where they came from.',
      labelNames: ['source'],
      registers,
      collect() {
        this.reset();
        for (const [source, count] of answersOf) this.inc({ source }, count);
      },
    });
    this.streams = new Gauge({
      name: 'tagservice_api_streams',
      help: 'Streams of job events that are open.',
      registers,
    });
    this.verdicts = new Counter({
      name: 'tagservice_api_verdicts_total',
      help: 'Verdicts about tags that were given, by what they say.',
      labelNames: ['verdict'],
      registers,
    });
    this.waited = new Histogram({
      name: 'tagservice_api_wait_seconds',
      help: 'Time that requests waited for compute.',
      buckets: SECONDS_BUCKETS,
      registers,
    });
  }

  /** Counts an answer about a URL: the counter of prom-client looks its labels up by a text that it makes anew for each. */
  answeredFrom(source: AnswerSource): void {
    this.answersOf.set(source, (this.answersOf.get(source) ?? 0) + 1);
  }

  /** Counts a request that has been answered; `traceId`: of its trace, where that is recorded. */
  answered(request: Answered, seconds: number, traceId: string | undefined): void {
    const key = `${request.method} ${request.route} ${String(request.status)} ${request.class}`;
    const known = this.seriesOf.get(key);
    const series = known ?? this.requests.series({ ...request });
    if (known === undefined) this.seriesOf.set(key, series);
    series.observe(seconds, traceId);
  }

  /** Shows what is in flight whenever somebody looks. Call it once. */
  showInFlight(inFlight: { readonly total: number; readonly limit: number }): void {
    const registers = [this.registry];
    const total: Gauge = new Gauge({
      ...{ name: 'tagservice_api_in_flight', help: 'Requests worked on now.', registers },
      collect: () => {
        total.set(inFlight.total);
      },
    });
    const limit: Gauge = new Gauge({
      ...{ name: 'tagservice_api_in_flight_limit', help: 'Requests that this instance works on at the same time.' },
      registers,
      collect: () => {
        limit.set(inFlight.limit);
      },
    });
  }
}
