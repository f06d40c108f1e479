import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { pathOf } from './routes.ts';

/** What hooks ask about the route of a request. */
export interface MatchedRoute {
  /** Of which there are few, unlike paths: `/v1/jobs/{id}`; `(none)` where no route fits. */
  readonly pattern: string;
  /** What its decorators say; undefined where no route fits. */
  readonly config: Readonly<FastifyContextConfig> | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The route of the request, as {@link matchRoutes} found it. */
    matched: MatchedRoute;
  }
}

const NONE: MatchedRoute = { pattern: '(none)', config: undefined };

/**
 * Finds the route of each request once: Fastify makes a new object of a dozen properties at each look at `routeOptions`, and the hooks would look
 * six times. Install it before all that asks for `matched`.
 */
export function matchRoutes(server: FastifyInstance): void {
  const known = new WeakMap<FastifyContextConfig, MatchedRoute>();
  const find = (request: FastifyRequest): MatchedRoute => {
    if (request.is404) return NONE;
    const { config } = request.routeOptions;
    const before = known.get(config);
    if (before !== undefined) return before;
    const found = { pattern: pathOf(config.url), config };
    known.set(config, found);
    return found;
  };
  // A value that all requests would share is not allowed here: each gets its own before anything else happens to it.
  server.decorateRequest('matched', null as never);
  server.addHook('onRequest', (request, _reply, done) => {
    request.matched = find(request);
    done();
  });
}
