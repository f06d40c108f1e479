export * from './errors.ts';
export { startFaultProxy } from './proxy.ts';
export { countsAsWrite, parseRequest, stores } from './request-info.ts';
export { matches } from './rules.ts';
export type * from './types.ts';
