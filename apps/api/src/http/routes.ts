import type { FastifyInstance } from 'fastify';
import type { Feature } from '../admission/features.ts';
import type { Access } from '../identity/access.ts';

/** A route as the document of the API names it: `/v1/jobs/{id}`. */
export interface KnownRoute {
  readonly path: string;
  readonly methods: readonly string[];
  /** Who may use it. */
  readonly access: Access | undefined;
  /** The part of the service that it belongs to; undefined for what cannot be switched off. */
  readonly feature: Feature | undefined;
}

/** What the server answers to. */
export interface RouteTable {
  /** Methods of the routes that this path belongs to. */
  allowed(path: string): readonly string[];
  all(): readonly KnownRoute[];
}

/** Remembers which methods each path pattern answers. Install it before the routes are added. */
export function trackRoutes(server: FastifyInstance): RouteTable {
  const routes: (KnownRoute & { readonly pattern: RegExp })[] = [];
  server.addHook('onRoute', ({ url, method, config }) => {
    if (url.includes('*')) return;
    const path = pathOf(url);
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`);
    routes.push({
      ...{ path, pattern, methods: [method].flat() },
      ...{ access: config?.access, feature: config?.feature },
    });
  });
  return {
    allowed: (path) => [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods)),
    ],
    all: () => routes,
  };
}

/** `/v1/jobs/:id` -> `/v1/jobs/{id}`, `/v1/tags::batch` -> `/v1/tags:batch`: to the router two colons are one, and one begins a parameter. */
export function pathOf(url: string): string {
  return url.replace(/::|:(\w+)/g, (_, name: string | undefined) => (name === undefined ? ':' : `{${name}}`));
}
