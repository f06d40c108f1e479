import type { FastifyRequest } from 'fastify';

/** What a token may allow. `admin` allows what operators of the service do, and nothing that the others allow. */
export const SCOPES = ['tags:read', 'crawl:write', 'feedback:write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who goes first when there is too much to do, from the first to the last. */
export const PRIORITY_CLASSES = ['critical', 'normal', 'bulk'] as const;
export type PriorityClass = (typeof PRIORITY_CLASSES)[number];

/** Who asks, as far as it is proved. */
export interface Caller {
  /** For whom limits are counted and to whom jobs are visible. Never logged, never a label of a metric. */
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly priority: PriorityClass;
}

/** Everybody, where the service is declared to be open: one tenant, which may do all but administer. */
export const anonymous: Caller = {
  tenant: 'anonymous',
  scopes: new Set<Scope>(['tags:read', 'crawl:write', 'feedback:write']),
  priority: 'normal',
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before a protected route runs; null on open routes. */
    caller: Caller | null;
  }
}

/** A handler asked who calls on a route that lets everybody in: a defect of the route. */
export class NobodyAuthenticated extends Error {
  override readonly name = 'NobodyAuthenticated';
}

/** The caller of a protected route. @throws NobodyAuthenticated on a route declared open */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new NobodyAuthenticated(`${request.method} ${request.matched.pattern}`);
  return request.caller;
}
