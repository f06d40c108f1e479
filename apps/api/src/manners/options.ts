import type { FastifyInstance } from 'fastify';

/**
 * Answers OPTIONS with the methods of a path. No answer carries a CORS header: no other origin's script may read anything here, and a
 * preflight that lacks them says so to the browser.
 */
export function answerOptions(server: FastifyInstance, allowedMethods: (path: string) => readonly string[]): void {
  server.addHook('onRequest', (request, reply, done) => {
    const methods =
      request.method === 'OPTIONS' && request.is404 ? allowedMethods(request.url.split('?', 1)[0] ?? '/') : [];
    if (methods.length === 0) done();
    else
      void reply
        .code(204)
        .header('allow', [...methods, 'OPTIONS'].join(', '))
        .header('cache-control', 'no-store')
        .send();
  });
}
