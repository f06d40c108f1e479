import { context } from '@opentelemetry/api';
import type { BackOff } from './back-off.ts';
import { Dispatcher, type DispatcherOptions, type PartitionId } from './dispatcher.ts';
import type { BusLogger } from './log.ts';
import type { SubscribeOptions } from './port.ts';
import { traceContextOf } from './trace.ts';

/** Bounds that both adapters share. */
export interface SubscriptionTuning {
  /** Pauses between deliveries of a message whose handler rejects. Default 0.2 s to 10 s. */
  readonly backOff?: BackOff;
  /** Most messages of one partition that are taken in beyond its watermark. Default 4096. */
  readonly maxSpan?: number;
}

const defaultInFlightBytes = 67_108_864;
const defaultBackOff: BackOff = { initialMs: 200, maxMs: 10_000 };
const defaultMaxSpan = 4096;

/** What an adapter is told by its dispatcher. */
export interface DispatcherEvents {
  readonly onCommittable: () => void;
  readonly onPressure: (partition: PartitionId, paused: boolean) => void;
}

/** The dispatcher of one subscription: handlers run in the trace context of their message, and failures are logged. */
export function dispatcherFor(
  options: SubscribeOptions,
  tuning: SubscriptionTuning & { readonly logger: BusLogger },
  events: DispatcherEvents,
): Dispatcher {
  const dispatcherOptions: DispatcherOptions = {
    concurrency: Math.max(1, options.concurrency),
    maxInFlightBytes: options.maxInFlightBytes ?? defaultInFlightBytes,
    maxSpan: tuning.maxSpan ?? defaultMaxSpan,
    backOff: tuning.backOff ?? defaultBackOff,
    handle: async (message, handling) =>
      await context.with(traceContextOf(message.headers), async () => {
        await options.handle(message, handling);
      }),
    onRetry: ({ topic, partition, offset }, delivery, error) => {
      tuning.logger.warn(
        { topic, partition, offset, delivery, err: error },
        'The handler failed; the message will come again',
      );
    },
    ...events,
  };
  return new Dispatcher(dispatcherOptions);
}
