import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import { hangUpSignal } from '../http/hang-up.ts';

/** One stream of server-sent events: texts in the form of the standard, made while they are read. */
export interface EventStream {
  /** Ends by itself, or when the signal is aborted. */
  read(signal: AbortSignal): AsyncIterable<string>;
  /** Called once, however the stream ends. */
  ended(): void;
}

/**
 * Writes a stream to the caller, no faster than the caller reads. Resolves when it has ended or the caller has hung up; nothing is left
 * of it then.
 */
export async function sendEvents(reply: FastifyReply, stream: EventStream): Promise<void> {
  const signal = hangUpSignal(reply);
  try {
    void reply.headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would collect events before it passes them on.
      'x-accel-buffering': 'no',
    });
    const headers = reply.getHeaders();
    reply.hijack();
    reply.raw.writeHead(200, headers as Record<string, string>);
    for await (const text of stream.read(signal)) {
      if (!reply.raw.write(text)) await once(reply.raw, 'drain', { signal });
    }
  } catch (error) {
    // The answer has begun: all that can be said now is that it ends. Callers connect again by themselves.
    if (!signal.aborted) reply.raw.destroy(error instanceof Error ? error : undefined);
  } finally {
    stream.ended();
    reply.raw.end();
  }
}
