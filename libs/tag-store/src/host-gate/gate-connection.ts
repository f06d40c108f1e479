import { once } from 'node:events';
import { createClient, ErrorReply } from 'redis';
import { StoreUnavailable } from '../errors.ts';
import { clientOptions } from '../redis/client-options.ts';
import type { RedisEndpoint } from '../redis/client-options.ts';
import { gateScript } from './gate-script.ts';

/** Commands that may wait for their answers; more are refused at once. */
const MOST_QUEUED = 10_000;

/**
 * The connection of a gate. Nothing that is written through it has to last, so it asks neither for acknowledgement nor for the right epoch; it
 * only fails soon, so that its caller can go by itself.
 */
export class GateConnection {
  private readonly client: ReturnType<typeof createClient>;
  private readonly address: string;
  private readonly timeoutMs: number;

  constructor(endpoint: RedisEndpoint, timeoutMs: number) {
    this.address = endpoint.address;
    this.timeoutMs = timeoutMs;
    this.client = createClient({
      ...clientOptions(endpoint),
      disableOfflineQueue: true,
      commandsQueueMaxLength: MOST_QUEUED,
    });
    this.client.setMaxListeners(0);
    this.client.on('error', () => undefined);
    this.client.connect().catch(() => undefined);
  }

  /** @throws StoreUnavailable */
  async run(keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const limit = new AbortController();
    const timer = setTimeout(() => {
      limit.abort();
    }, this.timeoutMs);
    const { promise: late, reject } = Promise.withResolvers<never>();
    limit.signal.addEventListener('abort', () => {
      reject(new StoreUnavailable(this.address, `no answer within ${String(this.timeoutMs)} ms`));
    });
    const work = this.send(keys, args, limit.signal);
    work.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(this.address, reason, { cause: error });
    } finally {
      clearTimeout(timer);
      late.catch(() => undefined);
    }
  }

  close(): void {
    this.client.destroy();
  }

  private async send(keys: readonly string[], args: readonly string[], signal: AbortSignal): Promise<unknown> {
    if (!this.client.isReady) await once(this.client, 'ready', { signal });
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.client.sendCommand(['EVALSHA', gateScript.sha, ...rest]);
    } catch (error) {
      if (!(error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))) throw error;
      return await this.client.sendCommand(['EVAL', gateScript.source, ...rest]);
    }
  }
}
