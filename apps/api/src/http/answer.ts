import type { FastifyReply } from 'fastify';

/** An answer as a value: it can be sent, and kept to be sent again. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Written out; JSON unless the headers say otherwise. */
  readonly body: string;
}

/** Sends an answer. */
export function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): void {
  void reply.code(status).type('application/json').headers(headers).send(body);
}
