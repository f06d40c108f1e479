import { createClient } from 'redis';
import type { StoreLogger } from '../log.ts';
import { clientOptions, type RedisEndpoint } from './client-options.ts';
import { wakeChannel } from './keys.ts';

/** Longest wait for a subscription to be confirmed, in milliseconds; it goes on being tried. */
const subscribeWaitMs = 1000;

/** Hears wake-ups on a connection of its own. The client subscribes again by itself after each reconnect. */
export class WakeSubscriber {
  readonly #options: RedisEndpoint & { readonly logger: StoreLogger };
  #client: ReturnType<typeof createClient> | undefined;

  constructor(options: RedisEndpoint & { readonly logger: StoreLogger }) {
    this.#options = options;
  }

  /** Resolves when Redis has confirmed, or after a second: the subscription is then made when Redis is back. */
  async listen(instance: string, listener: (jobId: string) => void): Promise<() => Promise<void>> {
    const client = (this.#client ??= this.#open());
    const channel = wakeChannel(instance);
    const subscribed = client.subscribe(channel, listener).catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, subscribeWaitMs)));
    await Promise.race([subscribed, late]);
    clearTimeout(timer);
    return async () => {
      if (client.isReady) await client.unsubscribe(channel, listener).catch(() => undefined);
      else void subscribed.then(async () => await client.unsubscribe(channel, listener)).catch(() => undefined);
    };
  }

  close(): void {
    this.#client?.destroy();
    this.#client = undefined;
  }

  #open(): ReturnType<typeof createClient> {
    const { address, logger } = this.#options;
    const client = createClient(clientOptions(this.#options));
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
