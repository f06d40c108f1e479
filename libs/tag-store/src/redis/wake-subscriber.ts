import type { StoreLogger } from '../log.ts';
import { clientOptions, type RedisEndpoint } from './client-options.ts';
import { wakeChannel } from './keys.ts';
import { newClient, type RedisClient } from './new-client.ts';
import type { PrimaryWatch } from './primary-watch.ts';

/** Longest wait for a subscription to be confirmed, in milliseconds; it goes on being tried. */
const subscribeWaitMs = 1000;

/** What a subscriber is made from. */
export interface SubscriberOptions extends RedisEndpoint {
  readonly logger: StoreLogger;
  /** Shared by all connections of a store. */
  readonly primary: PrimaryWatch;
}

type Listener = (jobId: string) => void;

/**
 * Hears wake-ups on a connection of its own. The client subscribes again by itself after each reconnect; a primary that was replaced may
 * keep the connection open and say nothing any more, so that a change of the primary makes a new one.
 */
export class WakeSubscriber {
  readonly #options: SubscriberOptions;
  readonly #listeners = new Map<Listener, string>();
  #client: RedisClient | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    const renew = (): void => {
      this.#renew();
    };
    options.primary.join({ demoted: renew, reigns: renew });
  }

  /** Resolves when Redis has confirmed, or after a second: the subscription is then made when Redis is back. */
  async listen(instance: string, heard: Listener): Promise<() => Promise<void>> {
    const channel = wakeChannel(instance);
    // Of its own, so that one function may listen twice.
    const listener = (jobId: string): void => {
      heard(jobId);
    };
    this.#listeners.set(listener, channel);
    const client = (this.#client ??= this.#open());
    const subscribed = client.subscribe(channel, listener).catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, subscribeWaitMs)));
    await Promise.race([subscribed, late]);
    clearTimeout(timer);
    return async () => {
      this.#listeners.delete(listener);
      const now = this.#client;
      if (now?.isReady === true) await now.unsubscribe(channel, listener).catch(() => undefined);
      else void subscribed.then(async () => await client.unsubscribe(channel, listener)).catch(() => undefined);
    };
  }

  close(): void {
    this.#listeners.clear();
    if (this.#client?.isOpen === true) this.#client.destroy();
    this.#client = undefined;
  }

  #renew(): void {
    const old = this.#client;
    if (old === undefined) return;
    const client = (this.#client = this.#open());
    for (const [listener, channel] of this.#listeners) client.subscribe(channel, listener).catch(() => undefined);
    if (old.isOpen) old.destroy();
  }

  #open(): RedisClient {
    const { address, logger } = this.#options;
    const client = newClient(clientOptions(this.#options));
    client.on('error', (error: unknown) => {
      logger.debug(
        { address, reason: error instanceof Error ? error.message : String(error) },
        'Wake-ups cannot be heard now',
      );
    });
    client.connect().catch(() => undefined);
    return client;
  }
}
