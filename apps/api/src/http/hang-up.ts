import type { FastifyReply } from 'fastify';

/** Aborted when the connection closes, so that nobody waits for an answer that nobody reads. */
export function hangUpSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    controller.abort();
  });
  return controller.signal;
}
