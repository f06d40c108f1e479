import 'reflect-metadata';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

/** Where the adapter keeps what a handler says about its route; each decorator adds to what others wrote there. */
const ROUTE_CONFIG = '__fastify_route_config__';

/** A decorator that says something about the route of its handler, for the hooks to read. */
export function routeConfig(said: FastifyContextConfig): MethodDecorator {
  return (target, key, descriptor) => {
    const before = Reflect.getMetadata(ROUTE_CONFIG, descriptor.value as object) as object | undefined;
    RouteConfig({ ...before, ...said })(target, key, descriptor);
  };
}
