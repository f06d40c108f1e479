import 'reflect-metadata';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

/** Where the adapter keeps the route configuration of a handler. */
const KEPT_UNDER = '__fastify_route_config__';

/** Adds to the route configuration of a handler, which the hooks of the server read; the adapter's own decorator would replace it. */
export function extendRoute(more: FastifyContextConfig): MethodDecorator {
  return (target, key, descriptor) => {
    const before = Reflect.getMetadata(KEPT_UNDER, descriptor.value as object) as object | undefined;
    RouteConfig({ ...before, ...more })(target, key, descriptor);
  };
}
