import { SECONDS_BUCKETS } from '@tagservice/service-kit';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Where the tags of an answer came from. */
export type AnswerSource = 'memory' | 'store' | 'computed' | 'stale' | 'accepted' | 'failed';

/** Metrics of the API. Labels are bounded: routes, methods, statuses, codes; never a URL, a tag or a caller. */
export class ApiMetrics {
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly refused: Counter<'reason'>;
  readonly answers: Counter<'source'>;
  readonly waited: Histogram;
  readonly streams: Gauge;
  readonly verdicts: Counter<'verdict'>;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.requests = new Histogram({
      name: 'tagservice_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS_BUCKETS,
      registers,
    });
    this.refused = new Counter({
      name: 'tagservice_api_refused_total',
      help: 'Requests refused before any work, by problem code.',
      labelNames: ['reason'],
      registers,
    });
    this.answers = new Counter({
      name: 'tagservice_api_answers_total',
      help: 'Answers about a URL by where they came from.',
      labelNames: ['source'],
      registers,
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
