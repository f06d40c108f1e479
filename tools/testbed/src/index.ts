export * from './ensure-kafka.ts';
export * from './errors.ts';
export * from './kafka.ts';
export * from './redis.ts';
export * from './seeded-random.ts';
export * from './shared-kafka.ts';
export * from './test-certificates.ts';
export { freePorts } from './ports.ts';
export * from './tcp-proxy.ts';
