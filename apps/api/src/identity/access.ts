import type { FastifyInstance } from 'fastify';
import { extendRoute } from '../http/route-config.ts';
import type { Scope } from './caller.ts';

/** Who may use a route: who has the scope, or everybody. */
export type Access = Scope | 'open';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** A route says nothing about who may use it. It is a defect, found when the process starts and not when it is used. */
export class AccessUndeclared extends Error {
  override readonly name = 'AccessUndeclared';

  constructor(method: string, url: string) {
    super(`${method} ${url} declares no access: put @NeedsScope(...) or @Open() on its handler`);
  }
}

/** Lets in who has the scope. The handler finds the caller with `callerOf`. */
export function NeedsScope(scope: Scope): MethodDecorator {
  return extendRoute({ access: scope });
}

/** Lets everybody in: for what says nothing about pages or callers. */
export function Open(): MethodDecorator {
  return extendRoute({ access: 'open' });
}

/** Refuses to start with a route that declares no access. Install it before the routes are added. */
export function requireDeclaredAccess(server: FastifyInstance): void {
  server.addHook('onRoute', ({ method, url, config }) => {
    // The adapter's own catch-all routes end in 404 and reach no handler of ours.
    if (url.includes('*') || config?.access !== undefined) return;
    throw new AccessUndeclared([method].flat().join(', '), url);
  });
}
