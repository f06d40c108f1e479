import type { FastifyInstance } from 'fastify';
import { refuseUnacceptable } from './accept.ts';
import { compressAnswers } from './compression.ts';
import { announceRetirements } from './deprecation.ts';
import { answerOptions } from './options.ts';

/** What HTTP expects of every route alike. Install it after the hooks that open the span and before the routes are added. */
export function installManners(
  server: FastifyInstance,
  { allowedMethods }: { readonly allowedMethods: (path: string) => readonly string[] },
): void {
  answerOptions(server, allowedMethods);
  announceRetirements(server);
  refuseUnacceptable(server);
  compressAnswers(server);
}
