import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.error.ts';

/**
 * Bodies are JSON and nothing else. Keys that reach into prototypes are refused and not dropped: nobody sends them by accident.
 * Anything of another type is refused with 415 before it is read.
 */
export function readJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const refused = () => new Problem('BODY_NOT_JSON', { errors: [{ pointer: '', detail: 'It cannot be parsed.' }] });
    if (body === '') {
      done(refused());
      return;
    }
    void parse(request, String(body), (error, parsed) => {
      done(error === null || error === undefined ? null : refused(), parsed);
    });
  });
}
