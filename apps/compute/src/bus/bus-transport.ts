import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { topicNames } from '@tagservice/contracts';
import type {
  EventBus,
  HandlingContext,
  IncomingMessage,
  Progress,
  SubscribeOptions,
  Subscription,
} from '@tagservice/event-bus';
import { SpanKind } from '@opentelemetry/api';
import { contextFromHeaders, inSpan } from '@tagservice/service-kit';
import type { Logger } from '@tagservice/service-kit';
import { isObservable, lastValueFrom } from 'rxjs';
import { setTimeout as after } from 'node:timers/promises';

/** The pattern under which a handler takes requests for tags; which topic it is belongs to the transport. */
export const TAG_REQUESTS = 'tag-requests';

/** A Nest handler was not found for the pattern: a defect of the composition. */
export class HandlerMissing extends Error {
  override readonly name = 'HandlerMissing';
}

export interface BusTransportOptions {
  readonly bus: EventBus;
  readonly topicPrefix: string;
  readonly concurrency: number;
  /** How long handlers may finish after `close` began, in milliseconds. */
  readonly graceMs: number;
  readonly logger: Logger;
  /** From where partitions are read that are new here. */
  readonly rewind: NonNullable<SubscribeOptions['rewind']>;
  /** The consumer has ended for good. */
  readonly onCrash: (error: Error) => void;
}

const SUBSCRIBE_RETRY_MS = 1_000;

/**
 * Nest over our event bus. Nest's own Kafka transport commits by itself and has no bound on what is in flight; here a message is committed
 * when its handler resolves, given again when it rejects, and the bus bounds, pauses and supervises.
 */
export class BusTransport extends Server implements CustomTransportStrategy {
  private subscription: Subscription | undefined;
  private readonly closing = new AbortController();
  private joining: Promise<void> = Promise.resolve();

  constructor(private readonly options: BusTransportOptions) {
    super();
  }

  /** Nest calls it once all handlers are known. Brokers may be away: joining goes on in the background. */
  listen(callback: (error?: unknown) => void): void {
    this.joining = this.join();
    callback();
  }

  /** Finishes what is in flight, commits, leaves the group. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.joining;
    await this.subscription?.stop({ graceMs: this.options.graceMs });
  }

  /** How far the consumer is; undefined before it runs. */
  progress(): Progress | undefined {
    return this.subscription?.progress();
  }

  /** Asks again from where to read all partitions. */
  reread(): void {
    this.subscription?.reread();
  }

  override on(): never {
    throw new HandlerMissing('The bus transport has no events to listen to');
  }

  override unwrap<Wrapped>(): Wrapped {
    return this.options.bus as Wrapped;
  }

  private async join(): Promise<void> {
    const { bus, topicPrefix, concurrency, rewind, onCrash, logger } = this.options;
    const topics = topicNames(topicPrefix);
    while (!this.closing.signal.aborted && this.subscription === undefined) {
      try {
        this.subscription = await bus.subscribe({
          topics: [topics.requests],
          group: topics.computeGroup,
          concurrency,
          rewind,
          handle: (message, context) => this.dispatch(message, context),
          onCrash,
        });
      } catch (error) {
        logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'not subscribed yet');
        await after(SUBSCRIBE_RETRY_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }

  private async dispatch(message: IncomingMessage, { signal, watermark }: HandlingContext): Promise<void> {
    const handler = this.getHandlerByPattern(TAG_REQUESTS);
    if (handler === null) throw new HandlerMissing(`No handler takes ${TAG_REQUESTS}`);
    const attributes = { 'messaging.system': 'kafka', 'messaging.destination.name': message.topic };
    const parent = contextFromHeaders(message.headers);
    await inSpan('process tag request', { kind: SpanKind.CONSUMER, attributes, parent }, async () => {
      const answer: unknown = await handler({ message, signal, watermark });
      if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
    });
  }
}
