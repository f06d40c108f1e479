import type { FastifyInstance } from 'fastify';
import { extendRoute } from '../http/route-config.ts';

/** That a route goes away, when, and where to read about it. */
export interface Retirement {
  /** ISO 8601: since when it is deprecated; may lie ahead. */
  readonly deprecatedAt: string;
  /** ISO 8601: from when on it may be gone; not before `deprecatedAt`. */
  readonly sunsetAt: string;
  /** What to use instead. */
  readonly link: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    retirement?: Retirement;
  }
}

/** A route cannot end before its end is announced, and dates must be dates: found when the process starts. */
export class RetirementImpossible extends Error {
  override readonly name = 'RetirementImpossible';
}

/**
 * Marks a route that goes away: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a link to what comes instead, on every answer.
 *
 * @throws RetirementImpossible where the dates are none, or in the wrong order
 */
export function Deprecated(retirement: Retirement): MethodDecorator {
  const [from, until] = [retirement.deprecatedAt, retirement.sunsetAt].map((text) => Date.parse(text));
  if (from === undefined || until === undefined || !(from <= until))
    throw new RetirementImpossible(`deprecated at ${retirement.deprecatedAt}, gone at ${retirement.sunsetAt}`);
  return extendRoute({ retirement });
}

/** Sends what {@link Deprecated} says. Reads it once per route. */
export function announceRetirements(server: FastifyInstance): void {
  const headersOf = new WeakMap<Retirement, Readonly<Record<string, string>>>();
  server.addHook('onRequest', (request, reply, done) => {
    const retirement = request.matched.config?.retirement;
    if (retirement !== undefined) {
      const headers = headersOf.get(retirement) ?? written(retirement);
      headersOf.set(retirement, headers);
      void reply.headers(headers);
    }
    done();
  });
}

function written({ deprecatedAt, sunsetAt, link }: Retirement): Readonly<Record<string, string>> {
  return {
    deprecation: `@${String(Math.floor(Date.parse(deprecatedAt) / 1000))}`,
    sunset: new Date(sunsetAt).toUTCString(),
    link: `<${link}>; rel="deprecation"; type="text/html"`,
  };
}
